# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Talk to the sandbox's admin endpoint, and say what there is now.

An action and no module, because a case prepares and looks several times, and a process each would take longer than
the case. Whatever is asked for is done in this order:

* `seed`: replace the whole state, and forget the request log.
* `clear`: forget the request log.
* `faults`: put faults in force, after forgetting the earlier ones; an empty list only forgets.
* `advance`: move virtual time forward by so many seconds.
* `token`: sign in, and return a token for calls that go past the modules.

What there is then is returned: `writes` (the log's calls to ARM that may change something, in order), `reads` (how
many others), `sign_ins` (how many tokens were asked for), `points`, `collections`, `disks`, `vms`, `problems` (of integrity) and `now`.
"""

from __future__ import annotations

import json
import ssl
import typing as t
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

_COMMANDS = frozenset(("seed", "clear", "faults", "advance", "token"))


class ActionModule(ActionBase):
    """See above."""

    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        # Plain types: what Ansible hands over knows its origin, and json does not know that.
        arguments = json.loads(json.dumps(self._task.args))
        unknown = sorted(set(arguments) - _COMMANDS)
        if unknown:
            raise AnsibleActionFail(f"unknown option {unknown[0]}; known: {', '.join(sorted(_COMMANDS))}")
        sandbox = _Sandbox((task_vars or {})["sandbox"])
        sandbox.prepare(arguments)
        result.update(sandbox.look())
        if arguments.get("token"):
            result["token"] = sandbox.sign_in()
        return result


class _Sandbox:
    def __init__(self, details: t.Mapping[str, str]) -> None:
        self._details = details
        self._admin = str(details["BCDR_SANDBOX_ADMIN"])
        self._context = ssl.create_default_context(cafile=str(details["REQUESTS_CA_BUNDLE"]))

    def prepare(self, arguments: t.Mapping[str, t.Any]) -> None:
        if "seed" in arguments:
            self._call("POST", "/seed", arguments["seed"])
        if "seed" in arguments or arguments.get("clear"):
            self._call("DELETE", "/requests")
        if "faults" in arguments:
            self._call("DELETE", "/faults")
            self._call("POST", "/faults", arguments["faults"])
        if "advance" in arguments:
            self._call("POST", "/clock/advance", {"seconds": arguments["advance"]})

    def look(self) -> dict[str, t.Any]:
        log = self._call("GET", "/requests")["requests"]
        calls = [call for call in log if call["path"].startswith("/subscriptions")]
        writes = [call for call in calls if call["method"] not in ("GET", "HEAD")]
        state = self._call("GET", "/state")
        return {
            "writes": [
                {
                    "call": f"{call['method']} {_short(call['path'])}",
                    **{name: call[name] for name in ("status", "code", "message", "body", "fault")},
                }
                for call in writes
            ],
            "reads": len(calls) - len(writes),
            "sign_ins": sum(call["path"].endswith("/token") for call in log),
            "collections": {_name(collection): collection for collection in state["collections"]},
            "points": {
                f"{_name(collection)}/{point['name']}": point
                for collection in state["collections"]
                for point in collection["points"]
            },
            "disks": {_name(disk): disk for disk in state["disks"]},
            "vms": {_name(vm): vm for vm in state["virtual_machines"]},
            "problems": self._call("GET", "/integrity")["problems"],
            "now": state["now"],
        }

    def sign_in(self) -> str:
        details = self._details
        form = {
            "grant_type": "client_credentials",
            "client_id": details["AZURE_CLIENT_ID"],
            "client_secret": details["AZURE_SECRET"],
            "scope": "https://management.azure.com/.default",
        }
        url = f"{self._admin.removesuffix('/_sandbox')}/{details['AZURE_TENANT']}/oauth2/v2.0/token"
        return str(self._open(Request(url, urlencode(form).encode()))["access_token"])

    def _call(self, method: str, path: str, body: t.Any = None) -> t.Any:
        data = None if body is None else json.dumps(body).encode()
        return self._open(Request(self._admin + path, data, {"Content-Type": "application/json"}, method=method))

    def _open(self, request: Request) -> t.Any:
        try:
            with urlopen(request, context=self._context, timeout=30) as response:
                return json.load(response)
        except OSError as error:
            said = error.read().decode() if hasattr(error, "read") else ""
            raise AnsibleActionFail(f"{request.get_method()} {request.full_url}: {error} {said}") from error


def _name(resource: t.Mapping[str, str]) -> str:
    return resource["id"].rsplit("/", 1)[-1]


def _short(path: str) -> str:
    """Return the path from its type on: restorePointCollections/rpc/restorePoints/rp."""
    return path.rpartition("/providers/")[2].partition("/")[2] or path
