# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workloads of all types together: laid over the defaults of their types, checked entry by entry, chosen by name."""

from __future__ import annotations

import difflib
import functools
import typing as t
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import parse_duration
from ansible_collections.bcdr.multicloud.plugins.plugin_utils import (
    _azure_blob_workloads,
    _azure_image_workloads,
    _azure_vm_workloads,
    _efs_workloads,
    _nutanix_workloads,
)
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._failback import failback
from ansible_collections.bcdr.multicloud.plugins.plugin_utils._workloads import (
    TYPES,
    Item,
    WorkloadError,
    laid_over,
)

Spec = Mapping[str, t.Any]

_ROLES = Path(__file__).resolve().parents[2] / "roles"
# Every step of which the batch says whether the entry can be meant, beyond the types of its keys.
_STEPS: Mapping[str, tuple[Callable[..., list[Item]], tuple[str, ...]]] = {
    "azure_image": (_azure_image_workloads.batch, ("versions", "drill", "failover")),
    "azure_vm": (_azure_vm_workloads.batch, ("collections", "points", "copies", "retention", "drill", "failover")),
    "azure_blob": (_azure_blob_workloads.batch, ("copies", "look", "drill", "failover")),
    "efs": (_efs_workloads.batch, ("points", "copies", "drill", "failover")),
    "nutanix_vm": (_nutanix_workloads.batch, ("points", "copies", "drill", "failover")),
}
_DURATIONS = ("rpo", "max_age", "rto", "drill_every", "overdue_after")


def fleet(
    workloads: Sequence[t.Any] | None,
    names: Sequence[str] | None = None,
    defaults: Mapping[str, t.Any] | None = None,
    hosts: Mapping[str, t.Any] | None = None,
) -> list[dict[str, t.Any]]:
    """Return the workloads, those in `names` if given, over the defaults of their types.

    They are those of the file (`workloads`), or what hosts of the inventory say of themselves (`hosts`: a workload by the
    host's name, which is also its name unless it says another); not both. Dictionaries are laid over each other key by key,
    anything else is replaced. Raises WorkloadError, which names every entry that cannot be meant and what would be right.
    """
    if not isinstance(workloads or [], Sequence) or isinstance(workloads, str):
        raise WorkloadError(f"dr_workloads: it is a list of dictionaries, and not {type(workloads).__name__}")
    if workloads and hosts:
        raise WorkloadError(
            f"workloads come from dr_workloads or from the hosts' dr_workload, not from both: there are {len(workloads)} in "
            f"dr_workloads, and dr_workload of {', '.join(sorted(hosts))}"
        )
    problems = list(_problems_of_defaults(defaults or {}))
    made: list[dict[str, t.Any]] = []
    seen: set[str] = set()
    for where, entry in _entries(workloads or (), hosts or {}):
        found = list(_problems_of_heads(entry, seen))
        if not found:
            under = (defaults or {}).get(entry["type"])
            made.append(laid_over(under if isinstance(under, Mapping) else {}, entry))
            found = list(_problems_of_workload(made[-1]))
        label = entry["name"] if isinstance(entry, Mapping) and entry.get("name") else "no name"
        problems += [f"{where} ({label}): {problem}" for problem in found]
        if isinstance(entry, Mapping):
            seen.add(str(entry.get("name")))
    unknown = sorted(set(names or ()) - seen)
    if unknown:
        problems.append(f"dr_names: there is no workload {', '.join(unknown)}{_meant(unknown[0], seen)}")
    if problems:
        raise WorkloadError("; ".join(problems))
    return [
        {**workload, "stage": int(workload.get("stage") or 1)}
        for workload in made
        if not names or workload["name"] in names
    ]


def secrets_in(workloads: t.Any, defaults: t.Any, hosts: Mapping[str, t.Any]) -> list[str]:
    """Return where secrets are written out in the workloads, the defaults of the types, and what hosts say of themselves.

    They are the options that the roles declare as no_log. The values are as written, not templated: text with a template in it
    and what Ansible Vault has encrypted on its own are references.
    """
    places = list(
        _entries(workloads if isinstance(workloads, Sequence) and not isinstance(workloads, str) else (), hosts)
    )
    found = []
    for where, entry in places:
        if isinstance(entry, Mapping) and entry.get("type") in TYPES:
            found += [
                f"{where} ({entry.get('name')}): {path}" for path in _written_out(entry, workload_spec(entry["type"]))
            ]
    for kind, under in defaults.items() if isinstance(defaults, Mapping) else ():
        if kind in TYPES and isinstance(under, Mapping):
            found += [f"dr_defaults: {kind}: {path}" for path in _written_out(under, workload_spec(kind))]
    return found


def _written_out(value: Mapping[str, t.Any], spec: Spec, path: str = "") -> Iterator[str]:
    for key, inner in value.items():
        known = spec.get(key) or {}
        if known.get("no_log"):
            if isinstance(inner, str) and inner and "{{" not in inner:
                yield f"{path}{key}"
            continue
        for index, entry in enumerate(inner if isinstance(inner, list) else [inner]):
            if isinstance(entry, Mapping) and known.get("options"):
                at = f"{path}{key}[{index}]." if isinstance(inner, list) else f"{path}{key}."
                yield from _written_out(entry, known["options"], at)


def workload_spec(kind: str) -> Spec:
    """Return the argument spec of a workload of that type: what the entry point protect of its role documents."""
    # Read anew by every process, and only once by each.
    options: Spec = _role_spec(kind)["options"][f"{kind}_workloads"]["options"]
    return options


@functools.cache
def _role_spec(kind: str) -> Spec:
    # ansible-core brings it along.
    import yaml  # type: ignore[import-untyped,unused-ignore]

    text = (_ROLES / kind / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    spec: Spec = yaml.safe_load(text)["argument_specs"]["protect"]
    return spec


def _entries(workloads: Sequence[t.Any], hosts: Mapping[str, t.Any]) -> Iterator[tuple[str, t.Any]]:
    for index, entry in enumerate(workloads):
        yield f"dr_workloads[{index}]", entry
    for host, entry in hosts.items():
        yield f"dr_workload of {host}", {"name": host, **entry} if isinstance(entry, Mapping) else entry


def _problems_of_defaults(defaults: t.Any) -> Iterator[str]:
    if not isinstance(defaults, Mapping):
        yield "dr_defaults: it is a dictionary by type"
        return
    for kind, under in defaults.items():
        if kind not in TYPES:
            yield f"dr_defaults: the type {kind} is none of {', '.join(TYPES)}{_meant(str(kind), TYPES)}"
        elif not isinstance(under, Mapping):
            yield f"dr_defaults: {kind}: it is a dictionary of the keys that its workloads have"


def _problems_of_heads(entry: t.Any, seen: set[str]) -> Iterator[str]:
    """What is wrong before the type is known."""
    if not isinstance(entry, Mapping):
        yield f"it is a dictionary with name and type, and not {type(entry).__name__}"
        return
    for key in ("name", "type"):
        if not entry.get(key):
            yield f"{key} is missing"
    if entry.get("type") and entry["type"] not in TYPES:
        # One that nobody handles would be protected by nobody, and nothing would tell.
        yield f"the type {entry['type']} is none of {', '.join(TYPES)}{_meant(str(entry['type']), TYPES)}"
    if entry.get("name") and str(entry["name"]) in seen:
        yield f"the name {entry['name']} stands twice"


def _problems_of_workload(workload: dict[str, t.Any]) -> Iterator[str]:
    spec = workload_spec(workload["type"])
    unknown = list(_unknown_keys(workload, spec))
    yield from unknown
    for key in _DURATIONS:
        if workload.get(key) is not None:
            try:
                parse_duration(workload[key])
            except ValueError as error:
                yield f"{key}: {error}"
    checked = ArgumentSpecValidator(spec).validate(dict(workload))
    messages = [message for message in checked.error_messages if "Supported parameters include" not in message]
    # Of a value that is no good it may show the value.
    secrets = [str(value) for value in getattr(checked, "_no_log_values", ()) if value]
    for message in messages:
        yield functools.reduce(lambda text, secret: text.replace(secret, "***"), secrets, message)
    if unknown or messages:
        return
    batch, steps = _STEPS[workload["type"]]
    told: set[str] = set()
    checks: list[Callable[[], t.Any]] = [functools.partial(batch, [workload], step) for step in steps]
    checks.append(functools.partial(failback, [workload], workload["type"]))
    for check in checks:
        try:
            check()
        except WorkloadError as error:
            text = str(error).removeprefix(f"workload {workload['name']}: ")
            if text not in told and not text.startswith(tuple(f"{key}: " for key in _DURATIONS)):
                told.add(text)
                yield text


def _unknown_keys(value: Mapping[str, t.Any], spec: Spec, path: str = "") -> Iterator[str]:
    for key, inner in value.items():
        if key not in spec:
            yield f"{path}{key} is not known{_meant(str(key), spec)}"
            continue
        options = spec[key].get("options")
        if not options:
            continue
        for index, entry in enumerate(inner if isinstance(inner, list) else [inner]):
            if isinstance(entry, Mapping):
                at = f"{path}{key}[{index}]." if isinstance(inner, list) else f"{path}{key}."
                yield from _unknown_keys(entry, options, at)


def _meant(word: str, known: t.Iterable[str]) -> str:
    close = difflib.get_close_matches(word, [str(name) for name in known], n=1)
    return f"; did you mean {close[0]}?" if close else ""
