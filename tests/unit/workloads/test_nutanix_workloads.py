# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From workloads of type nutanix_vm to the batches of the modules, and from their results to a status."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import ModuleDefinition
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._azure_vm_workloads import status as azure_vm_status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._lines import line
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._nutanix_workloads import batch, status
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import WorkloadError, laid_over

CLUSTER = "7a1c0de0-0000-4000-8000-000000000021"
OTHER_CLUSTER = "7a1c0de0-0000-4000-8000-000000000022"
SUBNET, ISOLATED = "7a1c0de0-0000-4000-8000-000000000401", "7a1c0de0-0000-4000-8000-000000000402"
CATEGORY = "7a1c0de0-0000-4000-8000-000000000501"
DEFAULTS: dict[str, Any] = {
    "nutanix_vm": {
        "rpo": "4h",
        "targets": [{"location": "dr-site", "nutanix_host": "pc-dr", "cluster_name": "cluster-dr"}],
        "drill": {"subnet_ext_id": ISOLATED},
        "failover": {"subnet_ext_id": SUBNET},
    }
}


def ext_id(number: int) -> str:
    return f"7a1c0de0-0000-4000-8000-{number:012d}"


def entities(count: int, first: int = 1, name: str = "vm") -> list[dict[str, str]]:
    return [{"name": f"{name}-{number}", "ext_id": ext_id(number)} for number in range(first, first + count)]


def workload(**more: Any) -> dict[str, Any]:
    own = {"type": "nutanix_vm", "name": "web", "vms": entities(2), **more}
    return laid_over(DEFAULTS["nutanix_vm"], own)


def only(step: str, **more: Any) -> dict[str, Any]:
    """Return the one item that the step makes of the workload."""
    (item,) = batch([workload(**more)], step)
    return item


GROUPS = entities(1, 9, "data")
USER = {"nutanix_username": "u", "nutanix_password": "p"}
VM_POINTS = [{"vm_ext_id": ext_id(1)}, {"vm_ext_id": ext_id(2)}]
GROUP_POINTS = [{"volume_group_ext_id": ext_id(9)}]
TARGET = {"nutanix_host": "pc-dr", "cluster_name": "cluster-dr"}


def restore(prefix: str, subnet: str, **spec: Any) -> dict[str, Any]:
    """Return how the VMs of the workload are restored."""
    return {
        "vm_recovery_point_restore_overrides": [
            {
                "vm_ext_id": ext_id(number),
                "vm_override_spec": {
                    "name": f"{prefix}vm-{number}",
                    "nic_spec": {"subnet_ext_id": subnet},
                    **spec,
                },
            }
            for number in (1, 2)
        ]
    }


def restored_group(name: str) -> dict[str, Any]:
    override = {"volume_group_ext_id": ext_id(9), "volume_group_override_spec": {"name": name}}
    return {"volume_group_recovery_point_restore_overrides": [override]}


@pytest.mark.parametrize(
    ("step", "more", "item"),
    [
        pytest.param(
            "points",
            {},
            {"label": "web", "name": "web", "vm_recovery_points": VM_POINTS, "max_age": "4h"},
            id="a point as old as the objective at most",
        ),
        pytest.param(
            "points",
            {
                "max_age": "1h",
                "keep_for": "7d",
                "volume_groups": GROUPS,
                "recovery_point_type": "APPLICATION_CONSISTENT",
                "nutanix_host": "pc",
                "nutanix_port": "9441",
                "validate_certs": False,
                "ca_path": "/ca.pem",
                "nutanix_api_key": "k",
            },
            {
                "label": "web",
                "name": "web",
                "vm_recovery_points": VM_POINTS,
                "volume_group_recovery_points": GROUP_POINTS,
                "recovery_point_type": "APPLICATION_CONSISTENT",
                "max_age": "1h",
                "keep_for": "7d",
                "nutanix_host": "pc",
                "nutanix_port": "9441",
                "validate_certs": False,
                "ca_path": "/ca.pem",
                "nutanix_api_key": "k",
            },
            id="a point with all there is, by key",
        ),
        pytest.param(
            "points",
            {"vms": None, "volume_groups": GROUPS},
            {"label": "web", "name": "web", "volume_group_recovery_points": GROUP_POINTS, "max_age": "4h"},
            id="volume groups alone",
        ),
        pytest.param(
            "points",
            USER,
            {
                "label": "web",
                "name": "web",
                "vm_recovery_points": VM_POINTS,
                "max_age": "4h",
                **USER,
                "nutanix_api_key": "",
            },
            id="a user goes before the key of the environment",
        ),
        pytest.param(
            "copies",
            {"volume_groups": GROUPS},
            {
                "label": "web",
                "vm_ext_ids": [ext_id(1), ext_id(2)],
                "volume_group_ext_ids": [ext_id(9)],
                "targets": [TARGET],
            },
            id="a replica",
        ),
        pytest.param(
            "copies",
            {
                **USER,
                "targets": [
                    {"nutanix_host": "pc-dr", "cluster_ext_id": CLUSTER, "cluster_name": None},
                    {"location": "far", "nutanix_host": "pc-far", "nutanix_username": "f", "nutanix_password": "fp"},
                ],
            },
            {
                "label": "web",
                **USER,
                "nutanix_api_key": "",
                "vm_ext_ids": [ext_id(1), ext_id(2)],
                "targets": [
                    {"nutanix_host": "pc-dr", "cluster_ext_id": CLUSTER},
                    {"nutanix_host": "pc-far", "nutanix_username": "f", "nutanix_password": "fp"},
                ],
            },
            id="replicas at two sites",
        ),
        pytest.param(
            "drill",
            {"volume_groups": GROUPS},
            {
                "label": "web",
                "nutanix_host": "pc-dr",
                **restore("drill-", ISOLATED, description="bcdr-drill: web"),
                **restored_group("drill-data-9"),
                "power_on": True,
            },
            id="a drill bears its own names and the description that tells it is one",
        ),
        pytest.param(
            "drill",
            {
                "drill": {
                    "prefix": "test-",
                    "categories": [CATEGORY],
                    "instant": True,
                    "power_on": False,
                    "cluster_ext_id": OTHER_CLUSTER,
                    "description": "mine",
                },
                "targets": [{"nutanix_host": "pc-dr", "cluster_ext_id": CLUSTER}],
            },
            {
                "label": "web",
                "nutanix_host": "pc-dr",
                "cluster_ext_id": OTHER_CLUSTER,
                **restore("test-", ISOLATED, description="bcdr-drill: web", categories=[CATEGORY]),
                "is_instant_restore": True,
                "power_on": False,
            },
            id="a drill with all there is; its description cannot be taken away",
        ),
        pytest.param(
            "drill_cleanup",
            {"volume_groups": GROUPS},
            {
                "label": "web",
                "nutanix_host": "pc-dr",
                **restore("drill-", ISOLATED, description="bcdr-drill: web"),
                **restored_group("drill-data-9"),
                "power_on": True,
                "state": "absent",
            },
            id="cleanup asks for what the drill asked for",
        ),
        pytest.param(
            "failover",
            {"volume_groups": GROUPS, "targets": [{"nutanix_host": "pc-dr", "cluster_ext_id": CLUSTER}]},
            {
                "label": "web",
                "nutanix_host": "pc-dr",
                "cluster_ext_id": CLUSTER,
                **restore("", SUBNET),
                **restored_group("data-9"),
                "power_on": True,
            },
            id="a failover gives the names again, on the cluster of the target",
        ),
        pytest.param(
            "failover",
            {"failover": {"prefix": "dr-", "description": "of pc-main"}},
            {
                "label": "web",
                "nutanix_host": "pc-dr",
                **restore("dr-", SUBNET, description="of pc-main"),
                "power_on": True,
            },
            id="a failover under other names",
        ),
    ],
)
def test_the_items_of_a_step(step: str, more: dict[str, Any], item: dict[str, Any]) -> None:
    assert only(step, **more) == item


MODULES = {
    "points": "nutanix_recovery_point",
    "copies": "nutanix_recovery_point_replicate",
    "drill": "nutanix_recovery_point_restore",
    "drill_cleanup": "nutanix_recovery_point_restore",
    "failover": "nutanix_recovery_point_restore",
    "revert": "nutanix_vm_revert",
}
LOGIN: dict[str, Any] = {
    "nutanix_host": "pc",
    "nutanix_port": "9441",
    "nutanix_username": "u",
    "nutanix_password": "p",
    "validate_certs": False,
    "ca_path": "/ca.pem",
}
SITE: dict[str, Any] = {
    "subnet_ext_id": SUBNET,
    "cluster_ext_id": CLUSTER,
    "prefix": "x-",
    "description": "d",
    "categories": [CATEGORY],
    "instant": True,
    "power_on": True,
}


@pytest.mark.parametrize("step", MODULES)
@pytest.mark.parametrize(
    "more",
    [
        pytest.param(
            {
                **LOGIN,
                "volume_groups": GROUPS,
                "keep_for": "7d",
                "recovery_point_type": "CRASH_CONSISTENT",
                "targets": [{**LOGIN, "cluster_name": "c"}, {**LOGIN, "nutanix_host": "pc-2", "nutanix_api_key": "k"}],
                "drill": SITE,
                "failover": SITE,
            },
            id="everything",
        ),
        pytest.param({"nutanix_host": "pc"}, id="next to nothing"),
    ],
)
def test_the_module_takes_every_item(monkeypatch: pytest.MonkeyPatch, step: str, more: dict[str, Any]) -> None:
    imported = import_module(f"ansible_collections.bcdr.multicloud.plugins.modules.{MODULES[step]}")
    definitions: list[ModuleDefinition] = []
    monkeypatch.setattr(imported, "run_module", definitions.append)
    imported.main()
    (definition,) = definitions
    validator = ArgumentSpecValidator(
        definition.item_spec,
        mutually_exclusive=definition.mutually_exclusive,
        required_one_of=definition.required_one_of,
    )
    items = batch([workload(**more)], step)
    assert [validator.validate(item).error_messages for item in items] == [[]] * (2 if step == "revert" else 1)


@pytest.mark.parametrize(
    ("count", "more", "labels", "sizes"),
    [
        pytest.param(30, {}, ["web"], [30], id="as many as one holds"),
        pytest.param(31, {}, ["web (1/2)", "web (2/2)"], [30, 1], id="one more"),
        pytest.param(60, {}, ["web (1/2)", "web (2/2)"], [30, 30], id="sixty"),
        pytest.param(32, {"entities_per_recovery_point": 32}, ["web"], [32], id="more, as asked for"),
        pytest.param(
            5, {"entities_per_recovery_point": "2"}, ["web (1/3)", "web (2/3)", "web (3/3)"], [2, 2, 1], id="less"
        ),
    ],
)
@pytest.mark.parametrize("step", [step for step in MODULES if step != "revert"])
def test_a_large_workload_is_spread_over_several_points(
    step: str, count: int, more: dict[str, Any], labels: list[str], sizes: list[int]
) -> None:
    items = batch([workload(vms=entities(count), **more)], step)
    assert [item["label"] for item in items] == labels
    key = {"points": "vm_recovery_points", "copies": "vm_ext_ids"}.get(step, "vm_recovery_point_restore_overrides")
    held = [[entry if step == "copies" else entry["vm_ext_id"] for entry in item[key]] for item in items]
    assert [len(part) for part in held] == sizes
    assert [one for part in held for one in part] == [ext_id(number) for number in range(1, count + 1)]


def test_a_revert_is_of_each_vm_and_of_no_volume_group() -> None:
    vms = entities(31)
    vms[0]["vm_recovery_point_ext_id"] = ext_id(77)
    items = batch([workload(vms=vms, volume_groups=GROUPS, nutanix_host="pc", **USER)], "revert")
    login = {"nutanix_host": "pc", **USER, "nutanix_api_key": ""}
    assert items == [
        {
            "label": f"web: vm-{number}",
            **login,
            "ext_id": ext_id(number),
            "vm_recovery_point_ext_id": ext_id(77) if number == 1 else "latest",
        }
        for number in range(1, 32)
    ]
    assert batch([workload(vms=None, volume_groups=GROUPS)], "revert") == []


def test_volume_groups_follow_the_vms() -> None:
    first, second = batch([workload(vms=entities(29), volume_groups=entities(3, 101, "data"))], "copies")
    assert (len(first["vm_ext_ids"]), first["volume_group_ext_ids"]) == (29, [ext_id(101)])
    assert "vm_ext_ids" not in second
    assert second["volume_group_ext_ids"] == [ext_id(102), ext_id(103)]


TARGETS = [
    {"nutanix_host": "pc-dr"},
    {"location": "far", "nutanix_host": "pc-far", "nutanix_port": "9441", **USER},
    {"location": "keyed", "nutanix_host": "pc-keyed", "nutanix_api_key": "k", "validate_certs": False},
    {"location": "half", "nutanix_host": "pc-half", "nutanix_password": "another"},
]
OWN = {"nutanix_host": "pc", "nutanix_username": "me", "nutanix_password": "mine", "ca_path": "/ca.pem"}


@pytest.mark.parametrize("use", ["drill", "failover"])
@pytest.mark.parametrize(
    ("location", "own", "login"),
    [
        pytest.param(None, {}, {"nutanix_host": "pc-dr"}, id="the first target, as the environment says"),
        pytest.param(
            "pc-dr",
            OWN,
            {**OWN, "nutanix_host": "pc-dr", "nutanix_api_key": ""},
            id="by its host, as the workload says",
        ),
        pytest.param(
            "far",
            OWN,
            {
                "nutanix_host": "pc-far",
                "nutanix_port": "9441",
                **USER,
                "nutanix_api_key": "",
                "ca_path": "/ca.pem",
            },
            id="by its location, as the user of the target",
        ),
        pytest.param(
            "pc-far",
            {"nutanix_api_key": "workload's"},
            {"nutanix_host": "pc-far", "nutanix_port": "9441", **USER, "nutanix_api_key": ""},
            id="without the workload's key",
        ),
        pytest.param(
            "keyed",
            OWN,
            {"nutanix_host": "pc-keyed", "nutanix_api_key": "k", "validate_certs": False, "ca_path": "/ca.pem"},
            id="by the key of the target, without the workload's user",
        ),
    ],
)
def test_a_restore_works_where_the_target_is_and_as_the_target_says(
    use: str, location: str | None, own: dict[str, Any], login: dict[str, Any]
) -> None:
    names = (*LOGIN, "nutanix_api_key")
    item = only(use, targets=TARGETS, **own, **{use: {"location": location}})
    assert {name: item[name] for name in names if name in item} == login
    cleanup = only("drill_cleanup", targets=TARGETS, **own, drill={"location": location})
    assert {name: cleanup[name] for name in names if name in cleanup} == login


def test_a_target_that_only_has_another_password_is_the_workloads_user() -> None:
    """As the replication has it."""
    item = only("failover", targets=TARGETS, **OWN, failover={"location": "half"})
    assert (item["nutanix_username"], item["nutanix_password"]) == ("me", "another")


@pytest.mark.parametrize(
    ("step", "more", "text"),
    [
        ("points", {"rpo": "soon"}, "workload web: rpo: 'soon' is not a duration"),
        ("points", {"keep_for": "soon"}, "workload web: keep_for: 'soon' is not a duration"),
        ("points", {"keep_for": "4h"}, "workload web: keep_for: 4h is not longer than its rpo of 4h"),
        ("points", {"keep_for": "60m"}, "workload web: keep_for: 60m is not longer than its rpo of 4h"),
        ("points", {"vms": None}, "workload web: vms or volume_groups is needed"),
        ("copies", {"vms": [], "volume_groups": []}, "workload web: vms or volume_groups is needed"),
        ("points", {"vms": [*entities(1), *entities(1)]}, "workload web: the name vm-1 stands twice"),
        (
            "failover",
            {"vms": [{"name": "vm-1", "ext_id": ext_id(1)}, {"name": "vm-1", "ext_id": ext_id(2)}]},
            "workload web: the name vm-1 stands twice",
        ),
        ("drill", {"volume_groups": [*GROUPS, *GROUPS]}, "workload web: the name data-9 stands twice"),
        ("points", {"entities_per_recovery_point": 33}, "workload web: entities_per_recovery_point: 33 is not 1 to 32"),
        ("points", {"entities_per_recovery_point": -1}, "workload web: entities_per_recovery_point: -1 is not 1 to 32"),
        (
            "drill",
            {"targets": TARGETS, "drill": {"location": "moon"}},
            "workload web: drill.location: moon is none of its targets (pc-dr, far, keyed, half)",
        ),
        ("failover", {"targets": []}, "workload web: targets: there is none"),
        ("retention", {}, "step 'retention' is none of copies, drill, drill_cleanup, failover, points, revert"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(step: str, more: dict[str, Any], text: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        batch([workload(**more)], step)
    assert str(caught.value).startswith(text)


def test_a_vm_and_a_volume_group_may_have_the_same_name() -> None:
    (item,) = batch([workload(vms=entities(1), volume_groups=entities(1, 9, "vm")[:1])], "copies")
    assert (item["vm_ext_ids"], item["volume_group_ext_ids"]) == ([ext_id(1)], [ext_id(9)])


@pytest.mark.parametrize("step", ["drill", "drill_cleanup", "failover"])
@pytest.mark.parametrize("section", [None, {}])
def test_a_workload_without_the_section_is_left_out(step: str, section: Any) -> None:
    bare = {**workload(), step.removesuffix("_cleanup"): section}
    assert batch([bare], step) == []


def test_the_order_of_the_workloads_is_kept() -> None:
    sizes = {"c": 2, "a": 31, "b": 1}
    items = batch([workload(name=name, vms=entities(count)) for name, count in sizes.items()], "points")
    assert [item["label"] for item in items] == ["c", "a (1/2)", "a (2/2)", "b"]


def result(status: str = "succeeded", reason: str = "", actions: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {"status": status, "reason": reason, "actions": list(actions), **more}


def seen(hours: float | None = 1.0, target_seen: bool = True, point: str = "p") -> dict[str, Any]:
    return {
        "target_seen": target_seen,
        "newest_usable": None if hours is None else {"id": point},
        "rpo_seconds": None if hours is None else round(hours * 3600),
    }


TWO = [{"location": "dr-site", "nutanix_host": "pc-dr"}, {"nutanix_host": "pc-far"}]
ONE = TWO[:1]
HERE = result(rpo_seconds=1800)
PARTS = {"vms": entities(60)}


@pytest.mark.parametrize(
    ("more", "points", "copies", "breached", "text"),
    [
        pytest.param(
            {"targets": TWO},
            [HERE],
            [result(replicas=[seen(), seen(4)])],
            False,
            "web: within RPO of 4h: here 30m, dr-site 1h, pc-far 4h",
            id="within",
        ),
        pytest.param(
            {"targets": TWO},
            [HERE],
            [result(replicas=[seen(), seen(4.001)])],
            True,
            "web: RPO BREACHED of 4h: here 30m, dr-site 1h, pc-far 4h",
            id="one site is behind",
        ),
        pytest.param(
            {"targets": ONE},
            [result("running", "the recovery point is being made", ("create recovery point web",), rpo_seconds=None)],
            [result("pending", "there is no usable recovery point of v at the source yet", replicas=[seen(None)])],
            True,
            "web: RPO BREACHED of 4h: here nothing yet, dr-site nothing yet; copies pending: there is no usable recovery "
            "point of v at the source yet; to do: create recovery point web",
            id="nothing yet",
        ),
        pytest.param(
            {"targets": ONE},
            [result("running", actions=("create p",), rpo_seconds=5 * 3600)],
            [result("running", "the replication is starting", ("start r",), replicas=[seen(5)])],
            True,
            "web: RPO BREACHED of 4h: here 5h, dr-site 5h; to do: create p, start r; "
            "then copies running: the replication is starting",
            id="what is to do, in its order",
        ),
        pytest.param(
            {"targets": ONE},
            [result("failed", "pc:9440 answers 503")],
            [result(replicas=[seen(2)])],
            False,
            "web: within RPO of 4h: here not known, dr-site 2h; the source cannot be asked: pc:9440 answers 503",
            id="the source is gone",
        ),
        pytest.param(
            {"targets": TWO},
            [HERE],
            [
                result(
                    "failed",
                    "pc-far: the target cannot be asked: 503",
                    replicas=[seen(), seen(None, target_seen=False)],
                )
            ],
            True,
            "web: NOT KNOWN whether within RPO of 4h: here 30m, dr-site 1h, pc-far not known; "
            "copies failed: pc-far: the target cannot be asked: 503",
            id="a target is gone",
        ),
        pytest.param(
            {"targets": ONE},
            [HERE],
            [result("failed", "refused to sign in")],
            True,
            "web: NOT KNOWN whether within RPO of 4h: here 30m, dr-site not known; copies failed: refused to sign in",
            id="nobody could look",
        ),
        pytest.param(
            {"targets": ONE, **PARTS},
            [HERE, result(rpo_seconds=7200)],
            [result(replicas=[seen(1)]), result(replicas=[seen(3)])],
            False,
            "web: within RPO of 4h: here 2h, dr-site 3h",
            id="two parts: as old as the older",
        ),
        pytest.param(
            {"targets": ONE, **PARTS},
            [HERE, result("running", "the recovery point is being made", ("create p2",), rpo_seconds=None)],
            [
                result(replicas=[seen(1)]),
                result("pending", "there is none yet", replicas=[seen(None)]),
            ],
            True,
            "web: RPO BREACHED of 4h: here nothing yet, dr-site nothing yet; copies pending: there is none yet; to do: create p2",
            id="two parts: one is not there",
        ),
        pytest.param(
            {"targets": ONE, **PARTS},
            [HERE, HERE],
            [
                result("failed", "out of space", replicas=[seen(9)]),
                result("running", "replicating", replicas=[seen(1)]),
            ],
            True,
            "web: RPO BREACHED of 4h: here 30m, dr-site 9h; copies failed: out of space; replicating",
            id="two parts: the worst counts, and both say why",
        ),
        pytest.param(
            {"targets": ONE, **PARTS},
            [result("failed", "pc answers 503"), result("failed", "pc answers 503")],
            [
                result("failed", "pc answers 503", replicas=[seen(1)]),
                result("failed", "pc answers 503", replicas=[seen(2)]),
            ],
            False,
            "web: within RPO of 4h: here not known, dr-site 2h; copies failed: pc answers 503",
            id="two parts: what both say is told once",
        ),
        pytest.param(
            {"targets": ONE, **PARTS},
            [HERE, HERE],
            [result(replicas=[seen(1)]), result("failed", "refused", replicas=[])],
            True,
            "web: NOT KNOWN whether within RPO of 4h: here 30m, dr-site not known; copies failed: refused",
            id="two parts: one could not be looked for",
        ),
    ],
)
def test_status(
    more: dict[str, Any],
    points: list[dict[str, Any]],
    copies: list[dict[str, Any]],
    breached: bool,
    text: str,
) -> None:
    (entry,) = status([workload(**more)], points, copies)
    assert entry["breached"] is breached
    assert line(entry) == text


def test_the_parts_of_each_workload_are_its_own() -> None:
    workloads = [workload(name="a", **PARTS), workload(name="b"), workload(name="c", **PARTS)]
    points = [result(rpo_seconds=seconds) for seconds in (60, 120, 180, 240, 300)]
    copies = [
        result("running", progress_percent=percent, replicas=[seen(hours)])
        for hours, percent in ((1, 50.0), (2, 20.0), (3, 70.0), (4, 90.0), (5, None))
    ]
    entries = status(workloads, points, copies)
    assert [(entry["name"], entry["rpo_seconds"]) for entry in entries] == [("a", 120), ("b", 180), ("c", 300)]
    assert [entry["targets"][0]["rpo_seconds"] for entry in entries] == [7200, 10800, 18000]
    # As far as the part that is least far; nothing is told if one does not tell.
    assert [entry["progress_percent"] for entry in entries] == [20.0, 70.0, None]


@pytest.mark.parametrize(
    ("one", "other", "worst"),
    [
        ("succeeded", "succeeded", "succeeded"),
        ("running", "succeeded", "running"),
        ("running", "pending", "pending"),
        ("pending", "blocked", "blocked"),
        ("blocked", "failed", "failed"),
    ],
)
def test_a_workload_stands_where_its_worst_part_does(one: str, other: str, worst: str) -> None:
    for first, second in ((one, other), (other, one)):
        copies = [result(first, replicas=[seen()]), result(second, replicas=[seen()])]
        (entry,) = status([workload(**PARTS)], [HERE, HERE], copies)
        assert entry["status"] == worst


def test_entries_of_all_types_have_the_same_keys() -> None:
    (entry,) = status([workload()], [HERE], [result(replicas=[seen(point="r")])])
    vm = {"name": "vm", "rpo": "4h", "targets": [{"location": "northeurope"}]}
    place = {"location": "northeurope", "newest_usable": "p", "rpo_seconds": 60}
    (other,) = azure_vm_status([vm], [result()], [HERE], [result(targets=[place])])
    assert list(entry) == list(other)
    assert list(entry["targets"][0]) == list(other["targets"][0])
    assert entry["type"] == "nutanix_vm"
    assert entry["targets"] == [
        {
            "location": "dr-site",
            "name": "pc-dr",
            "known": True,
            "newest_usable": {"id": "r"},
            "rpo_seconds": 3600,
            "within_rpo": True,
        }
    ]
