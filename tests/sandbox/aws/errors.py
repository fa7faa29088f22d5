# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the answers of the fake AWS refuse with, and how each protocol writes it."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

_QUERY = frozenset({"sts", "iam", "ec2", "sns", "sqs", "cloudformation", "autoscaling", "elasticloadbalancing"})


class AwsError(Exception):
    """A refusal: HTTP status, AWS's code, and a text."""

    def __init__(self, status: int, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.extra = extra

    def render(self, service: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body as that service writes errors."""
        if service in _QUERY:
            text = (
                f'<?xml version="1.0"?>\n<ErrorResponse><Error><Type>Sender</Type><Code>{escape(self.code)}</Code>'
                f"<Message>{escape(self.message)}</Message></Error><RequestId>sandbox</RequestId></ErrorResponse>"
            )
            if service == "ec2":
                text = (
                    f'<?xml version="1.0"?>\n<Response><Errors><Error><Code>{escape(self.code)}</Code>'
                    f"<Message>{escape(self.message)}</Message></Error></Errors></Response>"
                )
            return self.status, [("Content-Type", "text/xml")], text.encode()
        body: dict[str, Any] = {"__type": self.code, "message": self.message, "Message": self.message, **self.extra}
        if service == "elasticfilesystem":
            body["ErrorCode"] = self.code
        else:
            body["Code"] = self.code
        headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", self.code)]
        return self.status, headers, json.dumps(body).encode()


def access_denied(action: str, resource: str, why: str = "") -> AwsError:
    """What AWS Backup answers about a vault that is not there, and about one that is not to be touched."""
    return AwsError(
        403, "AccessDeniedException", f"Insufficient privileges to perform {action} on {resource}.{why and ' ' + why}"
    )


def not_found(message: str) -> AwsError:
    """A job or a point that does not exist here."""
    return AwsError(400, "ResourceNotFoundException", message)


def invalid(message: str) -> AwsError:
    """A parameter that cannot be."""
    return AwsError(400, "InvalidParameterValueException", message)


def missing(name: str) -> AwsError:
    """A parameter that has to be there."""
    return AwsError(400, "MissingParameterValueException", f"The parameter {name} is required.")


def refused(message: str) -> AwsError:
    """A request that is well-formed and cannot be granted."""
    return AwsError(400, "InvalidRequestException", message)
