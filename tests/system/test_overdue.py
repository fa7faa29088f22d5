# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies that take longer than they may are told by the status of every type, and once to the webhook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from system.efs_fleet import FRANKFURT, efs_fleet
from system.failback_fleet import ALLOWED, AZURE_DURATIONS, EFS_DURATIONS, NUTANIX_DURATIONS, WORKLOADS, extra
from system.fleet import fleet
from system.image_fleet import REGIONS, links, role_seed, workload
from system.nutanix_fleet import nutanix_fleet
from system.runner import Ansible, Run
from system.sandbox_process import SandboxProcess
from system.webhook import webhook

# Time goes on only where it is told to.
SPEED = 0.0
Json = dict[str, Any]
DAY = 86400
SLOW = {"copy_base": DAY, "replicate_base": DAY}


def _seed(kind: str) -> Json:
    def slow(durations: Json) -> Json:
        return {**durations, **{name: value for name, value in SLOW.items() if name in durations}}

    if kind == "azure_vm":
        return fleet(["app1"], durations=slow(AZURE_DURATIONS))
    if kind == "azure_image":
        return role_seed(["golden"], links(slowest=5000.0))
    if kind == "efs":
        return efs_fleet(["files"], targets=[FRANKFURT], durations=slow(EFS_DURATIONS))
    return nutanix_fleet(["app"], groups=True, durations=slow(NUTANIX_DURATIONS))


FLEET: dict[str, Json] = {**WORKLOADS, "azure_image": workload("golden", REGIONS[:1])}


@pytest.mark.parametrize("kind", FLEET)
def test_a_copy_that_takes_too_long(sandbox: SandboxProcess, ansible: Ansible, tmp_path: Path, kind: str) -> None:
    sandbox.plant(_seed(kind))
    told = [{**FLEET[kind], "rpo": "30d", "overdue_after": "2h"}]
    with webhook(tmp_path / "webhook") as hook:
        settings = {
            "dr_history_path": str(tmp_path / "history.jsonl"),
            "dr_notify_url": "{{ lookup('env', 'HOOK') }}",
            f"{kind}_wait": False,
        }

        def play(verb: str) -> Run:
            given = extra(told, **settings)
            return ansible.named(f"bcdr.multicloud.{verb}", *given, env={"HOOK": hook.url}, allowed=ALLOWED)

        def line() -> str:
            (text,) = play("status").result("Tell where each workload stands")["msg"]
            return str(text)

        for _pass in range(3):
            play("protect")
            sandbox.advance(600)
        punctual = line()
        assert "copies running" in punctual
        assert "overdue" not in punctual
        sandbox.advance(3 * 3600)
        # However often somebody looks.
        assert all("overdue, under way for 3h" in line() for _look in range(2))
        events = [body["event"] for body in hook.got()]
    assert events.count("copy_overdue") == 1
