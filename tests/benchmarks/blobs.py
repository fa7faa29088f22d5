# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure copies of blobs against the sandbox: ``python tests/benchmarks/blobs.py --blobs 10000 --loop 100``.

One task that copies a container, its repetition with nothing to do, and beside them a loop of tasks that copy one blob each.
Every run is a real ansible-playbook; CPU is that of its whole process tree, memory that of its largest process.
With ``--there`` the destination holds everything from the start, so that only lists are read.
With ``--az PATH`` the Azure CLI copies them too, by ``az storage blob copy start-batch`` (tools/azure_cli.sh installs it). Between two
accounts it knows no other hosts than those of Azure, so that both it and the task copy to a container of the same account then.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Run as a file, Python knows no package: import by the names of the folders.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from system.runner import collections_path  # noqa: E402
from system.sandbox_process import SandboxProcess  # noqa: E402

Json = dict[str, Any]
_HERE = Path(__file__).resolve().parent


def seed(blobs: int, there: bool, seconds: float = 10) -> Json:
    """Blobs of 100 bytes; a copy to another account takes so many virtual seconds."""
    made = [{"count": blobs, "name": "b/{n:06d}", "size": 100}]
    return {
        "storage": {
            "durations": {"copy_base": seconds},
            "accounts": [
                {
                    "name": "primary",
                    "containers": [{"name": "photos", "blobs": made}, {"name": "cli"}, {"name": "task"}],
                },
                {"name": "secondary", "containers": [{"name": "photos", "blobs": made if there else []}]},
            ],
        }
    }


def play(*tasks: Json) -> list[Json]:
    return [{"hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}]


def run(sandbox: SandboxProcess, folder: Path, what: str, count: int, playbook: list[Json]) -> None:
    """Run a playbook and print what it took."""
    path = folder / "playbook.yml"
    path.write_text(json.dumps(playbook), encoding="utf-8")
    (folder / "ansible.cfg").touch()
    environment = {
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_HOME": str(folder / ".ansible"),
        "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": collections_path(),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }
    measure(sandbox, folder, what, count, ["ansible-playbook", str(path)], environment)


def measure(
    sandbox: SandboxProcess, folder: Path, what: str, count: int, command: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Run a command and print what it took: time, CPU and memory of all its processes, and the calls that the accounts saw."""
    given = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(folder),
        "no_proxy": "127.0.0.1,localhost",
        **sandbox.environment,
        **environment,
    }
    sandbox.clear_requests()
    started = time.monotonic()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, env=given, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
        _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    if process.returncode:
        raise SystemExit((folder / "output").read_text(encoding="utf-8")[-3000:])
    calls = collections.Counter(entry["method"] for entry in sandbox.requests(contains="storage:"))
    told = ", ".join(f"{number} {method}" for method, number in sorted(calls.items()))
    cpu = used.ru_utime + used.ru_stime
    print(f"| {what} | {count} | {wall:.1f} | {cpu:.1f} | {used.ru_maxrss / 1024:.0f} | {told} |", flush=True)


def within(sandbox: SandboxProcess, folder: Path, az: str, count: int, connection: str) -> None:
    """Copy a container within an account, by the CLI and by a task, twice each."""
    command = [az, "storage", "blob", "copy", "start-batch", "--connection-string", connection]
    command += ["--source-container", "photos", "--destination-container", "cli", "--output", "none"]
    environment = {"AZURE_CONFIG_DIR": str(folder / ".azure"), "AZURE_CORE_COLLECT_TELEMETRY": "false"}
    task = {
        "bcdr.multicloud.azure_blob_copy": {
            "source": {"connection_string": connection, "container": "photos"},
            "destinations": [{"connection_string": connection, "container": "task"}],
        }
    }
    for again in ("first run", "again"):
        run(sandbox, folder, f"one task within an account, {again}", count, play(task))
    for again in ("first run", "again"):
        measure(sandbox, folder, f"az storage blob copy start-batch, {again}", count, command, environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blobs", type=int, default=10_000)
    parser.add_argument("--loop", type=int, default=100, help="how many of them the loop copies")
    parser.add_argument("--speed", type=float, default=60.0, help="virtual seconds per second")
    parser.add_argument("--copy-seconds", type=float, default=10.0, help="virtual seconds that a copy takes")
    parser.add_argument("--az", metavar="PATH", help="the Azure CLI to compare with")
    parser.add_argument("--there", action="store_true", help="the destination holds everything")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bcdr-benchmark-") as name:
        folder = Path(name)
        planted = folder / "seed.yml"
        # JSON is YAML.
        planted.write_text(json.dumps(seed(options.blobs, options.there, options.copy_seconds)), encoding="utf-8")
        sandbox = SandboxProcess(folder / "sandbox", str(planted), options.speed, start_seconds=3600)
        try:
            accounts = {entry["name"]: entry["connection_string"] for entry in sandbox.state()["storage"]["accounts"]}
            copy = {
                "bcdr.multicloud.azure_blob_copy": {
                    "source": {"connection_string": accounts["primary"], "container": "photos"},
                    "destinations": [{"connection_string": accounts["secondary"], "container": "photos"}],
                }
            }
            print("| what | blobs | wall s | CPU s | MiB | calls |\n|---|---|---|---|---|---|")
            if not options.there:
                run(sandbox, folder, "one task, first run", options.blobs, play(copy))
            run(sandbox, folder, "one task, nothing to do", options.blobs, play(copy))
            if options.az:
                within(sandbox, folder, str(Path(options.az).absolute()), options.blobs, accounts["primary"])
            if options.loop and not options.there:
                command = [sys.executable, str(_HERE / "copy_blob.py"), accounts["primary"], accounts["secondary"]]
                loop = {
                    "ansible.builtin.command": {"argv": [*command, "photos", "{{ item }}"]},
                    "loop": [f"b/{number:06d}" for number in range(1, options.loop + 1)],
                    "no_log": True,
                }
                sandbox.plant(seed(options.loop, False))
                run(sandbox, folder, "a loop of tasks", options.loop, play(loop))
                run(sandbox, folder, "the loop again", options.loop, play(loop))
        finally:
            sandbox.stop()


if __name__ == "__main__":
    main()
