# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks for VMs of Azure that are measured, as data: our batches, a loop of our modules, and plain REST calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
REGIONS = ("northeurope", "swedencentral")
# Virtual time flies: no point of the first run may be too old in the second.
MAX_AGE = "3650d"
COMPUTE = "2024-07-01"


def _play(tasks: Sequence[Json], **fields: Any) -> list[Json]:
    return [{"hosts": "localhost", "gather_facts": False, "tasks": list(tasks), **fields}]


def batches(vms: Sequence[str]) -> list[Json]:
    """Four tasks, whatever the size of the fleet."""
    group = {"resource_group": "rg-app"}
    waiting = {**group, "wait_delay": "5s"}
    sources = [{"restore_point_collection": f"rpc-{vm}"} for vm in vms]
    kept = [{"restore_point_collection": f"rpc-{vm}{suffix}"} for vm in vms for suffix in ("", *_suffixes())]
    return _play(
        [
            {
                "bcdr.multicloud.azure_restore_point_collection": {
                    **group,
                    "batch": [{"name": f"rpc-{vm}", "source_vm": vm} for vm in vms],
                }
            },
            {"bcdr.multicloud.azure_restore_point": {**waiting, "max_age": MAX_AGE, "batch": sources}},
            {"bcdr.multicloud.azure_restore_point_copy": {**waiting, "targets": _targets(), "batch": sources}},
            {"bcdr.multicloud.azure_restore_point_retention": {**waiting, "keep_newest": 3, "batch": kept}},
        ]
    )


def loops(vms: Sequence[str]) -> list[Json]:
    """The same modules without batches. All copies are started before any is waited for, as a careful user would."""
    source = {"resource_group": "rg-app", "restore_point_collection": "rpc-{{ item }}"}
    waiting = {**source, "wait_delay": "5s"}
    copy = {**waiting, "targets": _targets()}

    def looped(module: str, options: Json) -> Json:
        return {f"bcdr.multicloud.{module}": options, "loop": list(vms)}

    return _play(
        [
            looped(
                "azure_restore_point_collection",
                {"resource_group": "rg-app", "name": "rpc-{{ item }}", "source_vm": "{{ item }}"},
            ),
            looped("azure_restore_point", {**waiting, "max_age": MAX_AGE, "wait": False}),
            looped("azure_restore_point", {**waiting, "max_age": MAX_AGE}),
            looped("azure_restore_point_copy", {**copy, "wait": False}),
            looped("azure_restore_point_copy", copy),
            *(
                looped(
                    "azure_restore_point_retention",
                    {**waiting, "restore_point_collection": f"rpc-{{{{ item }}}}{suffix}", "keep_newest": 3},
                )
                for suffix in ("", *_suffixes())
            ),
        ]
    )


def rest_calls(vms: Sequence[str], base_url: str) -> list[Json]:
    """Restore points, copies and their polling with ansible.builtin.uri; no retention, no limits, no second run."""
    compute = (
        f"{base_url}/subscriptions/{{{{ lookup('env', 'AZURE_SUBSCRIPTION_ID') }}}}/resourceGroups/rg-app"
        "/providers/Microsoft.Compute"
    )
    names = list(vms)
    copies = {"with_nested": [names, list(REGIONS)]}
    arm_id = compute.removeprefix(base_url)

    def collection(name: str, location: str, origin: str) -> Json:
        properties = {"source": {"id": origin}}
        return _uri(
            f"{compute}/restorePointCollections/{name}", "PUT", {"location": location, "properties": properties}
        )

    def point(name: str, **properties: Any) -> Json:
        return _uri(f"{compute}/restorePointCollections/{name}/restorePoints/first", "PUT", {"properties": properties})

    def polled(name: str, until: str) -> Json:
        url = f"{compute}/restorePointCollections/{name}/restorePoints/first"
        return {**_uri(url, "GET", None, "&$expand=instanceView"), "until": until, "retries": 600, "delay": 5}

    source, target = "rpc-{{ item }}", "rpc-{{ item.0 }}-{{ item.1 }}"
    source_id = f"{arm_id}/restorePointCollections/rpc-{{{{ item.0 }}}}"
    arrived = (
        "answer.json.properties.instanceView.diskRestorePoints | default([]) | length > 0 and "
        "answer.json.properties.instanceView.diskRestorePoints"
        " | rejectattr('replicationStatus.completionPercent', 'defined') | list | length == 0 and "
        "answer.json.properties.instanceView.diskRestorePoints"
        " | map(attribute='replicationStatus.completionPercent') | map('int') | min == 100"
    )
    token = {
        "ansible.builtin.uri": {
            "url": f"{base_url}/{{{{ lookup('env', 'AZURE_TENANT') }}}}/oauth2/v2.0/token",
            "method": "POST",
            "body_format": "form-urlencoded",
            "body": {
                "grant_type": "client_credentials",
                "client_id": "{{ lookup('env', 'AZURE_CLIENT_ID') }}",
                "client_secret": "{{ lookup('env', 'AZURE_SECRET') }}",
                "scope": f"{base_url}/.default",
            },
            "ca_path": "{{ lookup('env', 'REQUESTS_CA_BUNDLE') }}",
        },
        "register": "token",
    }
    return _play(
        [
            token,
            {**collection(source, "westeurope", f"{arm_id}/virtualMachines/{{{{ item }}}}"), "loop": names},
            {**point(source), "loop": names},
            {**polled(source, "answer.json.properties.provisioningState == 'Succeeded'"), "loop": names},
            {**collection(target, "{{ item.1 }}", source_id), **copies},
            {**point(target, sourceRestorePoint={"id": f"{source_id}/restorePoints/first"}), **copies},
            {**polled(target, arrived), **copies},
        ]
    )


def _uri(url: str, method: str, body: Json | None, query: str = "") -> Json:
    options: Json = {
        "url": f"{url}?api-version={COMPUTE}{query}",
        "method": method,
        "headers": {"Authorization": "Bearer {{ token.json.access_token }}"},
        "ca_path": "{{ lookup('env', 'REQUESTS_CA_BUNDLE') }}",
        "status_code": [200, 201, 202],
        "return_content": True,
    }
    if body is not None:
        options |= {"body": body, "body_format": "json"}
    return {"ansible.builtin.uri": options, "register": "answer"}


def _targets() -> list[Json]:
    return [{"location": region} for region in REGIONS]


def _suffixes() -> list[str]:
    return [f"-{region}" for region in REGIONS]
