# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Prism Central refuses with, and how it writes it.

The codes DP-10400, VMM-32810, PLAT-10004 and PLAT-10005 and the text of an unknown path are Nutanix's own, as seen in
public issues and pull requests of nutanix/nutanix.ansible and nutanix/terraform-provider-nutanix. Codes that begin with
SBX- are the sandbox's, for rules whose code is not public.
"""

from __future__ import annotations

from typing import Any

ROUTING_404 = (
    "The requested URL was not found on the server. If you entered the URL manually please check your spelling and "
    "try again."
)
UNAUTHORIZED = (
    '<!doctype html><html lang="en"><head><title>HTTP Status 401 - Unauthorized</title></head>'
    "<body><h1>HTTP Status 401 - Unauthorized</h1></body></html>"
)
UNAVAILABLE = (
    "<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>"
)


class NutanixError(Exception):
    """A refusal with an AppMessage: HTTP status, code, group and text."""

    def __init__(self, status: int, code: str, group: str, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.group = group
        self.message = message
        self.reason = reason

    def body(self, namespace: str, minor: int) -> Any:
        """The body as that namespace writes it."""
        return error_body(
            namespace,
            minor,
            [
                {
                    "$objectType": f"{namespace}.v4.error.AppMessage",
                    "$reserved": {"$fv": f"v4.r{minor}"},
                    "code": self.code,
                    "errorGroup": self.group,
                    "locale": "en_US",
                    "severity": "ERROR",
                    "message": self.message,
                    "argumentsMap": {"reason": self.reason} if self.reason else {},
                }
            ],
        )


class SchemaError(NutanixError):
    """A request that does not fit the API's schema."""

    def __init__(self, message: str, attribute: str, location: str = "request.body") -> None:
        super().__init__(400, "SCHEMA", "SCHEMA_VALIDATION", message)
        self.attribute = attribute
        self.location = location
        self.path = ""
        self.timestamp = ""

    def body(self, namespace: str, minor: int) -> Any:
        return error_body(
            namespace,
            minor,
            {
                "$objectType": f"{namespace}.v4.error.SchemaValidationError",
                "$reserved": {"$fv": f"v4.r{minor}"},
                "timestamp": self.timestamp,
                "statusCode": 400,
                "error": "Bad Request",
                "path": self.path,
                "validationErrorMessages": [
                    {"location": self.location, "message": self.message, "attributePath": self.attribute}
                ],
            },
        )


class RawError(NutanixError):
    """A refusal that some other part than a v4 service writes, such as the gateway."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, "", "", body if isinstance(body, str) else str(body.get("message", "")))
        self.raw = body
        self.headers = headers or {}

    def body(self, namespace: str, minor: int) -> Any:
        return self.raw


class TaskFailure(Exception):
    """Why a task ends FAILED."""

    def __init__(self, code: str, group: str, message: str) -> None:
        super().__init__(message)
        self.shown = {"code": code, "errorGroup": group, "message": message}


def error_body(namespace: str, minor: int, error: Any) -> dict[str, Any]:
    """An ErrorResponse around AppMessages or a SchemaValidationError."""
    return {
        "data": {
            "$objectType": f"{namespace}.v4.error.ErrorResponse",
            "$reserved": {"$fv": f"v4.r{minor}"},
            "error": error,
        },
        "$reserved": {"$fv": f"v4.r{minor}"},
        "metadata": {
            "flags": [{"name": "hasError", "value": True}],
            "$objectType": "common.v1.response.ApiResponseMetadata",
        },
    }


def point_not_found() -> NutanixError:
    """A recovery point that is not there."""
    return NutanixError(
        404,
        "DP-10400",
        "DATAPROTECTION_ENTITY_NON_EXISTENT_ERROR",
        "The request failed as one or more entities do not exist - Unable to get details of the given recovery point.",
        "Unable to get details of the given recovery point",
    )


def vm_point_not_found() -> NutanixError:
    """A VM recovery point that the VM service does not find."""
    return NutanixError(
        404, "VMM-32810", "VM_RECOVERY_POINT_NOT_FOUND_ERROR", "Failed to find the VM recovery point with given ext_id."
    )


def not_found(what: str, ext_id: str) -> NutanixError:
    """Something else that is not there."""
    return NutanixError(
        404, "SBX-404", "ENTITY_NOT_FOUND", f"There is no {what} with the external identifier {ext_id}."
    )


def no_route() -> RawError:
    """A path, or a version of the API, that this Prism Central does not serve."""
    return RawError(404, {"message": ROUTING_404})


def missing_etag() -> NutanixError:
    """A change that needs If-Match."""
    return NutanixError(
        428, "PLAT-10004", "MISSING_ETAG_HEADER", "The If-Match header with the entity's eTag is missing."
    )


def invalid_etag() -> NutanixError:
    """A change of something that has changed since it was read."""
    return NutanixError(412, "PLAT-10005", "INVALID_ETAG_HEADER", "Invalid eTag header")


def not_allowed(message: str) -> NutanixError:
    """A request that this caller may not make."""
    return NutanixError(403, "SBX-403", "NOT_ALLOWED", message)


def invalid(message: str, attribute: str = "") -> SchemaError:
    """A value that cannot be."""
    return SchemaError(message, attribute)


def bad_query(message: str, option: str) -> SchemaError:
    """A query option that cannot be."""
    return SchemaError(message, option, "request.query")
