# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Talk to the sandbox's admin endpoint, and say what there is now.

An action and no module, because a case prepares and looks several times, and a process each would take longer than
the case. Whatever is asked for is done in this order:

* `seed`: replace the whole state, and forget the request log.
* `clear`: forget the request log.
* `faults`: put faults in force, after forgetting the earlier ones; an empty list only forgets.
* `outage`: switch a region or a Prism Central off or on, with the fields of the admin endpoint and `region` or
  `prism_central`.
* `aws`: make one call to AWS, past the modules: `service`, `call` (in snake case), `parameters`, `region`, and a `key` and
  its `secret` if not the sandbox's first account makes it. `code` is AWS's for a refusal, "" for none, `message` its
  text, `answer` what AWS answered, and `job` the id of the job that it started.
* `blob`: make one call to a blob, past the modules: `account`, `container`, `name`, `call` (of the library's client of one
  blob), `parameters`. For `abort_copy` the id of the pending copy is filled in.
* `advance`: move virtual time forward by so many seconds.
* `token`: sign in, and return a token for calls to Azure that go past the modules.

What there is then is returned: `writes` (the log's calls that may change something, in order: to ARM, AWS Backup, EFS,
Prism Centrals and blobs), `reads` (how many others), `sign_ins` (how often somebody signed in to Azure, asked AWS who it
is, or a Prism Central for its version), `points`, `collections`, `disks`, `snapshots`, `images`, `vms`, `problems` (of
integrity), and `now`; of AWS `recovery_points`, `file_systems` and `jobs` by their ids; `prism_centrals` by their names,
with `clusters` and `subnets` by theirs; of storage accounts `stores` by their names, each with its containers, whose blobs
are by their names, and its tables.
"""

from __future__ import annotations

import json
import ssl
import typing as t
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import boto3
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from botocore.config import Config
from botocore.exceptions import ClientError

_COMMANDS = frozenset(("seed", "clear", "faults", "outage", "aws", "blob", "advance", "token"))
_AWS_SERVICES = ("backup", "elasticfilesystem")


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
        result.update(sandbox.prepare(arguments))
        result.update(sandbox.look())
        if arguments.get("token"):
            result["token"] = sandbox.sign_in()
        return result


class _Sandbox:
    def __init__(self, details: t.Mapping[str, str]) -> None:
        self._details = details
        self._admin = str(details["BCDR_SANDBOX_ADMIN"])
        self._context = ssl.create_default_context(cafile=str(details["REQUESTS_CA_BUNDLE"]))

    def prepare(self, arguments: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Do what was asked for; returns what the call to AWS came to, if there was one."""
        said: dict[str, t.Any] = {}
        if "seed" in arguments:
            self._call("POST", "/seed", arguments["seed"])
        if "seed" in arguments or arguments.get("clear"):
            self._call("DELETE", "/requests")
        if "faults" in arguments:
            self._call("DELETE", "/faults")
            self._call("POST", "/faults", arguments["faults"])
        if "outage" in arguments:
            outage = dict(arguments["outage"])
            kind = "prism_central" if "prism_central" in outage else "region"
            self._call("POST", f"/{kind}/{outage.pop(kind)}/outage", outage)
        if "aws" in arguments:
            said = self._call_aws(**arguments["aws"])
        if "blob" in arguments:
            self._call_blob(**arguments["blob"])
        if "advance" in arguments:
            self._call("POST", "/clock/advance", {"seconds": arguments["advance"]})
        return said

    def look(self) -> dict[str, t.Any]:
        log = self._call("GET", "/requests")["requests"]
        calls = [call for call in log if _counts(call)]
        writes = [call for call in calls if call["method"] not in ("GET", "HEAD", "OPTIONS")]
        state = self._call("GET", "/state")
        aws, storage = state["aws"], state.get("storage", {"accounts": []})
        return {
            "writes": [
                {
                    "call": call.get("action") or f"{_place(call)}{call['method']} {_short(call['path'])}",
                    "region": call.get("region"),
                    **{name: call[name] for name in ("status", "code", "message", "body", "fault")},
                }
                for call in writes
            ],
            "reads": len(calls) - len(writes),
            "sign_ins": sum(
                call["path"].endswith(("/token", "/dataprotection/unversioned/info"))
                or call.get("action") == "sts:GetCallerIdentity"
                for call in log
            ),
            "collections": {_name(collection): collection for collection in state["collections"]},
            "points": {
                f"{_name(collection)}/{point['name']}": point
                for collection in state["collections"]
                for point in collection["points"]
            },
            "disks": {_name(disk): disk for disk in state["disks"]},
            "snapshots": {_name(snapshot): snapshot for snapshot in state["snapshots"]},
            "images": {_name(image): image for image in state["images"]},
            "vms": {_name(vm): vm for vm in state["virtual_machines"]},
            "problems": self._call("GET", "/integrity")["problems"],
            "now": state["now"],
            "recovery_points": [
                {**point, "vault": vault["arn"].rsplit(":", 1)[-1], "region": vault["arn"].split(":")[3]}
                for vault in aws["vaults"]
                for point in vault["points"]
            ],
            "file_systems": {_name(item, "arn"): item for item in aws["file_systems"]},
            "jobs": {job["id"]: job for job in aws["jobs"]},
            "prism_centrals": {
                central["name"]: {
                    **central,
                    "clusters": {one["name"]: one["ext_id"] for one in central["clusters"]},
                    "subnets": {one["name"]: one["ext_id"] for one in central["subnets"]},
                }
                for central in state.get("nutanix", {}).get("prism_centrals", ())
            },
            "stores": {
                account["name"]: {
                    **account,
                    "containers": {
                        name: {blob["name"]: blob for blob in blobs if not blob["snapshot"]}
                        for name, blobs in account["containers"].items()
                    },
                }
                for account in storage["accounts"]
            },
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

    def _call_aws(
        self, service: str, call: str, parameters: dict[str, t.Any], region: str, key: str = "", secret: str = ""
    ) -> dict[str, t.Any]:
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=self._details["AWS_ENDPOINT_URL"],
            aws_access_key_id=key or self._details["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret or self._details["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )
        try:
            answer = getattr(client, call)(**parameters)
        except ClientError as error:
            return {**_lowered(error.response["Error"]), "answer": {}, "job": ""}
        answer.pop("ResponseMetadata")
        job = next((str(value) for name, value in answer.items() if name.endswith("JobId")), "")
        # Dates as text.
        return {"code": "", "message": "", "answer": json.loads(json.dumps(answer, default=str)), "job": job}

    def _call_blob(
        self, account: str, container: str, name: str, call: str, parameters: dict[str, t.Any] | None = None
    ) -> None:
        from azure.storage.blob import BlobServiceClient

        storage = self._call("GET", "/state")["storage"]
        text = next(entry["connection_string"] for entry in storage["accounts"] if entry["name"] == account)
        parameters = dict(parameters or {})
        if call == "abort_copy":
            pending = [copy for copy in storage["copies"] if (copy["account"], copy["blob"]) == (account, name)]
            parameters["copy_id"] = pending[0]["copy_id"]
        authority = str(self._details["REQUESTS_CA_BUNDLE"])
        with BlobServiceClient.from_connection_string(text, connection_verify=authority) as service:
            getattr(service.get_blob_client(container, name), call)(**parameters)

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


def _name(resource: t.Mapping[str, str], field: str = "id") -> str:
    return resource[field].rsplit("/", 1)[-1]


def _service(call: t.Mapping[str, t.Any]) -> str:
    return str(call.get("action") or "").partition(":")[0]


def _counts(call: t.Mapping[str, t.Any]) -> bool:
    """Return whether it is a call of a module to what it is about, rather than to sign in."""
    if call.get("prism_central"):
        # By its method this is a change, and it is none.
        return not call["path"].endswith("/availability_zones/list")
    # Job records are no change of what is backed up.
    blob = call.get("storage_service") == "blob"
    return call["path"].startswith("/subscriptions") or _service(call) in _AWS_SERVICES or blob


def _place(call: t.Mapping[str, t.Any]) -> str:
    name = call.get("prism_central")
    return f"{name} " if name else ""


def _lowered(error: t.Mapping[str, str]) -> dict[str, str]:
    return {"code": error["Code"], "message": error["Message"]}


def _short(path: str) -> str:
    """Return the path from its type on: restorePointCollections/rpc/restorePoints/rp, or recovery-points/ID."""
    if path.startswith("/api/"):
        return path.partition("/config/")[2] or path
    return path.rpartition("/providers/")[2].partition("/")[2] or path
