# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of modules that are no reconcile pass: options in, one result out, errors in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    BcdrError,
    MissingLibrary,
    hide,
    redact,
)


@dataclass(frozen=True)
class TaskResult:
    """What a task shows. `diff` is its before and after; with `failure`, a line, the task fails with all the rest shown."""

    values: Mapping[str, Any]
    changed: bool = False
    diff: Mapping[str, Any] | None = None
    warnings: Sequence[str] = field(default_factory=tuple)
    failure: str = ""


def run_task(
    argument_spec: Mapping[str, Any], work: Callable[[Mapping[str, Any], bool], TaskResult], **rules: Any
) -> None:
    """Run one task and exit, as Ansible modules do; `work` gets the options and whether this is check mode.

    `rules` are those of AnsibleModule: `mutually_exclusive` and so on.
    """
    module = AnsibleModule(argument_spec=dict(argument_spec), supports_check_mode=True, **rules)
    for secret in module.no_log_values:
        hide(secret)
    try:
        done = work(module.params, module.check_mode)
    except MissingLibrary as error:
        module.fail_json(msg=missing_required_lib(error.package) + f" ({error})")
    except BcdrError as error:
        module.fail_json(msg=str(error))
    except Exception as error:  # a fault of ours is one line too
        text = redact(f"unexpected {type(error).__name__}: {error}; please report this")
        module.fail_json(msg=text)
    for warning in dict.fromkeys(done.warnings):
        module.warn(redact(warning))
    result = {**done.values, "changed": done.changed}
    if module._diff and done.diff is not None:
        result["diff"] = dict(done.diff)
    if done.failure:
        module.fail_json(msg=redact(done.failure), **result)
    module.exit_json(**result)
