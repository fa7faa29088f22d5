# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX's objects of the example project: the modules of awx.awx make them, AWX's rules are kept, and they fit the collection."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from system.awx_api import AwxApi, serving
from system.awx_job import PROJECT, inventory_of
from system.runner import collections_path

# Each run is of thirty modules; this is for a busy machine.
pytestmark = pytest.mark.timeout(900)
Json = dict[str, Any]
CHECKOUT = PROJECT.parents[2]
SECRET = "s3cr3t~Of.The-Controller"
# What objects.yml refers to; the modules read the same names.
CREDENTIALS = {
    "AZURE_SUBSCRIPTION_ID": "11111111-2222-3333-4444-555555555555",
    "AZURE_TENANT": "22222222-2222-3333-4444-555555555555",
    "AZURE_CLIENT_ID": "33333333-2222-3333-4444-555555555555",
    "AZURE_SECRET": SECRET,
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    **{
        f"NUTANIX_{site}{name}": SECRET if name == "PASSWORD" else name
        for site in ("", "DR_")
        for name in ("HOST", "USERNAME", "PASSWORD")
    },
}


# awx.awx sends an approval anew each time, with fields that AWX does not keep, and then wonders where they are.
_APPROVAL = "The field identifier of workflow_approval_template"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AwxApi, str]]:
    """AWX as configure.yml makes it, and what a second run of it printed."""
    folder = tmp_path_factory.mktemp("awx")
    api = AwxApi(PROJECT)
    with serving(api) as address:
        first = _configure(folder / "first", address)
        assert "failed=0" in first
        api.writes.clear()
        yield api, _configure(folder / "second", address)


def _configure(folder: Path, address: str) -> str:
    awx = subprocess.run([str(CHECKOUT / "tools" / "awx_collection.sh")], capture_output=True, text=True, check=True)
    shutil.copytree(PROJECT, folder)
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([awx.stdout.strip(), collections_path()]),
        "no_proxy": "127.0.0.1,localhost",
        "CONTROLLER_HOST": address,
        "CONTROLLER_OAUTH_TOKEN": "awx-token",
        **CREDENTIALS,
    }
    done = subprocess.run(
        ["ansible-playbook", "awx/configure.yml"],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert [line for line in output.splitlines() if "[WARNING]" in line and _APPROVAL not in line] == []
    assert SECRET not in output
    return output


def test_made_once_and_left_alone(made: tuple[AwxApi, str]) -> None:
    api, second = made
    assert re.findall(r"changed: .*\(item=(.*)\)", second) == ["DR month"], second
    assert [write for write in api.writes if not write.startswith("PATCH workflow_approval_templates/")] == []


def test_the_workflow_goes_on_only_when_somebody_says_so(made: tuple[AwxApi, str]) -> None:
    api, _second = made
    nodes = {entry["identifier"]: number for number, entry in api.objects["workflow_job_template_nodes"].items()}
    after = {
        (start, how): [name for name, number in nodes.items() if number in ends]
        for (kind, node, how), ends in api._related.items()
        if kind == "workflow_job_template_nodes" and how.endswith("_nodes") and ends
        for start in nodes
        if nodes[start] == node
    }
    assert after == {
        ("protect", "always_nodes"): ["status"],
        ("status", "success_nodes"): ["approval"],
        ("approval", "success_nodes"): ["drill"],
        ("drill", "always_nodes"): ["cleanup"],
    }
    (approval,) = api.objects["workflow_approval_templates"].values()
    assert approval["timeout"] == 2 * 24 * 3600


def test_surveys_offer_the_workloads_that_there_are(made: tuple[AwxApi, str], tmp_path: Path) -> None:
    api, _second = made
    names = sorted(inventory_of(PROJECT / "inventory" / "hosts.yml", tmp_path)["_meta"]["hostvars"])
    asked = {
        api.objects["job_templates"][number]["name"]: {question["variable"]: question for question in survey["spec"]}
        for number, survey in api.surveys.items()
    }
    assert {name: sorted(questions) for name, questions in asked.items()} == {
        "DR drill": ["dr_names"],
        "DR cleanup": ["dr_confirm_cleanup", "dr_names"],
        "DR failover": ["dr_confirm_failover", "dr_names"],
        "DR failback": ["dr_confirm_failback", "dr_names", "dr_stopped_at"],
    }
    assert all(sorted(questions["dr_names"]["choices"]) == names for questions in asked.values())


def test_every_variable_is_one_of_the_collection(made: tuple[AwxApi, str]) -> None:
    api, _second = made
    documented = (CHECKOUT / "docs" / "workloads.md").read_text(encoding="utf-8")
    given = {name for survey in api.surveys.values() for name in (question["variable"] for question in survey["spec"])}
    for entry in (*api.objects["job_templates"].values(), *api.objects["schedules"].values()):
        variables = entry.get("extra_data") or json.loads(entry.get("extra_vars") or "{}")
        given |= set(variables)
    assert len(given) >= 8
    assert [name for name in sorted(given) if f"`{name}`" not in documented] == []


def test_credentials_set_what_modules_or_the_project_read(made: tuple[AwxApi, str]) -> None:
    api, _second = made
    read = set()
    for path in (
        *(CHECKOUT / "plugins" / "module_utils").rglob("options.py"),
        PROJECT / "inventory" / "group_vars" / "dr_fleet.yml",
    ):
        read |= set(re.findall(r"[\"']([A-Z]+_[A-Z_]+)[\"']", path.read_text(encoding="utf-8")))
    injected = {
        name for kind in api.objects["credential_types"].values() for name in kind.get("injectors", {}).get("env", {})
    }
    assert len(injected) == 8
    assert injected - read == set()


def test_the_execution_environment_is_one_that_ansible_builder_takes(tmp_path: Path) -> None:
    definition, context = PROJECT / "execution-environment.yml", tmp_path / "context"
    _builder("create", "--file", str(definition), "--context", str(context), "--output-filename", "Containerfile")
    steps = (context / "Containerfile").read_text(encoding="utf-8")
    assert "RUN /opt/dr/bin/python -m pip install --no-cache-dir --requirement" in steps
    (requirements,) = re.findall(r"bcdr/multicloud/(requirements\S+)", steps)
    assert (CHECKOUT / requirements).is_file()
    assert "ENV DR_PYTHON=/opt/dr/bin/python" in steps


def test_the_collection_says_what_an_execution_environment_has_to_have() -> None:
    found = yaml.safe_load(_builder("introspect", collections_path()))
    wanted = {
        line.strip()
        for name in ("requirements-aws.txt", "requirements-azure.txt")
        for line in (CHECKOUT / name).read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    }
    assert {line.partition("  #")[0] for line in found["python"]} == wanted
    assert found["system"] == []


def _builder(*arguments: str) -> str:
    command = [str(Path(sys.executable).parent / "ansible-builder"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
