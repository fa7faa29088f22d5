# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Microsoft Entra token endpoint and the managed identity endpoint.

Tokens and their expiry are in real time, because clients compare them with their own clocks.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

STORAGE_AUDIENCE = "https://storage.azure.com"
PUBLIC_AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EXCHANGE_AUDIENCE = "api://azureadtokenexchange"


@dataclass(frozen=True)
class Permission:
    """What may be done in a scope: patterns such as ``*``, ``*/read`` or ``Microsoft.Compute/disks/write``."""

    scope: str
    actions: tuple[str, ...] = ("*",)

    def allows(self, action: str, scope: str) -> bool:
        """Whether it covers the action at the scope."""
        base = self.scope.lower().rstrip("/")
        wanted = scope.lower()
        if base and wanted != base and not wanted.startswith(base + "/"):
            return False
        return any(_action_matches(pattern.lower(), action.lower()) for pattern in self.actions)


def _action_matches(pattern: str, action: str) -> bool:
    if pattern == "*":
        return True
    if pattern.startswith("*/"):
        return action.endswith(pattern[1:])
    if pattern.endswith("/*"):
        return action.startswith(pattern[:-1])
    return pattern == action


@dataclass(frozen=True)
class Principal:
    """Somebody who may get a token."""

    name: str
    tenant: str
    object_id: str
    permissions: tuple[Permission, ...]
    secret: str | None = field(default=None, repr=False)
    thumbprints: tuple[str, ...] = ()
    federated: tuple[tuple[str, str], ...] = ()
    token_lifetime: float | None = None

    def may(self, action: str, scope: str) -> bool:
        """Whether an assignment covers the action at the scope."""
        return any(permission.allows(action, scope) for permission in self.permissions)

    def sees(self, subscription: str) -> bool:
        """Whether the subscription shows in the principal's list."""
        base = f"/subscriptions/{subscription}".lower()
        return any(
            not permission.scope.strip("/")
            or permission.scope.lower() == base
            or permission.scope.lower().startswith(base + "/")
            for permission in self.permissions
        )


@dataclass(frozen=True)
class IssuedToken:
    """A token that was given out."""

    principal: Principal
    expires: float
    audience: str


class TokenError(Exception):
    """An answer of the token endpoint other than a token."""

    def __init__(self, status: int, error: str, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.code = code
        self.message = message

    def body(self) -> dict[str, Any]:
        """The error as Entra answers it."""
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
        return {
            "error": self.error,
            "error_description": f"AADSTS{self.code}: {self.message} Trace ID: {trace} "
            f"Correlation ID: {correlation} Timestamp: {stamp}",
            "error_codes": [self.code],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
        }


class TokenService:
    """Knows who may have a token, gives tokens out and recognises them."""

    def __init__(self) -> None:
        self.base_url = ""
        self.lifetime = 3600.0
        self.tenants: set[str] = set()
        self.clients: dict[str, Principal] = {}
        self.users: dict[str, Principal] = {}
        self.identities: dict[str, Principal] = {}
        self.identity_header = secrets.token_hex(16)
        self._key = secrets.token_bytes(32)
        self._issued: dict[str, IssuedToken] = {}

    def load(
        self,
        tenants: set[str],
        clients: dict[str, Principal],
        users: dict[str, Principal],
        identities: dict[str, Principal],
        lifetime: float,
    ) -> None:
        """Replace everyone; tokens given out before are no longer known."""
        self.tenants, self.clients, self.users, self.identities = tenants, clients, users, identities
        self.lifetime = lifetime
        self._issued = {}

    def recognise(self, token: str) -> IssuedToken | None:
        """The token, if it was given out here; expired ones too."""
        return self._issued.get(token)

    def audiences(self) -> tuple[str, ...]:
        """What a token may be asked for: the resource manager, and the storage services."""
        return (self.base_url, *PUBLIC_AUDIENCES, STORAGE_AUDIENCE)

    def discovery(self, tenant: str) -> dict[str, Any]:
        """The OpenID configuration of a tenant."""
        self._check_tenant(tenant)
        base = f"{self.base_url}/{tenant}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "tenant_region_scope": "EU",
        }

    def instance_discovery(self) -> dict[str, Any]:
        """What clients ask to learn whether an authority is a known one: only this one is."""
        host = self.base_url.removeprefix("https://")
        return {
            "tenant_discovery_endpoint": f"{self.base_url}/common/v2.0/.well-known/openid-configuration",
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }

    def token(self, tenant: str, form: dict[str, str], *, version_1: bool = False) -> dict[str, Any]:
        """Answer a token request."""
        self._check_tenant(tenant)
        grant = form.get("grant_type", "")
        if not grant:
            raise TokenError(
                400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."
            )
        audience = self._audience(form.get("resource", "") if version_1 else form.get("scope", ""), version_1)
        if grant == "client_credentials":
            return self._answer(self._client(tenant, form), audience, version_1)
        if grant == "password":
            return self._answer(self._user(tenant, form), audience, version_1, client=form.get("client_id", ""))
        raise TokenError(
            400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'."
        )

    def identity_token(self, header: str | None, resource: str, client_id: str | None) -> dict[str, Any]:
        """Answer the managed identity endpoint (App Service shape)."""
        if not header or not hmac.compare_digest(header, self.identity_header):
            raise TokenError(401, "invalid_request", 0, "The X-IDENTITY-HEADER header is missing or wrong.")
        if client_id:
            principal = self.identities.get(client_id.lower())
        else:
            principal = next(iter(self.identities.values()), None)
        if principal is None:
            raise TokenError(400, "invalid_request", 0, "No managed identity found for the specified ClientId.")
        issued, token = self._issue(principal, self._audience(resource, True))
        return {
            "access_token": token,
            "expires_on": str(int(issued.expires)),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": principal.name,
        }

    def _check_tenant(self, tenant: str) -> None:
        if tenant.lower() not in self.tenants:
            raise TokenError(
                400,
                "invalid_request",
                90002,
                f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing "
                "into the correct cloud.",
            )

    def _audience(self, wanted: str, version_1: bool) -> str:
        if not version_1:
            scopes = [part for part in wanted.split() if part not in ("openid", "profile", "offline_access")]
            if len(scopes) != 1 or "/" not in scopes[0]:
                raise TokenError(
                    400,
                    "invalid_scope",
                    70011,
                    f"The provided value for the input parameter 'scope' is not valid: {wanted}",
                )
            wanted = scopes[0].rsplit("/", 1)[0]
        audience = wanted.rstrip("/")
        if audience not in self.audiences():
            raise TokenError(
                400,
                "invalid_resource",
                500011,
                f"The resource principal named {audience} was not found in the tenant.",
            )
        return audience

    def _client(self, tenant: str, form: dict[str, str]) -> Principal:
        name = form.get("client_id", "")
        principal = self.clients.get(name.lower())
        if principal is None or principal.tenant.lower() != tenant.lower():
            raise TokenError(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{name}' was not found in the directory '{tenant}'.",
            )
        if "client_assertion" in form:
            self._check_assertion(principal, form)
        elif not principal.secret or not hmac.compare_digest(
            form.get("client_secret", "").encode(), principal.secret.encode()
        ):
            raise TokenError(
                401,
                "invalid_client",
                7000215,
                f"Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                f"value, not the client secret ID, for a secret added to app '{name}'.",
            )
        return principal

    def _user(self, tenant: str, form: dict[str, str]) -> Principal:
        principal = self.users.get(form.get("username", "").lower())
        if principal is None or principal.tenant.lower() != tenant.lower() or not principal.secret:
            raise TokenError(400, "invalid_grant", 50034, "The user account does not exist in the directory.")
        if not hmac.compare_digest(form.get("password", "").encode(), principal.secret.encode()):
            raise TokenError(
                400, "invalid_grant", 50126, "Error validating credentials due to invalid username or password."
            )
        return principal

    def _check_assertion(self, principal: Principal, form: dict[str, str]) -> None:
        """A certificate's JWT or a federated token: shape, times, audience and who it is from."""
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise TokenError(401, "invalid_client", 50027, "The client_assertion_type is not a supported value.")
        header, claims = _decode_jwt(form["client_assertion"])
        expires = claims.get("exp")
        if not isinstance(expires, (int, float)) or expires < time.time():
            raise TokenError(401, "invalid_client", 700024, "Client assertion is not within its valid time range.")
        audiences = claims.get("aud")
        audiences = [audiences] if isinstance(audiences, str) else audiences or []
        if "x5t" in header or "x5t#S256" in header:
            expected = f"{self.base_url}/{principal.tenant}/".lower()
            if not any(str(audience).lower().startswith(expected) for audience in audiences):
                raise TokenError(401, "invalid_client", 700023, "Client assertion audience claim does not match.")
            if claims.get("iss") != claims.get("sub") or str(claims.get("iss")).lower() != principal.name.lower():
                raise TokenError(
                    401,
                    "invalid_client",
                    700021,
                    "Client assertion application identifier does not match 'client_id' parameter.",
                )
            given = {_thumbprint(header[name]) for name in ("x5t", "x5t#S256") if name in header}
            if not given & set(principal.thumbprints):
                raise TokenError(
                    401,
                    "invalid_client",
                    700027,
                    "The certificate that signed the client assertion is not registered on application.",
                )
            return
        if not any(str(audience).lower() == EXCHANGE_AUDIENCE for audience in audiences):
            raise TokenError(
                401,
                "invalid_client",
                700212,
                "No matching federated identity record found for presented assertion audience.",
            )
        if (str(claims.get("iss")), str(claims.get("sub"))) not in principal.federated:
            raise TokenError(
                401,
                "invalid_client",
                700213,
                f"No matching federated identity record found for presented assertion subject '{claims.get('sub')}'.",
            )

    def _issue(self, principal: Principal, audience: str) -> tuple[IssuedToken, str]:
        now = time.time()
        lifetime = self.lifetime if principal.token_lifetime is None else principal.token_lifetime
        claims = {
            "aud": audience,
            "iss": f"{self.base_url}/{principal.tenant}/",
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now + lifetime),
            "appid": principal.name,
            "oid": principal.object_id,
            "sub": principal.object_id,
            "tid": principal.tenant,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
        }
        token = self._sign(claims)
        issued = IssuedToken(principal, now + lifetime, audience)
        self._issued[token] = issued
        return issued, token

    def _answer(self, principal: Principal, audience: str, version_1: bool, client: str = "") -> dict[str, Any]:
        issued, token = self._issue(principal, audience)
        seconds = max(0, int(issued.expires - time.time()))
        answer: dict[str, Any] = {
            "token_type": "Bearer",
            "expires_in": str(seconds) if version_1 else seconds,
            "ext_expires_in": str(seconds) if version_1 else seconds,
            "access_token": token,
        }
        if version_1:
            answer |= {"expires_on": str(int(issued.expires)), "resource": audience}
        if client:
            now = int(time.time())
            answer["scope"] = f"{audience}/user_impersonation"
            answer["client_info"] = _encode(json.dumps({"uid": principal.object_id, "utid": principal.tenant}).encode())
            answer["id_token"] = self._sign(
                {
                    "aud": client,
                    "iss": f"{self.base_url}/{principal.tenant}/v2.0",
                    "iat": now,
                    "nbf": now,
                    "exp": now + max(seconds, 60),
                    "oid": principal.object_id,
                    "sub": principal.object_id,
                    "tid": principal.tenant,
                    "preferred_username": principal.name,
                    "ver": "2.0",
                }
            )
        return answer

    def _sign(self, claims: dict[str, Any]) -> str:
        head = _encode(json.dumps({"typ": "JWT", "alg": "HS256"}).encode())
        body = _encode(json.dumps(claims).encode())
        signature = hmac.new(self._key, f"{head}.{body}".encode(), hashlib.sha256).digest()
        return f"{head}.{body}.{_encode(signature)}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _decode_jwt(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = token.split(".")
    try:
        if len(parts) != 3 or not parts[2]:
            raise ValueError("not three parts")
        header, claims = json.loads(_decode(parts[0])), json.loads(_decode(parts[1]))
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise ValueError("not objects")
    except (ValueError, binascii.Error) as error:
        raise TokenError(401, "invalid_client", 50027, f"JWT token is invalid or malformed: {error}.") from error
    return header, claims


def _thumbprint(value: str) -> str:
    """An x5t header as the hexadecimal thumbprint that people know."""
    try:
        return _decode(str(value)).hex().upper()
    except binascii.Error:
        return ""
