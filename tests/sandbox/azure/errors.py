# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as Azure Resource Manager answers them: ``{"error": {"code", "message", "target"?}}``."""

from __future__ import annotations

from typing import Any


class ArmError(Exception):
    """An answer other than success."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.target = target
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """The answer's JSON body."""
        return {"error": self.detail()}

    def detail(self) -> dict[str, Any]:
        """The error as it stands in an answer or in a failed operation."""
        detail = {"code": self.code, "message": self.message}
        if self.target:
            detail["target"] = self.target
        return detail


def bad_request(message: str, *, code: str = "BadRequest", target: str | None = None) -> ArmError:
    """The request can never succeed as it is."""
    return ArmError(400, code, message, target=target)


def invalid_parameter(target: str, message: str) -> ArmError:
    """A parameter of the compute resource provider is wrong."""
    return ArmError(400, "InvalidParameter", message, target=target)


def missing_parameter(target: str) -> ArmError:
    """A required parameter is not there (the compute resource provider's wording)."""
    return ArmError(400, "InvalidParameter", f"Required parameter '{target}' is missing (null).", target=target)


def not_allowed(message: str) -> ArmError:
    """The state of a resource forbids the request."""
    return ArmError(409, "OperationNotAllowed", message)


def property_change(target: str) -> ArmError:
    """A property of an existing resource would change that may not."""
    return ArmError(409, "PropertyChangeNotAllowed", f"Changing property '{target}' is not allowed.", target=target)


def entity_not_found() -> ArmError:
    """What a restore point that is not there answers (recorded text)."""
    return ArmError(404, "NotFound", "The entity was not found in this Azure location.")


def resource_not_found(kind: str, name: str, group: str) -> ArmError:
    """What ARM answers for a resource that is not in the group."""
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def group_not_found(name: str) -> ArmError:
    """What ARM answers for a resource group that is not there."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def subscription_not_found(name: str) -> ArmError:
    """What ARM answers for a subscription that is not there."""
    return ArmError(404, "SubscriptionNotFound", f"The subscription '{name}' could not be found.")


def other_location(name: str, location: str, wanted: str, kind: str, group: str) -> ArmError:
    """The resource exists already, in another region."""
    return ArmError(
        409,
        "InvalidResourceLocation",
        f"The resource '{name}' already exists in location '{location}' in resource group '{group}'. A resource "
        f"with the same name cannot be created in location '{wanted}'. Please select a new resource name.",
        target=kind,
    )


def throttled(message: str, retry_after: int, code: str = "TooManyRequests") -> ArmError:
    """Over a rate limit: retry after the interval given."""
    return ArmError(429, code, message, headers={"Retry-After": str(retry_after)})


def region_down(region: str) -> ArmError:
    """The region does not answer."""
    return ArmError(503, "ServiceUnavailable", f"The service is temporarily unavailable in region '{region}'.")
