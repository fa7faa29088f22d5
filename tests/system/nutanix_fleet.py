# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds with Prism Centrals and the tasks that go with them, as data."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from system.fleet import task
from system.sandbox_process import SandboxProcess

Json = dict[str, Any]
MAIN, OTHER = "pc-main", "pc-dr"
# Where Nutanix's client libraries are; conftest.py insists on it.
PYTHON = os.environ.get("BCDR_NUTANIX_PYTHON", "")
ON_PYTHON: Json = {"ansible_python_interpreter": PYTHON}
PASSWORD, OTHER_PASSWORD = "sandbox-password", "sandbox-password-dr"
NOBODY = "7a1c0de0-0000-4000-8000-999999999999"
# The other site as the environment names it.
OTHER_LOGIN = {
    f"nutanix_{name}": f"{{{{ lookup('env', 'NUTANIX_DR_{name.upper()}') }}}}"
    for name in ("host", "port", "username", "password")
}


def ext_id(name: str) -> str:
    """The external identifier of whatever has that name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def nutanix_fleet(
    names: Iterable[str],
    ages: Iterable[int] = (),
    arrived: Sequence[int] = (),
    home: Mapping[str, str] | None = None,
    targets: Sequence[str] = (OTHER,),
    groups: bool = False,
    users: Sequence[Mapping[str, str]] = (),
    api_keys: Sequence[str] = (),
    **fields: Any,
) -> Json:
    """A seed: a VM of each name at the first Prism Central or at its `home`, with `groups` also a volume group NAME-data.

    Each has recovery points so many seconds old, and those of these numbers have `arrived` at all targets. The `users`
    are one for the first Prism Central and one for all others, and the keys are the first's.
    """
    homes = {name: (home or {}).get(name, MAIN) for name in names}
    users = users or [{"username": "admin", "password": word} for word in (PASSWORD, OTHER_PASSWORD)]
    sites = dict.fromkeys([MAIN, *homes.values(), OTHER, *targets])
    points = [(f"{name}-{number}", name, age) for name in homes for number, age in enumerate(ages, start=1)]
    copied = [f"{name}-{number}" for name in homes for number in arrived]
    centrals = []
    for site in sites:
        own = [name for name, where in homes.items() if where == site]
        central: Json = {
            "name": site,
            "ext_id": ext_id(f"Prism Central {site}"),
            "users": [users[0] if site == MAIN else users[1]],
            "clusters": [{"name": f"cluster-{site}", "ext_id": ext_id(f"cluster-{site}")}],
            "subnets": [
                {"name": name, "vlan": 10, "ext_id": ext_id(f"{site} {name}")} for name in ("production", "isolated")
            ],
            "vms": [
                {"name": name, "ext_id": ext_id(name), "disks_gb": [10], "subnets": ["production"]} for name in own
            ],
            "recovery_points": [
                {"name": point, "vms": [name], "age": age, **({"volume_groups": [f"{name}-data"]} if groups else {})}
                for point, name, age in points
                if name in own
            ],
        }
        if site == MAIN:
            central["api_keys"] = list(api_keys)
        if groups:
            central["volume_groups"] = [
                {"name": f"{name}-data", "ext_id": ext_id(f"{name}-data"), "disks_gb": [10]} for name in own
            ]
        if site in targets:
            central["recovery_points"] += [{"name": point, "copy_of": point} for point in copied]
        centrals.append(central)
    # Time passes fast here, and a session that ends is not what is looked at.
    limits = {"session_lifetime": 30 * 86400}
    return {"nutanix": {"limits": limits, "prism_centrals": centrals, **fields}}


def login(sandbox: SandboxProcess, site: str) -> Json:
    """How to sign in to a Prism Central of a seed above; those that the environment does not name are known later."""
    return {
        "nutanix_host": "127.0.0.1",
        "nutanix_port": sandbox.prism_central(site)["url"].rsplit(":", 1)[-1],
        "nutanix_username": "admin",
        "nutanix_password": PASSWORD if site == MAIN else OTHER_PASSWORD,
    }


def _task(module: str, title: str | None, keywords: Mapping[str, Any] | None, options: Json) -> Json:
    keywords = dict(keywords or {})
    keywords["vars"] = {**ON_PYTHON, **keywords.get("vars", {})}
    return task(module, title, keywords, **{"wait_delay": "1s", **options})


def snapshot_task(
    vm: str,
    /,
    keywords: Mapping[str, Any] | None = None,
    title: str | None = None,
    groups: bool = False,
    **options: Any,
) -> Json:
    """A recovery point of the VM, and with `groups` of the volume group."""
    own: Json = {"vm_recovery_points": [{"vm_ext_id": ext_id(vm)}]}
    if groups:
        own["volume_group_recovery_points"] = [{"volume_group_ext_id": ext_id(f"{vm}-data")}]
    return _task("nutanix_recovery_point", title, keywords, {"max_age": "30d", **_own(options, own)})


def replica_task(
    name: str,
    /,
    keywords: Mapping[str, Any] | None = None,
    title: str | None = None,
    groups: bool = False,
    **options: Any,
) -> Json:
    """Replicas of the newest recovery point, at the other site unless told otherwise."""
    own: Json = {"vm_ext_ids": [ext_id(name)]}
    if groups:
        own["volume_group_ext_ids"] = [ext_id(f"{name}-data")]
    options = {"targets": [OTHER_LOGIN], **_own(options, own)}
    return _task("nutanix_recovery_point_replicate", title, keywords, options)


def restored(name: str, site: str = OTHER, groups: bool = False, suffix: str = "-dr") -> Json:
    """The options of a restore under a name of its own, with a subnet of the site."""
    spec = {"name": f"{name}{suffix}", "nic_spec": {"subnet_ext_id": ext_id(f"{site} production")}}
    overrides: Json = {"vm_recovery_point_restore_overrides": [{"vm_ext_id": ext_id(name), "vm_override_spec": spec}]}
    if groups:
        group = {"volume_group_override_spec": {"name": f"{name}-data{suffix}"}}
        overrides["volume_group_recovery_point_restore_overrides"] = [
            {"volume_group_ext_id": ext_id(f"{name}-data"), **group}
        ]
    return overrides


def restored_task(
    name: str, /, keywords: Mapping[str, Any] | None = None, site: str = OTHER, groups: bool = False, **options: Any
) -> Json:
    """Bring the VM up at the other site, or at that of the login among the options, and switch it on."""
    own = restored(name, site, groups)
    options = {**OTHER_LOGIN, "power_on": True, **_own(options, own)}
    return _task("nutanix_recovery_point_restore", None, keywords, options)


def _own(given: Mapping[str, Any], own: Mapping[str, Any]) -> Json:
    """What is given; `own` is what the entries of a batch bring themselves."""
    return {**({} if "batch" in given else own), **given}
