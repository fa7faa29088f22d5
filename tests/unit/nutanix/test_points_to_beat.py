# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the modules of nutanix.ncp leave their users alone, point by point: the items, run by the engine against the sandbox."""

from __future__ import annotations

import datetime
import importlib.metadata
from collections.abc import Callable
from typing import Any

import pytest
from nutanix_runs import Site, named, told
from nutanix_sandbox import CLUSTER_DR, DR, NOBODY

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    ABSENT,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
)

POINT, REPLICA, INFO, RESTORE, REVERT = (
    "nutanix_recovery_point",
    "nutanix_recovery_point_replicate",
    "nutanix_recovery_point_info",
    "nutanix_recovery_point_restore",
    "nutanix_vm_revert",
)
LIST = "main GET recovery-points"
VMS = "/api/vmm/v4.3/ahv/config/vms"


def restore_of(site: Site, name: str = "drill", **override: Any) -> dict[str, Any]:
    """Return the options of a restore of one VM by a name of its own, which came with release 4.1 of the library."""
    models = pytest.importorskip("ntnx_dataprotection_py_client").models
    if "vm_override_spec" not in models.VmRecoveryPointRestoreOverride().swagger_types:
        pytest.skip("this release of the library has no overrides")
    point = site.nutanix.point()
    part = point["vmRecoveryPoints"][0]["extId"]
    spec = {"vm_recovery_point_ext_id": part, "vm_override_spec": {"name": name, **override}}
    return {"module": RESTORE, "ext_id": point["extId"], "vm_recovery_point_restore_overrides": [spec]}


def revert_of(site: Site) -> dict[str, Any]:
    part = site.nutanix.point()["vmRecoveryPoints"][0]
    return {"module": REVERT, "ext_id": part["vmExtId"], "vm_recovery_point_ext_id": part["extId"]}


def test_1_a_create_by_name_is_idempotent(site: Site, new: dict[str, Any]) -> None:
    site.calls()
    first = site.outcome(**new)
    assert (first.status, first.reason, first.warnings) == (SUCCEEDED, "", ())
    assert told(first) == ["create recovery point it's new"]
    [made] = named(site, "it's new")
    assert (first.result["ext_id"], made["expires"]) == (made["ext_id"], None)
    assert first.result["response"]["ext_id"] == made["ext_id"]
    assert first.result["response"]["vm_recovery_points"][0]["vm_ext_id"] == site.nutanix.entity("vm-01")
    shown = first.result["recovery_point"]
    assert (shown["usable"], shown["copy_of"], shown["container"][:10]) == (True, "", "127.0.0.1:")
    assert first.result["task_ext_id"] == first.result["tasks"][-1]["ext_id"]
    assert [call for call in site.calls() if "POST" in call] == ["main POST recovery-points"]

    second = site.outcome(**new)
    assert (second.status, told(second), second.result["ext_id"]) == (SUCCEEDED, [], made["ext_id"])
    assert site.calls() == [LIST]


def test_2_what_is_absent_may_be_deleted(site: Site, new: dict[str, Any]) -> None:
    assert site.outcome(POINT, state="absent", ext_id=NOBODY).status == ABSENT
    assert site.outcome(POINT, state="absent", name="of nobody").status == ABSENT
    ext_id = site.outcome(**new).result["ext_id"]
    gone = site.outcome(POINT, state="absent", ext_id=ext_id)
    assert (gone.status, told(gone)) == (ABSENT, ["delete recovery point it's new"])
    assert gone.result["response"]["status"] == "SUCCEEDED"
    again = site.outcome(POINT, state="absent", ext_id=ext_id)
    assert (again.status, told(again), named(site, "it's new")) == (ABSENT, [], [])


def test_3_a_replication_is_idempotent_and_returns_the_replica(site: Site, copy: dict[str, Any]) -> None:
    site.calls()
    first = site.outcome(**copy)
    assert (first.status, first.reason) == (SUCCEEDED, "")
    assert told(first) == [f"start replication of nightly to Prism Central {DR}, cluster {CLUSTER_DR}"]
    [replica] = named(site, "nightly", "dr")
    assert (first.result["replica_ext_id"], first.result["ext_id"]) == (replica["ext_id"], copy["ext_id"])
    assert (first.result["replica"]["copy_of"], first.result["pc_ext_id"]) == (replica["location_agnostic_id"], DR)
    assert first.result["response"]["status"] == "SUCCEEDED"
    site.calls()
    second = site.outcome(**copy)
    assert (second.status, told(second), second.result["replica_ext_id"]) == (SUCCEEDED, [], replica["ext_id"])
    assert site.calls() == [
        f"main GET recovery-points/{copy['ext_id']}",
        "dr GET clusters",
        "dr GET recovery-points",
    ]


def test_4_check_mode_predicts_what_changes(site: Site, new: dict[str, Any], copy: dict[str, Any]) -> None:
    later = {**new, "expiration_time": "2026-04-01T00:00:00Z"}
    gone = {"module": POINT, "state": "absent", "name": new["name"]}
    for options, repeated in (
        (new, 0),
        (later, 0),
        (gone, 0),
        (copy, 0),
        (restore_of(site), 0),
        # A VM may have changed since.
        (revert_of(site), 1),
    ):
        site.calls()
        predicted = site.outcome(**options, check_mode=True)
        assert (len(told(predicted)), site.changes()) == (1, [])
        assert told(site.outcome(**options)) == told(predicted)
        assert len(told(site.outcome(**options, check_mode=True))) == repeated


@pytest.mark.parametrize(("state", "status", "words"), [
    ("FAILED", FAILED, "ended FAILED: "), ("CANCELED", FAILED, "ended CANCELED: "), ("SUSPENDED", PENDING, "is suspended in Prism Central"),
])  # fmt: skip
@pytest.mark.parametrize("what", ["create", "change", "delete", "replicate", "restore", "revert"])
def test_5_a_task_may_end_in_any_state_and_its_id_is_told(
    site: Site, new: dict[str, Any], copy: dict[str, Any], what: str, state: str, status: str, words: str
) -> None:
    options: dict[str, dict[str, Any]] = {
        "create": new,
        "change": {"module": POINT, "name": "nightly", "expiration_time": "2026-04-01T00:00:00Z"},
        "delete": {"module": POINT, "name": "nightly", "state": "absent"},
        "replicate": copy,
        "restore": {"module": RESTORE, "ext_id": copy["ext_id"]},
        "revert": revert_of(site),
    }
    site.nutanix.fault("task_end", "recovery-points|revert", state=state, message="no luck", seconds=10)
    one = site.outcome(**options[what], wait_timeout=600)
    # One that is suspended may go on, so that the wait ends with its timeout, and not before.
    assert (one.status, one.timed_out, len(told(one))) == (status, status == PENDING, 1)
    assert words in one.reason
    assert one.result["task_ext_id"] in one.reason
    assert one.result["tasks"][-1]["status"] == state


@pytest.mark.parametrize("what", ["create", "replicate", "restore", "revert"])
def test_5_its_id_is_told_whatever_comes_after_it(
    site: Site, new: dict[str, Any], copy: dict[str, Any], what: str
) -> None:
    """The task has been started, and nobody answers any more."""
    options: dict[str, dict[str, Any]] = {
        "create": new,
        "replicate": copy,
        "restore": {"module": RESTORE, "ext_id": copy["ext_id"]},
        "revert": revert_of(site),
    }
    site.nutanix.fault("drop", "config/tasks/", times=0)
    one = site.outcome(**options[what], wait=False)
    assert (one.status, len(told(one))) == (FAILED, 1)
    [task] = site.nutanix.state()["tasks"]
    assert (one.result["task_ext_id"], task["status"]) == (task["ext_id"], "QUEUED")
    assert any(job.endswith(f" {task['ext_id']}") for job in one.result["started_jobs"])


def test_6_errors_are_one_line_with_code_and_message(site: Site, new: dict[str, Any], copy: dict[str, Any]) -> None:
    """What nutanix.ncp ends with a traceback on: the network, HTML, and what the client library refuses; and its task errors."""

    def reason(**options: Any) -> str:
        one = site.outcome(**options, wait=False)
        assert (one.status, one.reason.count("\n"), "Traceback" in one.reason) == (FAILED, 0, False)
        return one.reason

    assert "cannot be reached: " in reason(**new, nutanix_port="1")
    site.nutanix.fault("status", "recovery-points", status=502)
    html = reason(**new)
    assert ("HTTP 502" in html, "<" in html) == (True, False)
    site.nutanix.fault("status", "recovery-points", status=403, code="DP-7", message="not for you")
    assert "DP-7: not for you" in reason(**new)
    assert "sign in" in reason(**new, nutanix_password="wrong")
    for changed_, words in (
        ({"ext_id": "6j24g6z1-4f3w-0f3q-5j2j-4n1y9d2e7j3r", "name": None}, "^ext_id: '6j24"),
        ({"name": "x" * 257}, "^name: has 257 characters"),
        ({"expiration_time": "tomorrow"}, "^expiration_time: 'tomorrow' is not a time"),
    ):
        with pytest.raises(InvalidRequest, match=words):
            site.run(**{**new, **changed_})
    nobody = {**new, "vm_recovery_points": [{"vm_ext_id": NOBODY}]}
    failed = site.outcome(**nobody)
    assert "DP-10400: The request failed as one or more entities do not exist - there is no VM" in failed.reason
    assert reason(**{**copy, "ext_id": NOBODY}).startswith(f"there is no recovery point {NOBODY}")
    site.nutanix.fault("status", "replicate", status=400, code="DP-8", message="no such place")
    assert "DP-8: no such place" in reason(**copy)


def test_7_an_expiration_of_none_never_and_any_offset(site: Site, new: dict[str, Any]) -> None:
    moment = datetime.datetime(2026, 3, 5, 12, 0, tzinfo=datetime.timezone.utc)
    never = {**new, "expiration_time": "never"}
    made = site.outcome(**never)
    assert (told(made), made.result["recovery_point"]["expires_at"]) == (["create recovery point it's new"], None)
    assert told(site.outcome(**new)) == []
    changed = site.outcome(**new, expiration_time="2026-03-05T14:00:00+02:00")
    assert (changed.status, told(changed)) == (SUCCEEDED, ["change expiration of recovery point it's new"])
    assert changed.done[0].before == {"expiration_time": None}
    assert datetime.datetime.fromisoformat(changed.result["response"]["expiration_time"]) == moment
    # Without an offset it is UTC.
    for same in ("2026-03-05T12:00:00Z", "2026-03-05T12:00:00", None):
        assert told(site.outcome(**new, expiration_time=same)) == []
    gone = site.outcome(**never)
    assert (gone.status, told(gone)) == (SUCCEEDED, ["change expiration of recovery point it's new"])
    assert (gone.result["recovery_point"]["expires_at"], named(site, "it's new")[0]["expires"]) == (None, None)
    assert told(site.outcome(POINT, ext_id=gone.result["ext_id"], expiration_time="Never")) == []


def test_8_all_pages_are_read(site: Site, plant: Any) -> None:
    points = [{"name": f"p{number:03}", "vms": ["vm-01"], "age": 60 * (number + 1)} for number in range(250)]
    plant(recovery_points=points)
    site.calls()
    one = site.outcome(INFO)
    assert (one.status, len(one.result["response"]), one.result["total_available_results"]) == (SUCCEEDED, 250, 250)
    assert [point["name"] for point in one.result["recovery_points"][:2]] == ["p000", "p001"]
    assert site.calls() == [LIST] * 3
    page = site.outcome(INFO, page=2, limit=2, orderby="name desc")
    assert [point["name"] for point in page.result["response"]] == ["p245", "p244"]
    assert (page.result["total_available_results"], site.calls()) == (250, [LIST])


def test_9_restore_and_revert_take_overrides(site: Site) -> None:
    vm = site.nutanix.ask("GET", f"{VMS}/{site.nutanix.entity('vm-01')}").data
    nic = vm["nics"][0]["extId"]
    given = {"description": "of a drill", "categories": [], "nic_spec": {"nic_remove_list": [nic]}}
    options = restore_of(site, **given)
    one = site.outcome(**options)
    assert (one.status, one.reason) == (SUCCEEDED, "")
    [made] = one.result["vm_ext_ids"]
    shown = site.nutanix.ask("GET", f"{VMS}/{made}").data
    assert (shown["name"], shown["description"], shown.get("nics")) == ("drill", "of a drill", None)
    # What cannot be fails the restore, or in strict mode is dropped with a warning of the task.
    lost = restore_of(site, name="other", categories=[NOBODY])
    assert f"there is no category {NOBODY}" in site.outcome(**lost).reason
    lost["vm_recovery_point_restore_overrides"][0]["is_strict_mode"] = True
    strict = site.outcome(**lost)
    assert (strict.status, strict.result["tasks"][-1]["warnings"]) == (
        SUCCEEDED,
        [f"there is no category {NOBODY}: dropped."],
    )
    if not hasattr(pytest.importorskip("ntnx_vmm_py_client").models, "VmRevertOverrideSpec"):
        pytest.skip("that of a revert came with release 4.2 of the library")
    site.outcome(**revert_of(site), should_revert_vm_categories=True)
    [entry] = site.nutanix.admin("GET", "requests?contains=revert")["requests"]
    assert entry["body"]["overrideSpec"]["shouldRevertVmCategories"] is True


def test_10_an_own_certificate_authority_and_another_try_after_412(site: Site, new: dict[str, Any]) -> None:
    untrusted = site.outcome(**new, ca_path="")
    assert untrusted.status == FAILED
    assert untrusted.reason.startswith("ca_path: the certificate of Prism Central 127.0.0.1:")
    assert site.outcome(**new).status == SUCCEEDED
    # Something else has changed it since its ETag was read.
    for wait, options in (
        (True, {**new, "expiration_time": "2026-04-01T00:00:00Z"}),
        (False, {**new, "expiration_time": "2026-04-02T00:00:00Z"}),
        (False, {"module": POINT, "name": new["name"], "state": "absent"}),
    ):
        site.nutanix.fault(
            "status", "set-expiration-time", status=412, code="PLAT-10005", message="Invalid eTag header"
        )
        site.nutanix.admin("POST", "faults", [
            {"kind": "status", "match": {"method": "DELETE"}, "status": 412, "code": "PLAT-10005", "message": "Invalid eTag header"}
        ])  # fmt: skip
        one = site.outcome(**options, wait=wait)
        assert (one.status in (SUCCEEDED, PENDING, RUNNING, ABSENT), one.error, len(told(one))) == (True, None, 1)
        site.nutanix.admin("DELETE", "faults")
        site.nutanix.advance(60)
    assert named(site, new["name"]) == []
    site.nutanix.fault("status", "set-expiration-time", status=412, code="PLAT-10005", times=0)
    never = site.outcome(POINT, name="nightly", expiration_time="2026-04-01T00:00:00Z")
    assert (never.status, (never.error or {})["code"]) == (FAILED, "PLAT-10005")


@pytest.mark.parametrize(("version", "release"), [("v4.0", "4.0.1"), ("v4.1", "4.1.1")])
def test_11_versions_that_do_not_fit_are_named_with_what_to_install(
    site: Site, plant: Callable[..., Any], version: str, release: str
) -> None:
    plant(version=version)
    vm = site.nutanix.entity("vm-01")
    for namespace, options in (
        ("dataprotection", {"module": INFO}),
        ("dataprotection", {"module": POINT, "name": "x", "vm_recovery_points": [{"vm_ext_id": vm}]}),
        ("dataprotection", {"module": REPLICA, "ext_id": NOBODY, "cluster_ext_id": CLUSTER_DR}),
        ("dataprotection", {"module": RESTORE, "ext_id": NOBODY}),
        ("vmm", {"module": REVERT, "ext_id": vm, "vm_recovery_point_ext_id": NOBODY}),
    ):
        package = f"ntnx-{namespace}-py-client"
        here = importlib.metadata.version(package)
        if f"v{here.rpartition('.')[0]}" <= version:
            pytest.skip("this release of the library fits")
        one = site.outcome(**options)
        assert one.status == FAILED
        assert f" has the API {namespace} {version}, and {package} {here} speaks v4." in one.reason
        assert one.reason.endswith(f"; install {package}=={release}")


def test_12_restored_ids_are_lists(site: Site, copy: dict[str, Any]) -> None:
    """Beside the texts separated by commas that the modules of nutanix.ncp return."""
    one = site.outcome(RESTORE, ext_id=copy["ext_id"])
    vms, groups = one.result["vm_ext_ids"], one.result["volume_group_ext_ids"]
    made = {entity["ext_id"]: entity["kind"] for entity in site.nutanix.state()["entities"] if entity["from_point"]}
    assert dict.fromkeys(vms, "vm") | dict.fromkeys(groups, "vg") == made
    assert (len(vms), len(groups)) == (2, 1)
    assert (one.result["vms_ext_ids"].split(","), one.result["vgs_ext_ids"].split(",")) == (vms, groups)
