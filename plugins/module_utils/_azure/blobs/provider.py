# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage accounts as a provider of items: clients shared by all items, each made once per account and right."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.arm import authentication_error, find_cloud
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs import api, tables
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.accounts import account_option
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.clouds import Cloud, named_cloud
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.credentials import (
    build_credential,
    choose_identity,
    read_profile,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.options import AZURE_SPEC
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest, MissingLibrary
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import AccountProvider, Item, Outages
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Settings


class StorageSession:
    """The accounts that items with the same identity use. An identity signs in when an account needs it."""

    def __init__(self, params: Mapping[str, Any], settings: Settings) -> None:
        self.settings = settings
        self._params = params
        self._transport: Any = None
        self._credential: Any = None
        self._blobs: dict[tuple[str, str, str], api.BlobAccount] = {}
        self._tables: dict[tuple[str, str, str], tables.TableAccount] = {}

    def outages(self) -> Outages:
        """Return what counts the passes that could not ask a place."""
        return Outages(self.settings.wait and not self.settings.check_mode)

    def blobs(self, option: str, given: Mapping[str, Any]) -> api.BlobAccount:
        """Return the client for the blobs of an account; raises InvalidRequest, MissingLibrary."""
        account = account_option(option, given, self._suffix(given, "blob"))
        key = (account.url, account.kind, account.secret)
        if key not in self._blobs:
            self._blobs[key] = api.connect(account, self._shared_transport(), self._identity)
        return self._blobs[key]

    def tables(self, option: str, given: Mapping[str, Any]) -> tables.TableAccount:
        """Return the client for the tables of an account; raises InvalidRequest, MissingLibrary."""
        account = account_option(option, given, self._suffix(given, "table"), "table")
        key = (account.url, account.kind, account.secret)
        if key not in self._tables:
            self._tables[key] = tables.connect(account, self._shared_transport(), self._identity)
        return self._tables[key]

    def _suffix(self, given: Mapping[str, Any], service: str) -> str:
        """Return the suffix of the cloud's hosts, which is not asked for where an endpoint is given."""
        named = named_cloud(self._params["cloud_environment"])
        if named is not None:
            return named.storage
        if given.get(f"{service}_endpoint") or given.get("connection_string"):
            return Cloud.storage
        return self._cloud().storage

    def _cloud(self) -> Cloud:
        self._shared_transport()
        return find_cloud(self._params["cloud_environment"], self._session, self._verify)

    @property
    def _verify(self) -> bool:
        return bool(self._params["cert_validation_mode"] == "validate")

    def _shared_transport(self) -> Any:
        if self._transport is None:
            try:
                import requests
                from azure.core.pipeline.transport import RequestsTransport
            except ImportError as error:
                raise MissingLibrary("azure-core", str(error)) from error
            self._session = requests.Session()
            adapter = requests.adapters.HTTPAdapter(pool_connections=16, pool_maxsize=64)
            for scheme in ("https://", "http://"):
                self._session.mount(scheme, adapter)
            self._transport = RequestsTransport(
                session=self._session,
                session_owner=False,
                connection_verify=self._verify,
                connection_timeout=30,
                read_timeout=120,
            )
        return self._transport

    def _identity(self) -> Any:
        """Return the credential of the identity that the options name, proven to get a token for storage."""
        if self._credential is None:
            from azure.core.exceptions import AzureError

            identity = choose_identity(self._params, os.environ, read_profile)
            credential = build_credential(
                identity,
                self._params.get("adfs_authority_url") or self._cloud().login,
                self._params["disable_instance_discovery"],
                self._verify,
            )
            try:
                credential.get_token(api.STORAGE_SCOPE)
            except AzureError as error:
                raise InvalidRequest(str(authentication_error(error, identity))) from error
            self._credential = credential
        return self._credential


ItemFactory = Callable[[Mapping[str, Any], StorageSession], Item]


def storage_provider(make_item: ItemFactory) -> Callable[[Settings], StorageProvider]:
    """Return what a module definition needs to make its provider."""
    return lambda settings: StorageProvider(make_item, settings)


class StorageProvider(AccountProvider[StorageSession]):
    """Lends one session to all items that have the same credentials."""

    def __init__(self, make_item: ItemFactory, settings: Settings) -> None:
        super().__init__(make_item)
        self._settings = settings
        self._sessions: dict[tuple[Any, ...], StorageSession] = {}

    def before_round(self) -> None:
        """Nothing is remembered from one round to the next."""

    def session(self, params: Mapping[str, Any]) -> StorageSession:
        key = tuple(params.get(name) for name in AZURE_SPEC)
        if key not in self._sessions:
            self._sessions[key] = StorageSession(params, self._settings)
        return self._sessions[key]
