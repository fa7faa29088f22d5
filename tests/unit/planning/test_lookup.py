# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup: options as Ansible hands them over, plain data in and out, errors of one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleError

from ansible_collections.bcdr.multicloud.plugins.lookup import replication_plan
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import OPTIONS

NAME = "bcdr.multicloud.replication_plan"
TARGETS = ["northeurope", "eastus", "uksouth"]


def run(*terms: str, **options: Any) -> Any:
    # What Ansible's loader does once it has found the plugin.
    documented = yaml.safe_load(replication_plan.DOCUMENTATION)["options"]
    constants.config.initialize_plugin_configuration_definitions("lookup", NAME, documented)
    plugin = replication_plan.LookupModule()
    plugin._load_name = NAME
    return plugin.run(list(terms), {}, **options)


def test_the_lookup_returns_the_plan() -> None:
    (plan,) = run(source="westeurope", targets=TARGETS, copies_per_source="2")
    assert plan == make_plan({"source": "westeurope", "targets": TARGETS, "copies_per_source": 2})
    json.dumps(plan, allow_nan=False)


def test_drawings_are_made_when_asked_for() -> None:
    (plan,) = run(source="westeurope", targets=TARGETS, drawings=["mermaid", "svg"])
    assert plan["mermaid"].startswith("flowchart")
    assert plan["svg"].startswith("<svg")


@pytest.mark.parametrize(
    ("terms", "options", "message"),
    [
        ((), {"source": "westeurope", "targets": ["norteurope"]}, "norteurope is no region"),
        ((), {"source": "westeurope", "target": ["eastus"]}, "unknown option target"),
        (("eastus",), {"source": "westeurope", "targets": []}, "there are no terms"),
    ],
)
def test_mistakes_are_errors_of_ansible(terms: tuple[str, ...], options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleError, match=message):
        run(*terms, **options)


def test_every_option_and_every_field_is_documented() -> None:
    documented = yaml.safe_load(replication_plan.DOCUMENTATION)["options"]
    assert set(documented) - {"_terms", "drawings"} == OPTIONS
    returned = yaml.safe_load(replication_plan.RETURN)["_raw"]["contains"]
    plan = make_plan({"source": "westeurope", "targets": TARGETS})
    assert set(returned) - {"mermaid", "svg"} == set(plan)
    assert set(returned["copies"]["contains"]) == set(plan["copies"][0])
    assert set(returned["regions"]["contains"]) == set(plan["regions"][0])
