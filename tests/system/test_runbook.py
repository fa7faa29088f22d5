# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runbook of EFS as a user has it: copy to the other region, restore there, drill, and a day without the source."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from system.efs_fleet import (
    FRANKFURT,
    IRELAND,
    TARGETS,
    backup_task,
    efs_fleet,
    efs_id,
    file_system_task,
    subnets,
    vault_copy_task,
)
from system.fleet import play
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess

SPEED = 1200.0
DURATIONS = {"copy_base": 900, "restore_base": 900}
Json = dict[str, Any]
# What differs from one run to the next: ids that AWS gives.
_GIVEN = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def _runbook(sandbox: SandboxProcess, name: str, **options: Any) -> list[Json]:
    """Two tasks; without `wait` the second has to look whether the first has come to its end."""
    target = {"subnet_id": subnets(sandbox, FRANKFURT)[0]}
    restore: Json = {"throughput_mode": "elastic", "mount_targets": [target], "tags": {"tier": "web"}}
    return [
        vault_copy_task(name, {"register": "copied"}, **options),
        file_system_task(name, {"when": "copied.settled or ansible_check_mode"}, **restore, **options),
    ]


def _check_restored(sandbox: SandboxProcess, name: str) -> None:
    (restored,) = sandbox.file_systems(FRANKFURT, f"{name}-dr")
    assert (restored["state"], restored["mount_targets"], len(restored["restored"])) == ("available", 1, 1)
    assert len(sandbox.jobs("copy", efs_id(name))) == len(TARGETS)
    assert len(sandbox.jobs("restore", efs_id(name))) == 1


def _results(run: Run) -> list[Json]:
    return [event["result"] for event in run.events if event["outcome"] != "skipped"]


def test_from_a_point_to_a_file_system(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(efs_fleet(["apps"], (3000,), durations=DURATIONS))
    tasks = _runbook(sandbox, "apps")
    predicted = _results(ansible.playbook([play(tasks)], "--check", "--diff"))
    assert sandbox.writes() == []
    run = _results(ansible.playbook([play(tasks)], "--diff"))
    assert [result["status"] for result in run] == ["succeeded"] * 2
    _check_restored(sandbox, "apps")
    # Copies are foretold to the letter; what follows them cannot be, since nothing has arrived yet.
    assert predicted[0]["actions"] == run[0]["actions"]
    assert predicted[0]["diff"] == run[0]["diff"]
    assert (predicted[1]["status"], predicted[1]["changed"]) == ("pending", False)
    # The restore can be foretold now that there is a copy.
    _check_foretold(sandbox, ansible, tasks[1], run[1])
    again = ansible.playbook([play(tasks)], "--diff")
    assert again.changed == []
    assert [result["diff"] for result in _results(again)] == [{"before": {}, "after": {}}] * 2
    checked = ansible.playbook([play(tasks)], "--check")
    assert checked.changed == []
    assert sandbox.refused() == []


def _check_foretold(sandbox: SandboxProcess, ansible: Ansible, restore: Json, before: Json) -> None:
    """Check mode of the same restore under another name says what the run did, and changes nothing."""
    module = "bcdr.multicloud.efs_backup_restore"
    (name,) = [restore[module]["name"]]
    sandbox.clear_requests()
    other = {**restore, module: {**restore[module], "name": "another"}, "when": True}
    (foretold,) = _results(ansible.playbook([play([other])], "--check", "--diff"))
    assert sandbox.writes() == []

    def shown(result: Json, called: str) -> str:
        text = json.dumps([result["actions"], result["diff"]], sort_keys=True)
        return _GIVEN.sub("ID", text.replace(called, "NAME"))

    assert shown(foretold, "another") == shown(before, name)
    assert (foretold["changed"], before["changed"]) == (True, True)


def test_without_waiting_until_all_is_there(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(efs_fleet(["apps"], (3000,), durations={**DURATIONS, "copy_base": 1800}))
    tasks = _runbook(sandbox, "apps", wait=False)
    passes = []
    for _pass in range(12):
        passes.append(ansible.playbook([play(tasks)]))
        results = _results(passes[-1])
        if len(results) == 2 and results[1]["settled"]:
            break
        time.sleep(0.5)
    assert [result["status"] for result in _results(passes[-1])] == ["succeeded"] * 2
    assert len(_results(passes[0])) == 1
    _check_restored(sandbox, "apps")
    assert sandbox.refused() == []
    again = ansible.playbook([play(tasks)])
    assert again.changed == []


@pytest.mark.parametrize("answers", ["fail", "drop"])
def test_the_source_region_is_gone(sandbox: SandboxProcess, ansible: Ansible, answers: str) -> None:
    sandbox.plant(efs_fleet(["apps"], (9000, 3000), arrived=(1,), durations=DURATIONS))
    sandbox.admin("POST", f"region/{IRELAND}/outage", {"on": True, "answers": answers})
    # A user who knows of the outage has boto3 try once; the source is asked again in later passes all the same.
    impatient = {"aws_config": {"retries": {"max_attempts": 1}}}
    tasks = _runbook(sandbox, "apps", **impatient)
    run = ansible.playbook([play(tasks)], allowed=["the source cannot be asked", "how the source is encrypted"])
    copied, restored = _results(run)
    assert [copy["status"] for copy in copied["copies"]] == ["succeeded"] * 2
    assert copied["changed"] is False
    assert any("whether there was a newer point is not known" in warning for warning in copied["warnings"])
    assert restored["status"] == "succeeded"
    assert restored["file_system"]["encrypted"] is True
    assert restored["rpo_seconds"] >= 9000
    (file_system,) = sandbox.file_systems(FRANKFURT, "apps-dr")
    assert (file_system["mount_targets"], len(file_system["restored"])) == (1, 1)
    again = ansible.playbook([play(tasks[1:])], "-e", json.dumps({"copied": {"settled": True}}))
    assert again.changed == []


def test_a_drill_leaves_nothing_behind(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(efs_fleet(["apps"], (3000,), arrived=(1,), durations=DURATIONS))
    before = sandbox.state()["aws"]["vaults"]
    targets = [{"subnet_id": subnet} for subnet in subnets(sandbox, FRANKFURT)[:2]]
    drill: Json = {"name": "drill-apps"}
    real = file_system_task("apps")
    started = file_system_task("apps", **drill, mount_targets=targets, tags={"bcdr-drill": "apps"})
    ended = file_system_task("apps", **drill, state="absent")
    run = ansible.playbook([play([real, started])])
    assert [result["status"] for result in _results(run)] == ["succeeded"] * 2
    assert [one["mount_targets"] for one in sandbox.file_systems(FRANKFURT, "drill")] == [2]
    foretold = _results(ansible.playbook([play([ended])], "--check"))[0]["actions"]
    removed = _results(ansible.playbook([play([ended])]))[0]
    assert (removed["status"], removed["actions"]) == ("absent", foretold)
    assert len(foretold) == 3
    assert [one["name"] for one in sandbox.file_systems(FRANKFURT)] == ["apps-dr"]
    # The points are what a failover needs.
    assert sandbox.state()["aws"]["vaults"] == before
    assert sandbox.refused() == []
    again = ansible.playbook([play([ended, real])])
    assert again.changed == []


def test_one_bad_item_stops_no_other(sandbox: SandboxProcess, ansible: Ansible) -> None:
    sandbox.plant(efs_fleet(["app1", "app2"], (3000,), arrived=(1,), durations=DURATIONS))
    missing = "fs-0123456789abcdef0"
    names = ("app1", "app2")
    sources = [{"file_system_id": identifier} for identifier in (efs_id("app1"), missing, efs_id("app2"))]
    restores = [{"file_system_id": efs_id(name), "name": f"{name}-dr"} for name in names]
    restores.insert(1, {"file_system_id": missing, "name": "missing-dr"})
    tasks = [
        backup_task("", max_age="1m", batch=sources),
        vault_copy_task("", batch=sources),
        file_system_task("", batch=restores),
    ]
    run = ansible.playbook([play([{**entry, "ignore_errors": True} for entry in tasks])])
    reasons = ("blocked: there is no file system ", "failed: eu-central-1/dr: there is no ", "failed: there is no ")
    for event, reason in zip(run.events, reasons, strict=True):
        result = event["result"]
        assert [item["status"] for item in result["results"]][::2] == ["succeeded"] * 2
        assert result["msg"].startswith("1 of 3 items failed: ")
        assert reason in result["msg"]
    for name in names:
        assert len(sandbox.jobs("backup", efs_id(name))) == 1
        _check_one_restore(sandbox, name)


def _check_one_restore(sandbox: SandboxProcess, name: str) -> None:
    (restored,) = sandbox.file_systems(FRANKFURT, f"{name}-dr")
    assert len(restored["restored"]) == 1


def test_a_fleet_that_is_as_it_should_be(sandbox: SandboxProcess, ansible: Ansible) -> None:
    """Forty file systems to two vaults: no errors, and few calls when there is nothing to do."""
    names = [f"fs{number:02d}" for number in range(40)]
    sandbox.plant(efs_fleet(names, durations={"copy_base": 300}))
    batch = [{"file_system_id": efs_id(name)} for name in names]
    tasks = [backup_task("", batch=batch), vault_copy_task("", batch=batch)]
    run = ansible.playbook([play(tasks)])
    assert [result["summary"]["succeeded"] for result in _results(run)] == [len(names)] * 2
    assert sandbox.refused() == []
    assert len(sandbox.requests("PUT", ":backup:StartBackupJob")) == len(names)
    assert len(sandbox.requests("PUT", ":backup:StartCopyJob")) == len(names) * len(TARGETS)
    for entry, per_item in zip(tasks, (1, 1 + len(TARGETS)), strict=True):
        sandbox.clear_requests()
        again = ansible.playbook([play([entry])])
        assert again.changed == []
        calls = [one for one in sandbox.requests() if one["action"] != "sts:GetCallerIdentity"]
        assert len(calls) <= per_item * len(names), [one["action"] for one in calls]
        # Who this is, is asked once per identity and region, whatever the number of items.
        assert len(sandbox.requests()) - len(calls) <= 1 + len(TARGETS)
