# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of AWX's REST API as the modules of awx.awx need to make a project's objects, with the rules that matter for these.

It keeps what it is given, and refuses what AWX refuses: a playbook or an inventory file that the project does not have, two
credentials of a type, inputs that a credential type lacks, variables at a launch that nobody asks for, surveys and recurrence
rules that are not complete. It runs no jobs.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dateutil.rrule import rrulestr

Json = dict[str, Any]
_TYPES = {
    "organizations": "organization",
    "credential_types": "credential_type",
    "credentials": "credential",
    "execution_environments": "execution_environment",
    "projects": "project",
    "inventories": "inventory",
    "inventory_sources": "inventory_source",
    "job_templates": "job_template",
    "workflow_job_templates": "workflow_job_template",
    "workflow_job_template_nodes": "workflow_job_template_node",
    "workflow_approval_templates": "workflow_approval_template",
    "schedules": "schedule",
}
_UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
# What AWX's own credential types have: inputs, and which are secrets.
_BUILT_IN = {
    "Microsoft Azure Resource Manager": (
        "subscription username password client secret tenant cloud_environment",
        "password secret",
    ),
    "Amazon Web Services": ("username password security_token", "password security_token"),
}
# By these AWX finds playbooks in a project (awx/main/utils/ansible.py).
_PLAYBOOK = re.compile(r"^\s*?-?\s*?(?:hosts|include|import_playbook):\s*?.*?$", re.MULTILINE)
_ENCRYPTED = "$encrypted$"


class Refused(Exception):
    """What AWX answers with 400: a message per field."""

    def __init__(self, **problems: str) -> None:
        super().__init__(json.dumps(problems))


class AwxApi:
    """The objects, by kind and id. `project` is the folder that a checkout of any project shows."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._ids = itertools.count(1)
        self.objects: dict[str, dict[int, Json]] = {kind: {} for kind in _TYPES}
        self._related: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, Json] = {}
        self.writes: list[str] = []
        self._add("organizations", {"name": "Default"})
        for name, (inputs, secrets) in _BUILT_IN.items():
            fields = [{"id": one, "secret": one in secrets.split()} for one in inputs.split()]
            self._add("credential_types", {"name": name, "kind": "cloud", "inputs": {"fields": fields}})

    def named(self, kind: str, name: str) -> Json:
        (found,) = [entry for entry in self.objects[kind].values() if entry["name"] == name]
        return found

    def handle(self, method: str, path: str, query: Mapping[str, str], body: Json) -> tuple[int, Json]:
        """Answer a request for a path below /api/v2/."""
        parts = [part for part in path.split("/") if part]
        if method != "GET":
            self.writes.append(f"{method} {path}")
        if parts[0] != "unified_job_templates" and parts[0] not in self.objects:
            return 404, {"detail": "Not found."}
        if len(parts) == 1:
            if method == "GET":
                return 200, _page([self._shown(*found) for found in self._search(parts[0], query)])
            return 201, self._shown(parts[0], self._add(parts[0], body))
        kind, number = parts[0], int(parts[1])
        if number not in self.objects[kind]:
            return 404, {"detail": "Not found."}
        if len(parts) == 2:
            if method == "PATCH":
                self._check(kind, {**self.objects[kind][number], **body})
                self.objects[kind][number].update(_approval(body) if kind == "workflow_approval_templates" else body)
            return 200, self._shown(kind, number)
        return self._below(method, kind, number, parts[2], body)

    def _below(self, method: str, kind: str, number: int, what: str, body: Json) -> tuple[int, Json]:
        if what == "survey_spec":
            if method == "POST":
                _check_survey(body)
                self.surveys[number] = body
            return 200, self.surveys.get(number, {})
        if what == "create_approval_template":
            approval = self._add("workflow_approval_templates", {"description": "", "timeout": 0, **_approval(body)})
            self.objects[kind][number]["unified_job_template"] = approval
            return 201, self._shown("workflow_approval_templates", approval)
        others = self._related.setdefault((kind, number, what), [])
        target = "workflow_job_template_nodes" if what.endswith("_nodes") else what
        if method == "GET":
            return 200, _page([self._shown(target, other) for other in others])
        if body["id"] not in self.objects[target]:
            return 400, {"detail": f"there is no {target} {body['id']}"}
        if body.get("disassociate"):
            others.remove(body["id"])
        else:
            self._check_association(kind, what, others, body["id"])
            others.append(body["id"])
        return 204, {}

    def _search(self, kind: str, query: Mapping[str, str]) -> list[tuple[str, int]]:
        kinds = _UNIFIED if kind == "unified_job_templates" else (kind,)
        return [
            (each, number)
            for each in kinds
            for number, entry in self.objects[each].items()
            if all(str({**entry, "type": _TYPES[each]}.get(field)) == value for field, value in query.items())
        ]

    def _add(self, kind: str, body: Json) -> int:
        self._check(kind, body)
        number = next(self._ids)
        self.objects[kind][number] = dict(body)
        return number

    def _shown(self, kind: str, number: int) -> Json:
        entry = self.objects[kind][number]
        url = f"/api/v2/{kind}/{number}/"
        shown: Json = {**entry, "id": number, "type": _TYPES[kind], "url": url, "summary_fields": {}}
        shown["related"] = {"survey_spec": f"{url}survey_spec/"} if "job_templates" in kind else {}
        if kind == "projects":
            shown["scm_revision"] = "0" * 40
        if kind == "credentials":
            secrets = {field["id"] for field in self._fields(entry) if field.get("secret")}
            shown["inputs"] = {
                name: _ENCRYPTED if name in secrets else value for name, value in entry.get("inputs", {}).items()
            }
        if kind == "workflow_job_template_nodes" and entry.get("unified_job_template"):
            (found,) = [each for each in _UNIFIED if entry["unified_job_template"] in self.objects[each]]
            shown["related"]["unified_job_template"] = f"/api/v2/{found}/{entry['unified_job_template']}/"
        return shown

    def _fields(self, credential: Json) -> list[Json]:
        fields: list[Json] = self.objects["credential_types"][credential["credential_type"]]["inputs"]["fields"]
        return fields

    def _check(self, kind: str, entry: Json) -> None:
        if kind == "credential_types":
            known = {field["id"] for field in entry["inputs"].get("fields", ())}
            for name, value in entry.get("injectors", {}).get("env", {}).items():
                unknown = set(re.findall(r"{{\s*(\w+)\s*}}", value)) - known
                if unknown or "{{" not in value:
                    raise Refused(injectors=f"{name} uses an undefined field ({', '.join(unknown)})")
        elif kind == "credentials":
            fields = self._fields(entry)
            unknown = set(entry["inputs"]) - {field["id"] for field in fields}
            if unknown:
                raise Refused(inputs=f"Invalid key(s) for credential type: {', '.join(unknown)}")
        elif kind == "job_templates":
            path = self._project / entry["playbook"]
            if not path.is_file() or not _PLAYBOOK.search(path.read_text(encoding="utf-8")):
                raise Refused(playbook="Playbook not found for project.")
        elif kind == "inventory_sources" and not (self._project / entry["source_path"]).is_file():
            raise Refused(source_path="The file is not in the project.")
        elif kind in ("schedules", "workflow_job_template_nodes"):
            if entry.get("unified_job_template"):
                self._check_variables(entry["unified_job_template"], entry.get("extra_data") or {})
            if kind == "schedules":
                _check_recurrence(entry["rrule"])

    def _check_variables(self, template: int, variables: Json) -> None:
        found = {**self.objects["job_templates"], **self.objects["workflow_job_templates"]}[template]
        if not variables or found.get("ask_variables_on_launch"):
            return
        questions = {question["variable"]: question for question in self.surveys.get(template, {}).get("spec", ())}
        for name, value in variables.items():
            if not found.get("survey_enabled") or name not in questions:
                raise Refused(extra_data=f"Variables {name} are not allowed on launch.")
            choices = questions[name].get("choices")
            if choices and not set(value) <= set(choices):
                raise Refused(extra_data=f"Value {value} for '{name}' expected to be one of {choices}.")
        for name, question in questions.items():
            if question["required"] and name not in variables and not question.get("default"):
                raise Refused(extra_data=f"'{name}' value missing")

    def _check_association(self, kind: str, what: str, others: list[int], added: int) -> None:
        if kind == "job_templates" and what == "credentials":
            types = [self.objects["credentials"][number]["credential_type"] for number in [*others, added]]
            if len(set(types)) != len(types):
                raise Refused(detail="Cannot assign multiple credentials of the same type.")


def _approval(body: Json) -> Json:
    """The modules send all that they know of the node too, which AWX does not keep."""
    return {name: value for name, value in body.items() if name in ("name", "description", "timeout")}


def _check_survey(survey: Json) -> None:
    if set(survey) != {"name", "description", "spec"} or not survey["spec"]:
        raise Refused(error="'name', 'description' and 'spec' are required.")
    for question in survey["spec"]:
        missing = {"type", "question_name", "variable", "required"} - set(question)
        if missing:
            raise Refused(error=f"{', '.join(missing)} missing from a question.")
        if question["type"] in ("multiplechoice", "multiselect") and not question.get("choices"):
            raise Refused(error="choices must be given")
        if question["type"] not in (
            "text",
            "textarea",
            "password",
            "multiplechoice",
            "multiselect",
            "integer",
            "float",
        ):
            raise Refused(error=f"'{question['type']}' is not allowed as a type")


def _check_recurrence(rule: str) -> None:
    for wanted in ("DTSTART", "RRULE", "INTERVAL"):
        if len(re.findall(wanted, rule)) != 1:
            raise Refused(rrule=f"{wanted} is required in rrule, once.")
    if not re.search(r"DTSTART(;TZID=[^:]+:\d{8}T\d{6}|:\d{8}T\d{6}Z)", rule):
        raise Refused(rrule="DTSTART cannot be a naive datetime.")
    if "SECONDLY" in rule:
        raise Refused(rrule="SECONDLY is not supported.")
    rrulestr(rule.replace(" ", "\n"))


def _page(results: list[Json]) -> Json:
    return {"count": len(results), "next": None, "previous": None, "results": results}


@contextmanager
def serving(api: AwxApi) -> Iterator[str]:
    """Serve the API on loopback and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            try:
                if self.headers.get("Authorization") != "Bearer awx-token":
                    code, answer = 401, {"detail": "Authentication credentials were not provided."}
                else:
                    path = url.path.removeprefix("/api/v2/")
                    code, answer = api.handle(self.command, path, dict(parse_qsl(url.query)), body)
            except Refused as refused:
                code, answer = 400, json.loads(str(refused))
            content = b"" if code == 204 else json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, *_args: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
