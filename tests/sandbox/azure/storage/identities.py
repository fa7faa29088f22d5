# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks by a token of Microsoft Entra: bearer tokens, user delegation keys, and the SAS that are signed with them.

Azurite checks account keys and their SAS itself; of tokens it checks the form only, and SAS of user delegation it refuses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from ...virtual_clock import parse_time
from ..token_service import STORAGE_AUDIENCE
from .azurite import Answer
from .call import Call, StorageError
from .world import World

if TYPE_CHECKING:
    from ..token_service import Principal, TokenService

_ACTIONS = {
    "blob": "Microsoft.Storage/storageAccounts/blobServices/containers/blobs",
    "table": "Microsoft.Storage/storageAccounts/tableServices/tables/entities",
}
_SAS = frozenset(
    (
        *("sv", "ss", "srt", "sp", "st", "se", "spr", "sr", "sig", "sip", "ses"),
        *("skoid", "sktid", "skt", "ske", "sks", "skv", "rscc", "rscd", "rsce", "rscl", "rsct"),
    )
)
_LONGEST_KEY = 7 * 86400
_MISMATCH = "This request is not authorized to perform this operation using this permission."
_REFUSED = (
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
    "including the signature."
)


def admit(call: Call, world: World, tokens: TokenService, account_pass: dict[str, str], now: float) -> Call | Answer:
    """Return the call as it may go on to Azurite, or the answer to it; StorageError when it is refused."""
    kind, _space, token = call.header("Authorization").partition(" ")
    if kind.lower() == "bearer":
        principal = _bearer(call, token, tokens)
        if call.kind == "blob" and call.params.get("comp") == "userdelegationkey":
            return _delegation_key(call, world, principal, now)
        _check_role(call, world, principal)
        return call.passing_as(account_pass)
    if "skoid" in call.params:
        _check_delegated(call, world, now)
        return call.passing_as(account_pass, without=_SAS)
    return call


def _bearer(call: Call, token: str, tokens: TokenService) -> Principal:
    issued = tokens.recognise(token)
    if issued is None or issued.expires < time.time():
        raise StorageError(
            401, "InvalidAuthenticationInfo", "Authentication information is not given in the correct format."
        )
    if issued.audience != STORAGE_AUDIENCE:
        raise StorageError(
            401, "InvalidAuthenticationInfo", "Authentication scheme Bearer is not supported: wrong audience."
        )
    return issued.principal


def _check_role(call: Call, world: World, principal: Principal) -> None:
    verb = {"GET": "read", "HEAD": "read", "DELETE": "delete"}.get(call.method, "write")
    account = world.accounts.get(call.account)
    if account is None or not principal.may(f"{_ACTIONS[call.kind]}/{verb}", account.id):
        raise StorageError(403, "AuthorizationPermissionMismatch", _MISMATCH)


def _delegation_key(call: Call, world: World, principal: Principal, now: float) -> Answer:
    account = world.accounts.get(call.account)
    action = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"
    if account is None or not principal.may(action, account.id):
        raise StorageError(403, "AuthorizationPermissionMismatch", _MISMATCH)
    try:
        tree = ElementTree.fromstring(call.body)
        start, expiry = tree.findtext("Start") or "", tree.findtext("Expiry") or ""
        begins, ends = parse_time(start), parse_time(expiry)
    except (ElementTree.ParseError, ValueError) as error:
        raise StorageError(400, "InvalidXmlDocument", "XML specified is not syntactically valid.") from error
    if not now < ends <= max(begins, now) + _LONGEST_KEY:
        raise StorageError(400, "InvalidXmlNodeValue", "The expiry of a user delegation key is at most 7 days ahead.")
    known = world.delegation_keys.get((principal.object_id, start + expiry))
    # Two keys for the same time are the same, or one would make the other's signatures wrong.
    value = known[1] if known else base64.b64encode(secrets.token_bytes(32)).decode()
    fields = {
        "SignedOid": principal.object_id,
        "SignedTid": principal.tenant,
        "SignedStart": start,
        "SignedExpiry": expiry,
        "SignedService": "b",
        "SignedVersion": call.header("x-ms-version"),
        "Value": value,
    }
    world.delegation_keys[principal.object_id, start + expiry] = (principal, value)
    text = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    content = f'<?xml version="1.0" encoding="utf-8"?><UserDelegationKey>{text}</UserDelegationKey>'.encode()
    return Answer(200, [("Content-Type", "application/xml")], content)


def _check_delegated(call: Call, world: World, now: float) -> None:
    """A SAS of user delegation: known key, right signature, right time, and read only for reads."""
    from azure.storage.blob import generate_blob_sas, generate_container_sas

    given = call.params
    found = world.delegation_keys.get((given.get("skoid", ""), given.get("skt", "") + given.get("ske", "")))
    blob = call.blob
    if found is None or len(call.parts) < 2:
        raise StorageError(403, "AuthenticationFailed", _REFUSED)
    principal, value = found
    key = SimpleNamespace(
        signed_oid=given["skoid"], signed_tid=given.get("sktid"), signed_start=given.get("skt"),
        signed_expiry=given.get("ske"), signed_service=given.get("sks"), signed_version=given.get("skv"), value=value,
        signed_delegated_user_tid=None,
    )  # fmt: skip
    options = {
        "user_delegation_key": key, "permission": given.get("sp"), "expiry": given.get("se"), "start": given.get("st"),
        "protocol": given.get("spr"),
    }  # fmt: skip
    if given.get("sr") in ("b", "bs") and blob is not None:
        text = generate_blob_sas(*blob, snapshot=given.get("snapshot"), **options)
    elif given.get("sr") == "c":
        text = generate_container_sas(call.parts[0], call.parts[1], **options)
    else:
        raise StorageError(403, "AuthenticationFailed", _REFUSED)
    right = dict(parse_qsl(text))["sig"]
    if not hmac.compare_digest(
        hashlib.sha256(right.encode()).digest(), hashlib.sha256(given.get("sig", "").encode()).digest()
    ):
        raise StorageError(403, "AuthenticationFailed", _REFUSED)
    times = [parse_time(given[name]) for name in ("st", "skt") if name in given]
    ends = [parse_time(given[name]) for name in ("se", "ske") if name in given]
    if any(now < moment for moment in times) or not ends or any(now > moment for moment in ends):
        raise StorageError(403, "AuthenticationFailed", f"{_REFUSED} Signature not valid in the specified time frame.")
    if call.method not in ("GET", "HEAD") or "r" not in given.get("sp", ""):
        raise StorageError(403, "AuthorizationPermissionMismatch", _MISMATCH)
    _check_role(call, world, principal)
