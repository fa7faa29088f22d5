# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
# What the names of a provider's modules begin with, and of those that no provider has.
PREFIXES = {"aws": "efs_", "azure": "azure_", "dr": "dr_", "nutanix": "nutanix_"}


def runtime() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))


def members(group: list[Any]) -> list[str]:
    return [entry for entry in group if isinstance(entry, str)]


@pytest.mark.parametrize("provider", [name for name in runtime()["action_groups"] if name != "all"])
def test_group_lists_every_module_of_its_provider(provider: str) -> None:
    modules = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob(f"{PREFIXES[provider]}*.py"))
    assert members(runtime()["action_groups"][provider]) == modules


def test_group_all_extends_every_other_group_and_nothing_else() -> None:
    groups = runtime()["action_groups"]
    assert members(groups["all"]) == []
    assert groups["all"] == [{"metadata": {"extend_group": sorted(name for name in groups if name != "all")}}]


def test_every_module_belongs_to_a_group() -> None:
    grouped = {name for group in runtime()["action_groups"].values() for name in members(group)}
    assert {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")} == grouped


def test_redirects_lead_to_what_is_there() -> None:
    routing = runtime()["plugin_routing"]
    targets = {name: entry["redirect"].removeprefix("bcdr.multicloud.") for name, entry in routing["modules"].items()}
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    actions = {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")}
    assert set(targets.values()) <= modules
    # What waits needs its action plugin by the old name too.
    expected = {name: target for name, target in targets.items() if target in actions}
    found = {name: entry["redirect"].removeprefix("bcdr.multicloud.") for name, entry in routing["action"].items()}
    assert found == expected
