# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers the calls to AWS Backup: requests are parsed and answers written by botocore's own model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import AwsError
from ..moto_parts import ActionResult, BackupResponse
from . import jobs, points, vaults
from .call import Call
from .models import backup_backends

Handler = Callable[[Call], Any]
HANDLERS: dict[str, Handler] = {
    "".join(word.capitalize() for word in name.split("_")): getattr(module, name)
    for module in (vaults, points, jobs)
    for name in vars(module)
    if not name.startswith("_") and getattr(getattr(module, name), "__module__", "") == module.__name__
}
"""By the name of the operation."""


class SandboxBackupResponse(BackupResponse):
    """moto's class knows plans; every call that is in `HANDLERS` goes there."""

    @property
    def backup_backend(self) -> Any:
        """The plans of the caller's account."""
        return backup_backends[self.current_account][self.region]

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """The region is the one of the signature."""
        return str(request.environ["sandbox.region"])

    def call_action(self) -> Any:
        """Answer a call."""
        handler = HANDLERS.get(self._get_action())
        if handler is None:
            return super().call_action()
        environ = self.normalized_request.environ
        self.parse_parameters(self.normalized_request)
        make: Callable[..., Call] = environ["sandbox.call"]
        try:
            result = handler(make(self.current_account, self.region, dict(self.params)))
        except AwsError as error:
            status, headers, body = error.render("backup")
            return status, dict(headers), body.decode()
        return self.serialized(ActionResult(result or {}))
