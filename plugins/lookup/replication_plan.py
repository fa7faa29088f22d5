# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: replication_plan
short_description: The fastest way to copy an image or snapshot to many regions
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Plans which region is copied from which, and in which order, so that all of them have their copy as early as possible.
  - A copy can be read as soon as it is complete, so every finished copy becomes a source itself, unless O(relay=false).
  - The seconds of a link come, best first, from O(measurements), from O(records) of earlier runs, or are estimated from the
    distance. The estimate was fitted to transfer rates between virtual machines of 22 Azure regions and is off by 15 % on
    average, so measure wherever it matters.
  - Every plan says how far it can be from the best one at most. For up to 8 copies it is mostly
    proven to be the best one, which C(proven_optimal) says.
  - The same input gives the same plan, whatever the order of its regions. Planning takes about 5 seconds for 25 regions, and
    no cloud is asked.
options:
  _terms:
    description: Nothing; everything is an option.
    type: list
    elements: str
  source:
    description: The region where the original is. May be left out if O(existing) has copies.
    type: str
  targets:
    description:
      - The regions that shall have a copy. Each is a region's name, or a dictionary with V(region) and V(copies), the number
        of copies wanted there (default V(1)).
      - The source, and what is listed in O(existing), counts as a copy that is there.
    type: list
    elements: raw
    required: true
  existing:
    description:
      - What is there already, or on its way, to plan the rest after a run that failed in part, for another region, or when a
        region is down. Nothing listed here is copied again.
    type: list
    elements: dict
    default: []
    suboptions:
      region:
        description: Where the copy is.
        type: str
        required: true
      ready_s:
        description: In how many seconds it will be complete. V(0) if it is.
        type: float
        default: 0
      busy_s:
        description: For each copy that is being read from it, in how many seconds that one will be over.
        type: list
        elements: float
        default: []
      copied_from:
        description: The region that a copy on its way is read from; it takes one place at the copy there until then.
        type: str
  unavailable:
    description: Regions that are down. Nothing is read from them or copied to them.
    type: list
    elements: str
    default: []
  provider:
    description: Whose regions are meant. By default those of both are known.
    type: str
    choices: [azure, aws]
  regions:
    description: Own regions, or other coordinates for known ones.
    type: list
    elements: dict
    default: []
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
  size_gb:
    description: The size of what is copied.
    type: float
    default: 128
  measurements:
    description: What is known of links. Of several entries of a link the last one counts.
    type: list
    elements: dict
    default: []
    suboptions: &measurements
      source:
        description: From where.
        type: str
        required: true
      target:
        description: To where. The same as the source for a copy within the region.
        type: str
        required: true
      seconds:
        description: How long a copy takes. Either this or V(gbit_per_s).
        type: float
      size_gb:
        description: The size that the seconds are for. By default O(size_gb).
        type: float
      gbit_per_s:
        description: The rate of the link.
        type: float
  records:
    description: What earlier runs took, oldest first. The median of the last five of a link counts.
    type: list
    elements: dict
    default: []
    suboptions: *measurements
  in_region_seconds:
    description: How long a copy within a region takes, where it is not measured.
    type: float
  overhead_seconds:
    description: What a copy of any size takes at least. It is no part of what is scaled with the size.
    type: float
    default: 0
  geo_pair_factor:
    description: What the estimate of a link between paired regions is multiplied with. No advantage of pairs was found in
      the measured rates, hence the default.
    type: float
    default: 1.0
  source_gbit_per_s:
    description: The bandwidth that all copies share that read the same stored copy at once. With it the planner chooses how
      many that should be, up to O(copies_per_source).
    type: float
  forbidden:
    description: Links that must not be used. One that leaves out V(source) or V(target) means every region.
    type: list
    elements: dict
    default: []
    suboptions: &link
      source:
        description: From where.
        type: str
      target:
        description: To where.
        type: str
  unreliable:
    description: Links whose copies often fail. They count as slower by the repetitions to be expected.
    type: list
    elements: dict
    default: []
    suboptions:
      source:
        description: From where.
        type: str
      target:
        description: To where.
        type: str
      failure_rate:
        description: The share of copies that fail, below 1.
        type: float
        required: true
  prices:
    description: What sending costs, in place of the list prices of Azure. Those of AWS are not known here.
    type: list
    elements: dict
    default: []
    suboptions:
      source:
        description: From where.
        type: str
      target:
        description: To where.
        type: str
      usd_per_gb:
        description: Dollars per GB.
        type: float
        required: true
  copies_per_source:
    description: How many copies may read the same stored copy at once. Whether a cloud allows more than one may depend on the
      account, so the default is careful; a plan with V(3) often needs little more than half of the time.
    type: int
    default: 1
  copies_per_region:
    description: How many copies may read from a region at once, whatever they read there. No limit by default.
    type: int
  copies_per_destination:
    description: How many copies may write to a region at once. No limit by default.
    type: int
  region_limits:
    description: A dictionary by region, with other values of O(copies_per_source), O(copies_per_region) and
      O(copies_per_destination) for it.
    type: dict
    default: {}
  relay:
    description: Whether a copy may be copied. Azure's restore points may not.
    type: bool
    default: true
  one_at_a_time:
    description: Whether only one copy may run at a time, wherever, as AWS Backup does it for a file system. The plan is then the one
      whose copies take the least time in all, which is found exactly.
    type: bool
    default: false
  temporary_copies:
    description: Whether further copies may be made within a region only to have more sources. RV(_raw[].cleanup) says when each
      may be deleted.
    type: bool
    default: false
  strategy:
    description:
      - V(optimized) searches for the plan that ends first. It is never worse than any of the others.
      - V(nearest) copies to the nearest regions that have none yet, from every copy as soon as it is there.
      - V(nearest_phased) does the same in phases, each of which waits for all copies of the one before.
      - V(in_source) first makes a copy for each target in the source's region, and reads every target's from its own.
      - V(star) reads every copy from what is there already.
    type: str
    choices: [optimized, nearest, nearest_phased, in_source, star]
    default: optimized
  slack:
    description: How much later than the best the plan may end to be cheaper, as a share, for example V(0.1). Among the plans
      within it, the one with the least egress that is found is taken.
    type: float
    default: 0
  bound:
    description:
      - How the lower bound is found. V(price) needs nothing beyond Python. V(lp) also solves a linear programme with scipy.
      - V(auto) does that for up to 30 copies where scipy is installed.
    type: str
    choices: [auto, price, lp]
    default: auto
  seed:
    description: The seed of the search.
    type: int
    default: 0
  moves:
    description: The budget of the search. By default it grows with the number of copies, to about 10 seconds for 60.
    type: int
  drawings:
    description: Which drawings of the plan to return.
    type: list
    elements: str
    choices: [mermaid, svg]
    default: []
"""

EXAMPLES = r"""
- name: Plan the replication of an image to five regions
  ansible.builtin.set_fact:
    plan: >-
      {{ lookup('bcdr.multicloud.replication_plan',
                source='westeurope',
                targets=['northeurope', 'eastus', 'westus2', 'southeastasia', 'australiaeast'],
                size_gb=256, copies_per_source=3) }}

- name: Say how long it will take
  ansible.builtin.debug:
    msg: >-
      {{ plan.copies | length }} copies in {{ plan.makespan_s }} s for ${{ plan.egress_usd }}, at most
      {{ (plan.gap * 100) | round(1) }} % longer than the best plan

- name: With what earlier runs took, cheaper if that takes at most a tenth longer, and drawn
  ansible.builtin.copy:
    content: >-
      {{ lookup('bcdr.multicloud.replication_plan', source='westeurope', targets=publishing_regions,
                records=measured_copies, slack=0.1, drawings=['svg']).svg }}
    dest: plan.svg
    mode: "0644"

- name: Plan the rest while eastus is down and one copy is on its way
  ansible.builtin.set_fact:
    plan: >-
      {{ lookup('bcdr.multicloud.replication_plan', source='westeurope', targets=publishing_regions,
                unavailable=['eastus'],
                existing=[{'region': 'northeurope'},
                          {'region': 'westus2', 'ready_s': 240, 'copied_from': 'northeurope'}]) }}
"""

RETURN = r"""
_raw:
  description: One plan. All times are seconds from the moment of planning.
  type: list
  elements: dict
  contains:
    plan_version:
      description: The version of this structure.
      type: int
    inputs_digest:
      description: A digest of all that the plan depends on; the same digest means the same copies.
      type: str
    strategy:
      description: As in O(strategy).
      type: str
    objective:
      description: What is minimised, always C(makespan).
      type: str
    seed:
      description: As in O(seed).
      type: int
    moves:
      description: How many moves the search tried.
      type: int
    size_gb:
      description: As in O(size_gb).
      type: float
    makespan_s:
      description: When the last wanted copy is expected to be complete.
      type: float
    lower_bound_s:
      description: No plan for this input can end before, whatever its strategy.
      type: float
    lower_bound_kind:
      description: What shows that. C(distance), C(growth), C(load), C(source_bandwidth), C(price), C(lp), or C(exact) for a
        complete search.
      type: str
    gap:
      description: By which share the plan ends after the lower bound.
      type: float
    proven_optimal:
      description: Whether no plan ends earlier.
      type: bool
    binding_limit:
      description: What holds the plan up longest on the way to its end. C(copies_per_source), C(copies_per_region),
        C(copies_per_destination), C(source_bandwidth), C(phase), or C(none) if only the links do.
      type: str
    binding_wait_s:
      description: For how long it does.
      type: float
    egress_usd:
      description: What sending costs, by list price or O(prices).
      type: float
    max_depth:
      description: How many copies of copies there are in a row at most.
      type: int
    copies_at_once_used:
      description: How many copies read the same stored copy at once at most.
      type: int
    regions:
      description: The graph.
      type: list
      elements: dict
      contains:
        name:
          description: The region.
          type: str
        longitude:
          description: In degrees.
          type: float
        latitude:
          description: In degrees.
          type: float
        copy_status:
          description: What is there now. C(NotStarted), C(InProgress) or C(Completed).
          type: str
        copies_wanted:
          description: How many copies shall be there in the end.
          type: int
        next_region_nodes:
          description: Where copies go from here, in the order of their starts.
          type: list
          elements: str
    existing:
      description: What is there already, with V(id), V(region) and V(ready_s).
      type: list
      elements: dict
    copies:
      description:
        - The schedule, in the order of the expected starts. To carry it out, start each copy as soon as all of V(depends_on)
          are complete and its source has a place free, in the V(order) of that source.
      type: list
      elements: dict
      contains:
        id:
          description: The copy's name in this plan.
          type: str
        kind:
          description: C(cross_region) or C(in_region).
          type: str
        source_copy:
          description: The id of what it is read from.
          type: str
        source_region:
          description: Where that is.
          type: str
        target_region:
          description: Where the copy will be.
          type: str
        order:
          description: Its rank among the copies that are read from the same source, from 1.
          type: int
        slot:
          description: Which of its source's places it takes, from 1.
          type: int
        depends_on:
          description: The ids of the copies that have to be complete before it starts.
          type: list
          elements: str
        expected_start_s:
          description: When it is expected to start.
          type: float
        expected_end_s:
          description: When it is expected to be complete.
          type: float
        duration_s:
          description: How long it is expected to take.
          type: float
        duration_basis:
          description: Where that comes from. C(measured), C(recorded), C(given) (O(in_region_seconds)) or C(distance).
          type: str
        egress_usd:
          description: What it costs.
          type: float
        temporary:
          description: Whether it is only made to be a source.
          type: bool
        critical:
          description: Whether the plan ends later if this copy does.
          type: bool
        slack_s:
          description: By how much it may be late without that.
          type: float
        phase:
          description: Its phase, with O(strategy=nearest_phased).
          type: int
    cleanup:
      description: The temporary copies, as V(copy) and V(region), each with the copies V(after) which it may be deleted.
      type: list
      elements: dict
    alternatives:
      description: When the simple strategies would end and what they cost, or the V(reason) why one is not possible.
      type: list
      elements: dict
    warnings:
      description: What was assumed.
      type: list
      elements: str
    mermaid:
      description: The graph as a Mermaid flowchart.
      type: str
      returned: if asked for in O(drawings)
    svg:
      description: A map with the copies, and their schedule, as one SVG document without outside references.
      type: str
      returned: if asked for in O(drawings)
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning import drawing
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import PlanningError
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import OPTIONS

_DRAWINGS = {"mermaid": drawing.mermaid, "svg": drawing.svg}


def _plain(value: t.Any) -> t.Any:
    """Return a value without the tags and lazy containers of ansible-core."""
    if isinstance(value, t.Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, str) else value


class LookupModule(LookupBase):
    """The plan as the only element."""

    def run(self, terms, variables=None, **kwargs):
        unknown = sorted(set(kwargs) - {*OPTIONS, "drawings"})
        if terms or unknown:
            what = f"unknown option {', '.join(unknown)}" if unknown else "everything is an option, there are no terms"
            raise AnsibleError(f"replication_plan: {what}")
        self.set_options(var_options=variables, direct=kwargs)
        options = _plain(self.get_options())
        try:
            plan = make_plan({key: value for key, value in options.items() if key in OPTIONS})
        except PlanningError as error:
            raise AnsibleError(f"replication_plan: {error}") from error
        return [plan | {name: draw(plan) for name, draw in _DRAWINGS.items() if name in options["drawings"]}]
