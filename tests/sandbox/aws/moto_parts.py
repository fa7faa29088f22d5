# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is taken from moto, in one place.

moto is imported by name, so that mypy does not have to read all of it, and nothing of it is changed: the classes here
are subclassed and hosted under names of their own.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def _from(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


ActionResult: Any = _from("moto.core.responses", "ActionResult")
BackendDict: Any = _from("moto.core.base_backend", "BackendDict")
BackupBackend: Any = _from("moto.backup.models", "BackupBackend")
BackupResponse: Any = _from("moto.backup.responses", "BackupResponse")
DomainDispatcherApplication: Any = _from("moto.moto_server.werkzeug_app", "DomainDispatcherApplication")
EFSBackend: Any = _from("moto.efs.models", "EFSBackend")
EFSResponse: Any = _from("moto.efs.responses", "EFSResponse")
FileSystem: Any = _from("moto.efs.models", "FileSystem")
Request: Any = _from("moto.core.request", "Request")
create_backend_app: Any = _from("moto.moto_server.werkzeug_app", "create_backend_app")
efs_exceptions: Any = import_module("moto.efs.exceptions")
ec2_backends: Any = _from("moto.ec2.models", "ec2_backends")
get_service_router: Any = _from("moto.core.routing", "get_service_router")
iam_backends: Any = _from("moto.iam.models", "iam_backends")
kms_backends: Any = _from("moto.kms.models", "kms_backends")
sts_backends: Any = _from("moto.sts.models", "sts_backends")


def host(service: str, backends: Any) -> None:
    """Have moto's server answer a service with other backends than its own (it looks them up by this name)."""
    setattr(import_module(f"moto.{service}"), f"{service}_backends", backends)


def forget_everything() -> None:
    """Empty every backend."""
    BackendDict.reset()
