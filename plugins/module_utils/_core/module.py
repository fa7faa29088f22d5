# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one base of all modules: options of a task and its batch in, reconcile passes, one result out."""

from __future__ import annotations

import datetime
import difflib
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.durations import parse_duration
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    InvalidRequest,
    MissingLibrary,
    hide,
    redact,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.progress import ProgressLog
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import Provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    Clock,
    Engine,
    Outcome,
    Reconciler,
    Settings,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.results import (
    diff_of,
    item_result,
    task_result,
)

BATCH_SPEC: dict[str, Any] = {
    "batch": {"type": "list", "elements": "dict"},
    "batch_concurrency": {"type": "int", "default": 16},
    "label": {"type": "str"},
}
WAIT_SPEC: dict[str, Any] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "str", "default": "4h"},
    "wait_delay": {"type": "str", "default": "30s"},
    "journal_path": {"type": "path"},
    "_progress_path": {"type": "path"},
    "_started_jobs": {"type": "list", "elements": "str"},
}
# What belongs to one item, although it has to do with waiting.
_ITEM_WAIT_SPEC = {"_started_jobs": WAIT_SPEC["_started_jobs"]}
# Options of the task as a whole: they have no meaning in one item of a batch.
_TASK_OPTIONS = frozenset((*BATCH_SPEC, *WAIT_SPEC)) - {"label", *_ITEM_WAIT_SPEC}


@dataclass(frozen=True)
class ModuleDefinition:
    """What makes one module: its options, the rules between them, and who reconciles an item.

    `required` names the options that every item must end up with, from the task or from its batch entry.
    `provider` makes the provider for the run; `waits` is false for modules that only read.
    """

    options: Mapping[str, Any]
    provider: Callable[[Settings], Provider]
    required: Sequence[str] = ()
    mutually_exclusive: Sequence[Sequence[str]] = ()
    required_together: Sequence[Sequence[str]] = ()
    required_one_of: Sequence[Sequence[str]] = ()
    required_if: Sequence[Any] = ()
    waits: bool = True
    item_spec: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        spec = {name: dict(option) for name, option in self.options.items()}
        for name in self.required:
            spec[name]["required"] = True
        spec["label"] = {"type": "str"}
        if self.waits:
            spec.update(_ITEM_WAIT_SPEC)
        object.__setattr__(self, "item_spec", spec)

    def task_spec(self) -> dict[str, Any]:
        """Return the argument spec of the task: nothing is required there that a batch entry may bring."""
        return {**self.options, **BATCH_SPEC, **(WAIT_SPEC if self.waits else {})}


class _TaskModule(AnsibleModule):
    """An AnsibleModule that masks the secrets in the entries of the batch like those of the task's own options.

    Ansible shows a failed task's arguments, with the whole batch, and bad options end in `fail_json` while the
    constructor still runs.
    """

    def __init__(self, definition: ModuleDefinition) -> None:
        self._item_spec = definition.item_spec
        super().__init__(argument_spec=definition.task_spec(), supports_check_mode=True)
        self._hide_secrets()

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        self._hide_secrets()
        super().fail_json(msg, **kwargs)

    def _hide_secrets(self) -> None:
        batch = self.params.get("batch") or ()
        validator = ArgumentSpecValidator(self._item_spec)
        # What is no dictionary may hold anything.
        secrets = {str(entry) for entry in ([batch] if isinstance(batch, str) else batch) if isinstance(entry, str)}
        for entry in batch:
            if isinstance(entry, dict):
                secrets.update(value for value in validator.validate(dict(entry))._no_log_values if value)
        secrets.update(_url_passwords(self.params))
        self.no_log_values.update(secrets)
        for secret in self.no_log_values:
            hide(secret)
        try:
            from ansible.module_utils.secrets import register_secret
        except ImportError:  # ansible-core before 2.22 masks what is in no_log_values
            return
        for secret in secrets:
            register_secret(secret)


def _url_passwords(value: Any) -> Iterator[str]:
    """Yield the passwords of URLs (https://user:password@proxy), wherever in the options they stand."""
    if isinstance(value, str):
        for password in re.findall(r"://[^/@:\s]*:([^/@\s]+)@", value):
            yield password
            yield urllib.parse.unquote(password)
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _url_passwords(entry)
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _url_passwords(entry)


def run_module(definition: ModuleDefinition) -> None:
    """Run one task and exit, as Ansible modules do."""
    module = _TaskModule(definition)
    batch = module.params["batch"]
    try:
        settings = _settings(module)
        provider = definition.provider(settings)
        reconcilers = _reconcilers(module, definition, provider, _item_options(module, definition))
    except InvalidRequest as error:
        module.fail_json(msg=str(error))
    except MissingLibrary as error:
        module.fail_json(msg=missing_required_lib(error.package) + f" ({error})")
    except Exception as error:  # a fault of ours is one line too
        text = redact(f"unexpected {type(error).__name__}: {error}; please report this")
        module.fail_json(msg=text)
    outcomes = _reconcile(module, settings, provider, reconcilers)
    _exit(module, outcomes, batch is not None, settings)


def _settings(module: AnsibleModule) -> Settings:
    seconds: dict[str, int] = {}
    for option in ("wait_timeout", "wait_delay"):
        if option in module.params:
            try:
                seconds[option] = parse_duration(module.params[option])
            except ValueError as error:
                raise InvalidRequest(f"{option}: {error}") from error
    if module.params["batch_concurrency"] < 1:
        raise InvalidRequest("batch_concurrency: must be 1 or more")
    return Settings(
        check_mode=module.check_mode,
        wait=module.params.get("wait", False),
        concurrency=module.params["batch_concurrency"],
        **seconds,
    )


def _item_options(module: AnsibleModule, definition: ModuleDefinition) -> list[dict[str, Any]]:
    """Return the raw options of each item: the batch entry laid over what the task itself says."""
    task = {
        name: _given(module.params[name], option)
        for name, option in definition.item_spec.items()
        if module.params[name] is not None
    }
    batch = module.params["batch"]
    if batch is None:
        return [task]
    for index, entry in enumerate(batch):
        misplaced = sorted(_TASK_OPTIONS.intersection(entry))
        if misplaced:
            raise InvalidRequest(f"batch[{index}]: {misplaced[0]} belongs to the task, not to one item of its batch")
    return [{**task, **entry} for entry in batch]


def _given(value: Any, option: Mapping[str, Any]) -> Any:
    """Return an option's value without the suboptions that nobody gave, which Ansible has filled in as None: the item is
    validated once more, and None is no value of theirs."""
    suboptions = option.get("options")
    if suboptions is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_given(entry, option) for entry in value]
    if not isinstance(value, Mapping):
        return value
    return {name: _given(entry, suboptions.get(name, {})) for name, entry in value.items() if entry is not None}


def _reconcilers(
    module: AnsibleModule, definition: ModuleDefinition, provider: Provider, items: Sequence[Mapping[str, Any]]
) -> list[Reconciler]:
    """Return one reconciler per item; any bad item stops all of them before anything has started."""
    validator = ArgumentSpecValidator(
        definition.item_spec,
        mutually_exclusive=definition.mutually_exclusive,
        required_together=definition.required_together,
        required_one_of=definition.required_one_of,
        required_if=definition.required_if,
    )
    reconcilers: list[Reconciler] = []
    complaints: list[str] = []
    batch = module.params["batch"] is not None
    for index, options in enumerate(items):
        place = _place(index, options) if batch else ""
        validated = validator.validate(dict(options))
        if validated.error_messages:
            texts = [_complaint(text, options, definition.item_spec) for text in validated.error_messages]
            complaints.append(place + "; ".join(texts))
            continue
        try:
            item = provider.reconciler(validated.validated_parameters)
        except InvalidRequest as error:
            complaints.append(place + str(error))
            continue
        if options.get("label"):
            item.label = str(options["label"])
        reconcilers.append(item)
    if complaints:
        raise InvalidRequest("; ".join(complaints) + ("; nothing was started" if batch else ""))
    return reconcilers


def _place(index: int, options: Mapping[str, Any]) -> str:
    label = options.get("label") or options.get("name")
    return f"batch[{index}] ({label}): " if label else f"batch[{index}]: "


def _complaint(text: str, options: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """Return Ansible's complaint, with the option that was probably meant where one is unknown."""
    known = sorted([*spec, *(alias for option in spec.values() for alias in option.get("aliases", ()))])
    for unknown in sorted(set(options) - set(known)):
        if unknown in text:
            near = difflib.get_close_matches(unknown, known, n=1)
            return f"unknown option {unknown}" + (f"; did you mean {near[0]}?" if near else "")
    return text


def _reconcile(
    module: AnsibleModule, settings: Settings, provider: Provider, reconcilers: Sequence[Reconciler]
) -> list[Outcome]:
    started = time.monotonic()
    paths = [path for path in (module.params.get("_progress_path"), module.params.get("journal_path")) if path]
    try:
        log = ProgressLog(
            paths,
            elapsed=lambda: time.monotonic() - started,
            timestamp=lambda: datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        )
    except OSError as error:
        module.fail_json(msg=f"journal_path: cannot be written: {error}")
    engine = Engine(settings, Clock(time.monotonic, time.sleep), log, provider.before_round)
    try:
        return engine.run(reconcilers)
    finally:
        log.close()


def _exit(module: AnsibleModule, outcomes: Sequence[Outcome], batch: bool, settings: Settings) -> None:
    for warning in dict.fromkeys(warning for outcome in outcomes for warning in outcome.warnings):
        module.warn(redact(warning))
    result = task_result([item_result(outcome) for outcome in outcomes], batch, settings.wait_timeout)
    if module._diff:
        diffs = [
            {**diff_of(outcome.done), "before_header": outcome.label, "after_header": outcome.label}
            for outcome in outcomes
            if outcome.done
        ]
        result["diff"] = diffs if batch else (diffs[0] if diffs else {"before": {}, "after": {}})
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
