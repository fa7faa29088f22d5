# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

_HEAD = r"""
options:
  planning:
    description: What the plan depends on, as in P(bcdr.multicloud.replication_plan#lookup).
    type: dict
    default: {}
    suboptions:
"""

_IMAGE = r"""
      strategy:
        description:
          - How the plan is made. V(optimized) searches for the plan that ends first, V(nearest) copies to the nearest regions first,
            V(in_source) first makes a temporary copy for each target beside the source, V(star) reads every copy from the source.
        type: str
        choices: [optimized, nearest, in_source, star]
        default: optimized
      copies_per_source:
        description:
          - How many copies may read the same stored snapshot at once.
          - Microsoft says that one snapshot of a disk can be copied at a time. Raise it where several regions at once are taken.
        type: int
        default: 1
      copies_per_region:
        description: How many copies may read from a region at once. Azure's limit is 100.
        type: int
      copies_per_destination:
        description: How many copies may write to a region at once. Azure's limit is 100.
        type: int
      temporary_copies:
        description: Whether further copies may be made within a region only to have more sources. They are removed when they have served.
        type: bool
        default: false
      source_gbit_per_s:
        description: The bandwidth that all copies share that read the same stored snapshot.
        type: float
      geo_pair_factor:
        description: What the estimate of a link between paired regions is multiplied with.
        type: float
"""

_EFS = r"""
      strategy:
        description:
          - How the plan is made. V(optimized) searches for the plan that ends first, V(nearest) copies to the nearest regions first,
            V(star) reads every copy from what is there already.
        type: str
        choices: [optimized, nearest, star]
        default: optimized
      one_at_a_time:
        description:
          - Whether only one copy of the file system may run at a time, wherever. That is AWS's quota of one backup or copy job per resource,
            read strictly. The plan is then the chain of copies that takes the least time in all.
          - With V(false) every vault that has the point is copied from at once, as V(copies_per_source) and the like allow. Where AWS does
            not take that, the copies wait in its queue, and nothing is lost but time.
        type: bool
        default: true
      copies_per_source:
        description: How many copies may read the same recovery point at once, where more than one may run.
        type: int
        default: 1
      copies_per_region:
        description: How many copies may read from a region at once, where more than one may run.
        type: int
      copies_per_destination:
        description: How many copies may write to a region at once. AWS's limit is 100 for an account.
        type: int
      source_gbit_per_s:
        description: The bandwidth that all copies share that read the same recovery point.
        type: float
"""

_SHARED = r"""
      in_region_seconds:
        description: How long a copy within a region takes, where it is not measured.
        type: float
      overhead_seconds:
        description: What a copy of any size takes at least.
        type: float
      measurements:
        description: What is known of links. Of several entries of a link the last one counts.
        type: list
        elements: dict
        suboptions: &measured
          source:
            description: From which region.
            type: str
            required: true
          target:
            description: To which region. The same as the source for a copy within it.
            type: str
            required: true
          seconds:
            description: How long the copy took. Either this or V(gbit_per_s).
            type: float
          size_gb:
            description: The size that was copied in V(seconds).
            type: float
          gbit_per_s:
            description: The rate of the link.
            type: float
      records:
        description: What earlier runs took, oldest first, for example RV(link_seconds) of each. The median of the last five of a link
          counts.
        type: list
        elements: dict
        suboptions: *measured
      regions:
        description: Regions that the collection does not know yet, or other coordinates for known ones.
        type: list
        elements: dict
        suboptions:
          name:
            description: The region's name.
            type: str
            required: true
          latitude:
            description: In degrees, south is negative.
            type: float
          longitude:
            description: In degrees, west is negative.
            type: float
          paired_with:
            description: The region that it forms a pair with.
            type: str
      forbidden:
        description: Links that must not be used.
        type: list
        elements: dict
        suboptions:
          source:
            description: From which region. Left out, every one is meant.
            type: str
          target:
            description: To which region. Left out, every one is meant.
            type: str
      unreliable:
        description: Links whose copies often fail.
        type: list
        elements: dict
        suboptions:
          source:
            description: From which region. Left out, every one is meant.
            type: str
          target:
            description: To which region. Left out, every one is meant.
            type: str
          failure_rate:
            description: The share of copies that fail, below 1.
            type: float
            required: true
      prices:
        description: What sending costs, in place of the list prices, which are known for Azure only.
        type: list
        elements: dict
        suboptions:
          source:
            description: From which region. Left out, every one is meant.
            type: str
          target:
            description: To which region. Left out, every one is meant.
            type: str
          usd_per_gb:
            description: Dollars per GB.
            type: float
            required: true
      slack:
        description: How much later than the best the plan may end to be cheaper, as a share, for example V(0.1).
        type: float
      moves:
        description: The budget of the search.
        type: int
"""


class ModuleDocFragment:
    # The option planning of azure_image_replication, and that of efs_backup_replication. Annotated, because a plain
    # assignment of what is no literal is more than the sanity test yamllint can read.
    IMAGE: str = _HEAD + _IMAGE.lstrip("\n") + _SHARED.lstrip("\n")
    EFS: str = _HEAD + _EFS.lstrip("\n") + _SHARED.lstrip("\n")
