# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Azure Resource Manager of a few scripted answers, below the real pipeline of azure-core."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import requests
import urllib3
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport

from ansible_collections.bcdr.multicloud.plugins.module_utils._azure import arm
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.clouds import Cloud
from ansible_collections.bcdr.multicloud.plugins.module_utils._azure.credentials import Identity
from ansible_collections.bcdr.multicloud.tests.unit.azure.builders import NOW

BASE = "https://management.azure.com"


@dataclass
class Answer:
    """One answer; `body` is JSON unless it is a string."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request as it left."""

    method: str
    url: str
    body: Any
    headers: dict[str, str]


class ScriptedAdapter(requests.adapters.BaseAdapter):
    """Gives the answers in order (the last one stays) and keeps what was asked."""

    def __init__(self, answers: list[Any]) -> None:
        super().__init__()
        self.answers = answers
        self.calls: list[Call] = []

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        body = json.loads(request.body) if request.body else None
        self.calls.append(Call(request.method, request.url, body, dict(request.headers)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        text = answer.body if isinstance(answer.body, str) else "" if answer.body is None else json.dumps(answer.body)
        response = requests.Response()
        response.status_code = answer.status
        response.reason = "Reason"
        response.url = request.url
        response.request = request
        response.headers.update(
            {"Content-Type": "application/json", "Date": format_datetime(NOW, usegmt=True), **answer.headers}
        )
        response.raw = urllib3.HTTPResponse(io.BytesIO(text.encode()), preload_content=False, status=answer.status)
        return response

    def close(self) -> None:
        """Nothing is open."""


class FakeCredential:
    """A token for whoever asks."""

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        return AccessToken("fake-token", 4102444800)


class Script:
    """A client whose server gives the answers; `slept` is what the pipeline's retries waited."""

    def __init__(self, *answers: Any) -> None:
        self.adapter = ScriptedAdapter(list(answers))
        self.slept: list[float] = []
        session = requests.Session()
        session.mount("https://", self.adapter)
        transport = RequestsTransport(session=session, session_owner=False)
        transport.sleep = self.slept.append  # type: ignore[method-assign]
        cloud = Cloud("AzureCloud", BASE, "https://login.microsoftonline.com", BASE)
        pipeline = arm._pipeline(cloud, FakeCredential(), f"{BASE}/.default", transport)
        self.client = arm.ArmClient(pipeline, BASE, Identity("cli", source="Azure CLI"))

    @property
    def calls(self) -> list[Call]:
        return self.adapter.calls

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Return method and URL without host of each call."""
        return [(call.method, call.url.removeprefix(BASE)) for call in self.calls]
