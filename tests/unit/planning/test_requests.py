# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users give: where seconds and prices come from, and one line for what is wrong."""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.aws_regions import AWS
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.azure_regions import AZURE
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.model import PlanningError
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.planner import make_plan
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.regions import (
    Region,
    kilometres,
    known_regions,
    list_price,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._planning.request import read_request

ROOT = Path(__file__).resolve().parents[3]
BASE: dict[str, Any] = {"source": "westeurope", "targets": ["northeurope", "eastus"]}


def seconds(request: dict[str, Any], sender: str, receiver: str) -> float:
    problem = read_request(request).problem
    return problem.fastest[problem.regions.index(sender)][problem.regions.index(receiver)]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"targets": "eastus"}, "targets must be a list of regions"),
        ({"targets": [3]}, "each of targets must be a region's name, or region and copies, not 3"),
        ({"targets": ["eastus", "eastus"]}, "targets has eastus twice"),
        (
            {"targets": [{"region": "eastus", "copies": 0}]},
            "copies of eastus must be a whole number of at least 1, not 0",
        ),
        ({"targets": ["estus"]}, "estus is no region that is known: give its coordinates in regions"),
        ({"provider": "aws"}, "is no region of aws that is known"),
        ({"source": None}, "there is no copy to start from"),
        ({"source": "nowhere"}, "nowhere is no region that is known"),
        ({"copies_per_source": 0}, "copies_per_source must be a whole number of at least 1, not 0"),
        ({"copies_per_source": 1.5}, "copies_per_source must be a whole number of at least 1, not 1.5"),
        ({"copies_per_region": -1}, "copies_per_region must be a whole number of at least 1, not -1"),
        ({"region_limits": {"eastus": {"slots": 1}}}, "region_limits: eastus may have"),
        ({"size_gb": 0}, "size_gb must be a number above 0, not 0"),
        ({"size_gb": math.nan}, "size_gb must be a number above 0, not nan"),
        ({"slack": -0.1}, "slack must be a number of at least 0, not -0.1"),
        ({"slack": "much"}, "slack must be a number of at least 0, not 'much'"),
        ({"measurements": [{"source": "eastus", "seconds": 5}]}, "measurements: eastus to ? needs both"),
        ({"measurements": [{"source": "eastus", "target": "westeurope"}]}, "needs either seconds or gbit_per_s"),
        (
            {"measurements": [{"source": "eastus", "target": "westeurope", "seconds": -5}]},
            "must be a number above 0, not -5",
        ),
        ({"records": [{"source": "a", "target": "b", "seconds": math.inf}]}, "must be a number above 0, not inf"),
        ({"forbidden": [{"target": "eastus"}]}, "no allowed link leads to eastus"),
        ({"forbidden": [{}]}, "each of forbidden needs source, target or both"),
        ({"unreliable": [{"target": "eastus", "failure_rate": 1}]}, "failure_rate must be below 1"),
        ({"prices": [{"source": "eastus", "usd_per_gb": -1}]}, "usd_per_gb must be a number of at least 0, not -1"),
        ({"existing": [{"ready_s": 3}]}, "each of existing needs a region"),
        (
            {"existing": [{"region": "uksouth", "copied_from": "ukwest"}]},
            "uksouth is copied from ukwest, which has no copy",
        ),
        ({"existing": [{"region": "uksouth", "ready_s": -1}]}, "ready_s of uksouth must be a number of at least 0"),
        ({"unavailable": ["westeurope"]}, "there is no copy to start from"),
        ({"regions": [{"name": "x", "latitude": 3}]}, "x needs both latitude and longitude, or neither"),
        ({"regions": [{"name": "x", "latitude": 93, "longitude": 0}]}, "x lies outside of the world"),
        ({"regions": [{"name": "x"}, {"name": "x"}]}, "regions has x twice"),
        ({"strategy": "fastest"}, "strategy must be one of"),
        ({"strategy": "in_source", "relay": False}, "copies copies, which relay: false forbids"),
        (
            {"targets": ["x"], "regions": [{"name": "x"}], "measurements": []},
            "nothing is known of the link westeurope to x",
        ),
        ({"speed": 3}, "unknown option speed"),
    ],
)
def test_mistakes_are_named_in_one_line(more: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanningError) as caught:
        make_plan(BASE | more)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_star_and_forbidden_direct_link() -> None:
    request = BASE | {"forbidden": [{"source": "westeurope", "target": "eastus"}], "strategy": "star"}
    with pytest.raises(PlanningError, match="no allowed link leads to eastus"):
        make_plan(request)
    plan = make_plan(request | {"strategy": "optimized"})
    assert [copy["source_region"] for copy in plan["copies"]] == ["westeurope", "northeurope"]
    assert plan["alternatives"][0] == {
        "strategy": "star",
        "makespan_s": None,
        "egress_usd": None,
        "reason": "no allowed link leads to eastus",
    }


def test_measurements_come_before_records_and_these_before_the_distance() -> None:
    link = {"source": "westeurope", "target": "eastus"}
    records = [{**link, "seconds": value, "size_gb": 64} for value in (900, 10, 20, 30, 40, 50)]
    measured = BASE | {"records": records, "measurements": [{**link, "seconds": 7}]}
    assert seconds(measured, "westeurope", "eastus") == 7
    # The median of the last five, for twice the size.
    assert seconds(BASE | {"records": records}, "westeurope", "eastus") == 60
    # Links have a direction.
    back = seconds(measured, "eastus", "northeurope")
    assert back == seconds(BASE, "eastus", "northeurope")
    basis = {copy["duration_basis"] for copy in make_plan(measured)["copies"]}
    assert basis == {"measured", "distance"}


def test_the_estimate_grows_with_size_and_distance() -> None:
    table = known_regions("azure")
    distance = kilometres(table["westeurope"], table["eastus"])
    assert distance is not None
    assert seconds(BASE, "westeurope", "eastus") == pytest.approx(50.5 + 0.00314 * distance)
    assert seconds(BASE | {"size_gb": 256}, "westeurope", "eastus") == pytest.approx(101 + 0.00628 * distance)
    more = seconds(BASE | {"overhead_seconds": 30}, "westeurope", "eastus")
    assert more == pytest.approx(80.5 + 0.00314 * distance)
    paired = seconds(BASE | {"geo_pair_factor": 0.5}, "westeurope", "northeurope")
    assert paired == pytest.approx(seconds(BASE, "westeurope", "northeurope") / 2)


def test_unreliable_links_count_their_repetitions() -> None:
    once = seconds(BASE, "westeurope", "eastus")
    rules = [
        {"target": "eastus", "failure_rate": 0.5},
        {"source": "westeurope", "target": "eastus", "failure_rate": 0.2},
    ]
    assert seconds(BASE | {"unreliable": rules}, "westeurope", "eastus") == pytest.approx(once / 0.5)


def test_copies_wanted_count_what_is_there() -> None:
    request = {
        "source": "westeurope",
        "targets": [{"region": "westeurope", "copies": 2}, {"region": "eastus", "copies": 3}],
        "existing": [{"region": "eastus"}],
        "in_region_seconds": 5,
    }
    plan = make_plan(request)
    made = sorted((copy["source_region"], copy["target_region"]) for copy in plan["copies"])
    assert made == [("eastus", "eastus"), ("eastus", "eastus"), ("westeurope", "westeurope")]
    assert plan["makespan_s"] == 10.0


def test_list_prices() -> None:
    azure, aws = known_regions("azure"), known_regions("aws")
    assert list_price(azure["eastus"], azure["westus"]) == 0.02
    assert list_price(azure["eastus"], azure["westeurope"]) == 0.05
    assert list_price(azure["brazilsouth"], azure["eastus"]) == 0.16
    assert list_price(aws["sa-east-1"], aws["us-east-1"]) is None
    assert list_price(Region("x"), Region("y")) is None
    plan = make_plan({"source": "x", "targets": ["y"], "measurements": [{"source": "x", "target": "y", "seconds": 1}]})
    assert plan["warnings"] == ["no price is known for what leaves x; it is counted as 0"]


def test_the_region_tables_are_sound() -> None:
    assert len(AZURE) >= 57
    for name, (latitude, longitude, pair, geography, group) in AZURE.items():
        assert -60 < latitude < 75, name
        assert -180 <= longitude <= 180
        # Sweden South is a pair, but no region that customers find in the list.
        assert not pair or pair in AZURE or pair == "swedensouth"
        assert geography
        assert known_regions("azure")[name].zone, group
    madrid = known_regions("azure")["spaincentral"]
    lisbon_side = kilometres(madrid, Region("", 38.7, -9.1))
    assert lisbon_side is not None
    assert lisbon_side < 600


def test_every_commercial_aws_region_is_known() -> None:
    botocore = pytest.importorskip("botocore")
    path = Path(botocore.__file__).parent / "data" / "endpoints.json"
    partitions = json.loads(path.read_text(encoding="utf-8"))["partitions"]
    names = next(set(entry["regions"]) for entry in partitions if entry["partition"] == "aws")
    assert names == set(AWS)


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("azure_regions_tool", ROOT / "tools" / "azure_regions.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_written_from_an_answer() -> None:
    def location(name: str, **metadata: Any) -> dict[str, Any]:
        return {"name": name, "metadata": {"regionType": "Physical", "geographyGroup": "Europe", **metadata}}

    rows = load_tool().rows(
        [
            location("b", geography="B", latitude="1.5", longitude="-2", pairedRegion=[{"name": "a"}]),
            location("a", geography="A", latitude="1", longitude="2"),
            location("canary", geography="Canary (US)", latitude="1", longitude="2"),
            {"name": "europe", "metadata": {"regionType": "Logical"}},
        ]
    )
    assert rows == ['    "a": (1.0, 2.0, "", "A", "Europe"),', '    "b": (1.5, -2.0, "a", "B", "Europe"),']
