# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of dr_report: options in, files and the document out."""

from __future__ import annotations

import datetime
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, redact
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.document import build, read, statistics
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.files import prepare, write
from ansible_collections.bcdr.multicloud.plugins.module_utils._reporting.texts import parse_time


def run(module: Any) -> None:
    """Run the task of an AnsibleModule and exit."""
    try:
        document, files = _prepared(module.params)
    except InvalidRequest as error:
        module.fail_json(msg=str(error))
    except Exception as error:  # a fault of ours is one line too
        module.fail_json(msg=redact(f"unexpected {type(error).__name__}: {error}; please report this"))
    changed = any(file.changed for file in files)
    if not module.check_mode:
        write(files, module.tmpdir, module.atomic_move)
    for file in files:
        # In check mode a file that is not there yet has nothing to compare with.
        if file.before is not None or not module.check_mode:
            attributes = module.load_file_common_arguments(module.params, path=file.path)
            changed = module.set_fs_attributes_if_different(attributes, changed)
    result: dict[str, Any] = {
        "changed": changed,
        "report": document,
        "statistics": statistics(document),
        "files": [{"option": file.option, "path": file.path, "changed": file.changed} for file in files],
    }
    if module._diff:
        result["diff"] = [file.diff(document) for file in files if file.changed]
    module.exit_json(**result)


def _prepared(params: dict[str, Any]) -> Any:
    gathered = read(params)
    document = build(gathered, _moment(params["generated_at"]))
    return document, prepare(params, document, gathered)


def _moment(text: str | None) -> datetime.datetime:
    if not text:
        return datetime.datetime.now(datetime.timezone.utc)
    try:
        return parse_time(text)
    except ValueError:
        raise InvalidRequest(
            f"generated_at: {text!r} is no time with its zone; write for example 2026-11-28T18:00:00Z"
        ) from None
