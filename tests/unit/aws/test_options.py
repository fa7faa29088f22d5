# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bcdr.multicloud.plugins.module_utils._aws.options import AWS_SPEC


def validated(given: dict[str, Any]) -> dict[str, Any]:
    result = ArgumentSpecValidator(AWS_SPEC).validate(given)
    assert not result.error_messages
    return dict(result.validated_parameters)


pytestmark = pytest.mark.usefixtures("no_identity")


def test_nothing_is_required() -> None:
    assert {name: value for name, value in validated({}).items() if value is not None} == {"validate_certs": True}


@pytest.mark.parametrize(("option", "spec"), [(name, spec) for name, spec in AWS_SPEC.items() if "aliases" in spec])
def test_aliases(option: str, spec: dict[str, Any]) -> None:
    for alias in spec["aliases"]:
        assert validated({alias: "x"})[option] == "x"


@pytest.mark.parametrize(("option", "spec"), [(name, spec) for name, spec in AWS_SPEC.items() if "fallback" in spec])
def test_environment(option: str, spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in reversed(spec["fallback"][1]):  # the first named wins
        monkeypatch.setenv(variable, f"/{variable}")
        assert validated({})[option] == f"/{variable}"
    assert validated({option: "/given"})[option] == "/given"


def test_secrets_are_not_logged() -> None:
    assert {name for name, spec in AWS_SPEC.items() if spec.get("no_log")} == {
        "secret_key",
        "session_token",
        "assume_role_external_id",
    }
