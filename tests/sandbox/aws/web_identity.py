# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may take a role by what an OpenID Connect provider says of him, as AssumeRoleWithWebIdentity checks it.

docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html. The signature of a token is not checked: the
sandbox has no keys of anybody.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from .errors import AwsError

# What a role that trusts a provider is set up with.
AUDIENCE = "sts.amazonaws.com"
_NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def check_token(token: str, federated: list[tuple[str, str]]) -> None:
    """Raise AwsError unless the token is good now, for AWS, and of an issuer and subject that the account trusts."""
    claims = _claims(token)
    expires = claims.get("exp")
    if not isinstance(expires, (int, float)) or expires <= time.time():
        raise AwsError(
            400, "ExpiredTokenException", f"Token expired: current date/time {int(time.time())} must be before it"
        )
    audiences = claims.get("aud")
    if AUDIENCE not in (audiences if isinstance(audiences, list) else [audiences]):
        raise AwsError(400, "InvalidIdentityToken", "Incorrect token audience")
    issuer, subject = str(claims.get("iss")), str(claims.get("sub"))
    if issuer not in [known for known, _subject in federated]:
        raise AwsError(400, "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}")
    if (issuer, subject) not in federated:
        raise AwsError(403, "AccessDenied", _NOT_AUTHORIZED)


def _claims(token: str) -> dict[str, Any]:
    try:
        _header, payload, _signature = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        claims = None
    if not isinstance(claims, dict):
        raise AwsError(400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
    return claims
