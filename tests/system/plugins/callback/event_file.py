# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback that writes every result as a line of JSON, whole, as callbacks of job systems see it."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: event_file
type: notification
short_description: Write results as JSON lines
description: Appends every result to the file that the environment variable C(EVENT_FILE) names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "event_file"
    CALLBACK_NEEDS_ENABLED = True

    def _note(self, outcome: str, result: t.Any) -> None:
        event = {
            "outcome": outcome,
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "result": result._result,
        }
        with Path(os.environ["EVENT_FILE"]).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(event, default=str) + "\n")

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._note("ok", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._note("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._note("unreachable", result)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._note("skipped", result)

    def v2_runner_on_async_poll(self, result: t.Any) -> None:
        self._note("async_poll", result)

    def v2_runner_retry(self, result: t.Any) -> None:
        self._note("retry", result)
