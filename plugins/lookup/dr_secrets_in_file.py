# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: dr_secrets_in_file
short_description: Secrets that stand as they are in the file of workloads
version_added: 0.1.0
author: bcdr.multicloud contributors (@bcdr-multicloud)
description:
  - Names the passwords, keys and tokens in C(dr_workloads), C(dr_defaults) and the C(dr_workload) of the play's hosts that are written out,
    and neither a template (a lookup, another variable) nor encrypted with Ansible Vault.
  - It looks at the variables as they are written. What comes out of a template is not looked at.
  - A file that is encrypted as a whole looks as if it were not.
options: {}
"""

EXAMPLES = r"""
- name: Fail if a secret stands in the file
  ansible.builtin.assert:
    that: lookup('bcdr.multicloud.dr_secrets_in_file') == []
"""

RETURN = r"""
_raw:
  description: "Where they stand, such as C(dr_workloads[4] (ledger): nutanix_password)."
  type: list
  elements: str
"""

import typing as t

from ansible.plugins.lookup import LookupBase

from ansible_collections.bcdr.multicloud.plugins.plugin_utils._fleet import secrets_in


class LookupModule(LookupBase):
    """The lookup."""

    def run(self, terms: t.Any, variables: t.Any = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        given = variables or {}
        hosts = given.get("ansible_play_hosts_all") or []
        of_hosts = {host: given["hostvars"].raw_get(host).get("dr_workload") for host in hosts}
        # A lookup returns a list of results, of which this has one: a list.
        return [secrets_in(given.get("dr_workloads"), given.get("dr_defaults"), of_hosts)]
