# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens such as GitHub and GitLab give to their jobs."""

from __future__ import annotations

import base64
import json
import time
from typing import Any


def web_identity_token(issuer: str, subject: str, audience: str, **claims: Any) -> str:
    """Return a token of an hour, whose signature is none; `claims` go over its own."""

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    own = {"iss": issuer, "sub": subject, "aud": audience, "exp": time.time() + 3600}
    return f"{part({'alg': 'RS256', 'kid': '1'})}.{part({**own, **claims})}.c2ln"
