# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions that items share, and those that one borrows for another region or account."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("boto3")

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws import provider as module
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.provider import AwsItem, AwsProvider, aws_provider
from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.session import AwsSession
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import InvalidRequest
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import Action, Decision, Settings
from ansible_collections.bcdr.multicloud.tests.unit.aws.builders import HERE, OTHER, ROLE, THERE

THEIRS = f"arn:aws:iam::{OTHER}:role/reader"
MINE = {"access_key": "AKIA1", "secret_key": "hidden", "region": HERE, "validate_certs": True}


class Plain(AwsItem):
    """An item that does nothing."""

    def observe(self) -> None:
        """See nothing."""

    def decide(self, observed: Any) -> Decision:
        return Decision("succeeded")

    def perform(self, action: Action) -> None:
        """Do nothing."""


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The options of all connections that are made."""
    made: list[dict[str, Any]] = []

    def connect(params: Any, connections: int) -> AwsSession:
        made.append(dict(params))
        return AwsSession(None, params.get("region") or "", None, True, None)

    monkeypatch.setattr(module, "connect", connect)
    return made


def provider(**settings: Any) -> AwsProvider:
    return aws_provider(lambda params, session: Plain(session, params["name"], params["name"]))(Settings(**settings))


def test_items_of_one_identity_share_a_connection(connected: list[dict[str, Any]]) -> None:
    lender = provider()
    first, second = (lender.reconciler({**MINE, "name": name}) for name in "ab")
    other = lender.reconciler({**MINE, "name": "c", "region": THERE})
    assert first.aws is second.aws
    assert other.aws is not first.aws
    assert len(connected) == 2


def test_one_item_for_a_resource(connected: list[dict[str, Any]]) -> None:
    lender = provider()
    lender.reconciler({**MINE, "name": "a"})
    with pytest.raises(InvalidRequest, match="about the same resource as another item of this batch, a"):
        lender.reconciler({**MINE, "name": "a"})


def test_a_round_forgets(connected: list[dict[str, Any]]) -> None:
    lender = provider()
    item = lender.reconciler({**MINE, "name": "a"})
    elsewhere = item.session.elsewhere(THERE, {})
    for aws in (item.aws, elsewhere):
        aws.memory.remember("x", lambda: 1)
    lender.before_round()
    assert [aws.memory.remember("x", lambda: 2) for aws in (item.aws, elsewhere)] == [2, 2]


def test_no_region(connected: list[dict[str, Any]]) -> None:
    item = provider().reconciler({**MINE, "name": "a", "region": None})
    with pytest.raises(InvalidRequest, match=r"^region: is needed"):
        item.session.region()


@pytest.mark.parametrize(
    ("own", "overrides", "expected"),
    [
        ({}, {}, {"access_key": "AKIA1"}),
        ({"assume_role_arn": ROLE, "assume_role_external_id": "x"}, {}, {"assume_role_arn": ROLE}),
        ({}, {"assume_role_arn": THEIRS}, {"access_key": "AKIA1", "assume_role_arn": THEIRS}),
        (
            {},
            {"assume_role_arn": THEIRS, "assume_role_external_id": "y"},
            {"assume_role_arn": THEIRS, "assume_role_external_id": "y"},
        ),
        # What the task's own role wants is nobody else's business.
        (
            {"assume_role_arn": ROLE, "assume_role_external_id": "x"},
            {"assume_role_arn": THEIRS},
            {"assume_role_arn": THEIRS, "assume_role_external_id": None},
        ),
        (
            {"session_token": "t", "assume_role_arn": ROLE, "assume_role_external_id": "x"},
            {"profile": "theirs"},
            {
                "profile": "theirs",
                "access_key": None,
                "secret_key": None,
                "session_token": None,
                "assume_role_arn": None,
                "assume_role_external_id": None,
            },
        ),
        (
            {},
            {"profile": "theirs", "assume_role_arn": THEIRS},
            {"profile": "theirs", "access_key": None, "assume_role_arn": THEIRS},
        ),
        ({}, {"profile": None, "assume_role_arn": "", "lifecycle": {}}, {"access_key": "AKIA1"}),
    ],
)
def test_elsewhere(
    connected: list[dict[str, Any]], own: dict[str, Any], overrides: dict[str, Any], expected: dict[str, Any]
) -> None:
    item = provider().reconciler({**MINE, **own, "name": "a"})
    there = item.session.elsewhere(THERE, overrides)
    assert there.region == THERE
    assert {name: connected[-1][name] for name in expected} == expected
    assert "lifecycle" not in connected[-1]
    assert item.session.elsewhere(THERE, overrides) is there


@pytest.mark.parametrize(
    ("settings", "patience"),
    [({"wait": True}, [True] * 4 + [False] * 2), ({}, [False] * 6), ({"wait": True, "check_mode": True}, [False] * 6)],
)
def test_outages(connected: list[dict[str, Any]], settings: dict[str, Any], patience: list[bool]) -> None:
    """Each place has its own, and one that answers again has all of it again."""
    item = provider(**settings).reconciler({**MINE, "name": "a"})
    assert [item.waits_out("here") for _pass in range(6)] == patience
    assert item.waits_out("there") is patience[0]
    item.answered("here")
    item.answered("nowhere")
    assert item.waits_out("here") is patience[0]


def test_jobs_of_this_run(connected: list[dict[str, Any]]) -> None:
    item = provider().reconciler({**MINE, "name": "a"})
    assert item.started == frozenset()
    item.track("j1")
    item.track("j1")
    assert item.started == frozenset(["j1"])
