# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls to Azure's table service that job records and histories need."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.accounts import Account
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.api import right_of, translated
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.blobs.records import (
    JOB_PENDING,
    Job,
    from_entity,
    merged,
    to_entity,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import (
    Conflict,
    InvalidRequest,
    MissingLibrary,
    ProviderError,
)

_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9]{2,62}$")
_TRIES = 5


class Gone(ProviderError):
    """The record that was to be written over has been deleted."""


class TableAccount:
    """One account's tables. Thread-safe."""

    def __init__(self, account: Account, client: Any) -> None:
        self.account = account
        self._client = client

    def table(self, name: str) -> JobTable:
        """Return the table of job records of that name; raises InvalidRequest for one that no table can have."""
        return JobTable(self.entities(name, "job_table.name"))

    def entities(self, name: str, option: str) -> EntityTable:
        """Return the table of that name; raises InvalidRequest, naming the option, for one that no table can have."""
        if not _NAME.match(name):
            raise InvalidRequest(f"{option}: {name!r} is not 3 to 63 letters and digits that begin with a letter")
        return EntityTable(self.account, self._client, name)


class EntityTable:
    """The entities of one table, as dictionaries with their ETags; it is made when the first is written."""

    def __init__(self, account: Account, client: Any, name: str) -> None:
        self._account = account
        self._service = client
        self._client = client.get_table_client(name)
        self._name = name

    @property
    def label(self) -> str:
        return f"table {self._account.name}/{self._name}"

    def query(self, text: str = "", **values: Any) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Yield the entities that a filter of OData finds, all without one; none where there is no table."""
        try:
            with translated(f"read {self.label}", self._account):
                found = self._client.query_entities(text, parameters=values) if text else self._client.list_entities()
                for entity in found:
                    yield entity, entity.metadata["etag"]
        except ProviderError as error:
            if error.code not in ("TableNotFound", "ResourceNotFound"):
                raise

    def get(self, partition: str, row: str) -> tuple[Mapping[str, Any], str] | None:
        """Return the entity of these keys, None where there is none."""
        try:
            with translated(f"read {self.label}", self._account):
                entity = self._client.get_entity(partition, row)
        except ProviderError as error:
            if error.status == 404:
                return None
            raise
        return entity, entity.metadata["etag"]

    def put(self, entity: Mapping[str, Any], etag: str | None) -> str:
        """Write an entity over the one with this ETag, None: where there is none; returns the new ETag.

        Raises Conflict where another was written meanwhile, Gone where it has been deleted.
        """
        from azure.core import MatchConditions
        from azure.data.tables import UpdateMode

        def write() -> Any:
            if etag is None:
                return self._client.create_entity(entity)
            return self._client.update_entity(
                entity, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
            )

        operation = f"write {self.label}"
        try:
            with translated(operation, self._account):
                return str(write()["etag"])
        except ProviderError as error:
            if error.code == "ResourceNotFound" and etag is not None:
                raise Gone(str(error)) from error
            if error.code != "TableNotFound":
                raise
            with translated(operation, self._account):
                self._service.create_table_if_not_exists(self._name)
                return str(write()["etag"])

    def delete(self, partition: str, row: str, etag: str) -> bool:
        """Delete the entity with this ETag; False where it is another by now, or gone."""
        from azure.core import MatchConditions

        try:
            with translated(f"write {self.label}", self._account):
                self._client.delete_entity(partition, row, etag=etag, match_condition=MatchConditions.IfNotModified)
        except Conflict:
            return False
        return True


class JobTable:
    """The job records of one table."""

    def __init__(self, entities: EntityTable) -> None:
        self._entities = entities

    def jobs(self, partition: str, status: str = "") -> Iterator[Job]:
        """Yield the records of one way, all or those of one status; none where there is no table."""
        query, values = "PartitionKey eq @partition", {"partition": partition}
        if status:
            query, values["status"] = f"{query} and Status eq @status", status
        for entity, etag in self._entities.query(query, **values):
            yield from_entity(entity, etag)

    def pending(self, partition: str) -> Iterator[Job]:
        """Yield the records of copies that were going on when they were written."""
        return self.jobs(partition, JOB_PENDING)

    def note(self, ours: Job, there: Job | None, now: datetime.datetime) -> Job | None:
        """Write what is known of a copy over what was `there`; returns the record that is there then.

        What another run has written meanwhile is read anew and counts as `merged` says.
        """
        tries = 0
        while True:
            tries += 1
            wanted = merged(there, ours, now)
            if wanted is None:
                return there
            try:
                return replace(wanted, etag=self._put(wanted))
            except (Conflict, Gone):
                if tries >= _TRIES:
                    raise
                there = self._get(ours)

    def _get(self, job: Job) -> Job | None:
        found = self._entities.get(job.partition, job.row)
        return from_entity(*found) if found else None

    def _put(self, job: Job) -> str:
        """Write a record over the one that it was made from, and return its ETag."""
        from azure.data.tables import EdmType, EntityProperty

        entity = to_entity(job)
        for name in ("BytesTotal", "BytesCopied"):
            # More than 2 GiB does not fit into the 32 bits that are taken for a plain number.
            entity[name] = EntityProperty(entity[name], EdmType.INT64)
        return self._entities.put(entity, job.etag)


def connect(account: Account, transport: Any, credential: Callable[[], Any]) -> TableAccount:
    """Return the client of an account; `credential` makes that of the identity, when it is needed."""
    try:
        from azure.data.tables import TableServiceClient
    except ImportError as error:
        raise MissingLibrary("azure-data-tables", str(error)) from error
    try:
        client = TableServiceClient(
            account.url,
            credential=right_of(account, credential),
            transport=transport,
            retry_total=2,
            retry_backoff_factor=0.5,
            user_agent="ansible-bcdr.multicloud",
        )
    except ValueError as error:
        raise InvalidRequest(f"account {account.name}: {error}") from error
    return TableAccount(account, client)
