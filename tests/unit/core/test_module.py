# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of all modules, end to end in this process with a provider that only remembers what it was given."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.bcdr.multicloud.plugins.module_utils._core.errors import MissingLibrary
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.module import (
    ModuleDefinition,
    run_module,
)
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.provider import AccountProvider, Item
from ansible_collections.bcdr.multicloud.plugins.module_utils._core.reconcile import (
    BLOCKED,
    FAILED,
    RUNNING,
    SUCCEEDED,
    Action,
    Decision,
    Settings,
)

OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "aliases": ["vm_name"]},
    "location": {"type": "str"},
    "size": {"type": "int", "default": 4},
    "secret": {"type": "str", "no_log": True},
    "client_id": {"type": "str"},
    "source_vm": {"type": "str"},
    "source_collection": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


class FakeItem(Item):
    """An item whose decision hangs on its name, and which notes what was performed."""

    def __init__(self, params: Mapping[str, Any], performed: list[str]) -> None:
        super().__init__(params["name"], params["name"])
        self._params = params
        self._performed = performed
        self._done = False

    def observe(self) -> Any:
        return None

    def decide(self, observed: Any) -> Decision:
        name = self._params["name"]
        if name.startswith("bad"):
            return Decision(FAILED, f"no quota for {self._params['secret']}")
        if name.startswith("never"):
            return Decision(BLOCKED, "same region")
        if name.startswith("slow"):
            return Decision(RUNNING, "os 40 %", percent=40.0)
        if name.startswith("boom"):
            raise RuntimeError("boom")
        if name.startswith("warn"):
            return Decision(SUCCEEDED, warnings=("sig is late: https://x/?sig=abcdefgh",))
        if self._done or name.startswith("old"):
            return Decision(SUCCEEDED, result={"size": self._params["size"], "echo": self._params["secret"]})
        action = Action("create", f"thing {name}", after={"size": self._params["size"]})
        later = Action("start", f"thing {name}", after={"size": self._params["size"], "started": True})
        return Decision(RUNNING, "being made", actions=(action,), later=(later,))

    def perform(self, action: Action) -> None:
        self._performed.append(action.describe())
        self._done = True


class FakeProvider(AccountProvider[list[str]]):
    """Lends all items one list of what was performed."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(FakeItem)
        self.settings = settings
        self.asked: list[Mapping[str, Any]] = []
        self.performed: list[str] = []
        self.rounds = 0
        self.missing: str | None = None

    def before_round(self) -> None:
        self.rounds += 1

    def session(self, params: Mapping[str, Any]) -> list[str]:
        if self.missing:
            raise MissingLibrary(self.missing, "No module named 'x'")
        self.asked.append(params)
        return self.performed


class Run:
    """What one run of the module printed and did."""

    def __init__(self, result: dict[str, Any], text: str, provider: FakeProvider | None) -> None:
        self.result = result
        self.text = text
        self.failed = bool(result.get("failed"))
        self.provider = provider

    @property
    def performed(self) -> list[str]:
        return sorted(self.provider.performed) if self.provider else []

    @property
    def asked(self) -> list[Mapping[str, Any]]:
        return self.provider.asked if self.provider else []


@contextlib.contextmanager
def module_args(args: dict[str, Any]) -> Iterator[None]:
    """Give AnsibleModule its arguments, on every supported ansible-core."""
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:
        basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode()
        try:
            yield
        finally:
            basic._ANSIBLE_ARGS = None
    else:
        with patch_module_args(args):
            yield


Runner = Callable[..., Run]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Runner:
    """Run a module whose arguments are the keywords; those with a leading underscore are Ansible's own."""

    def runner(definition: dict[str, Any] | None = None, missing: str | None = None, **args: Any) -> Run:
        made: list[FakeProvider] = []

        def provider(settings: Settings) -> FakeProvider:
            made.append(FakeProvider(settings))
            made[0].missing = missing
            return made[0]

        built = ModuleDefinition(
            **{"options": OPTIONS, "required": ["name"], "provider": provider, **(definition or {})}
        )
        args = {"_ansible_remote_tmp": str(tmp_path), "_ansible_keep_remote_files": False, **args}
        with module_args(args), pytest.raises(SystemExit):
            run_module(built)
        text = capsys.readouterr().out
        return Run(json.loads(text), text, made[0] if made else None)

    return runner


class TestOneItem:
    def test_result_is_the_item_itself(self, run: Runner) -> None:
        done = run(name="vm-1")
        assert not done.failed
        assert done.result["label"] == "vm-1"
        assert done.result["status"] == SUCCEEDED
        assert done.result["changed"] is True
        assert done.result["settled"] is True
        assert done.result["actions"] == ["create thing vm-1"]
        assert done.result["size"] == 4
        assert "results" not in done.result
        assert "summary" not in done.result

    def test_nothing_to_do_is_no_change(self, run: Runner) -> None:
        assert run(name="old").result["changed"] is False

    def test_label_is_what_the_user_calls_it(self, run: Runner) -> None:
        assert run(name="old", label="the database").result["label"] == "the database"

    def test_alias(self, run: Runner) -> None:
        assert run(vm_name="old").result["label"] == "old"

    @pytest.mark.parametrize("name", ["bad", "never", "boom"])
    def test_failure_and_blocked_fail_the_task(self, run: Runner, name: str) -> None:
        done = run(name=name, secret="hidden-value")
        assert done.failed
        assert done.result["msg"].startswith(f"{name}: ")

    def test_missing_required_option(self, run: Runner) -> None:
        done = run(location="westeurope")
        assert done.failed
        assert "name" in done.result["msg"]
        assert done.asked == []

    def test_warnings_are_shown_without_secrets(self, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        warned: list[str] = []
        monkeypatch.setattr(basic.AnsibleModule, "warn", lambda self, warning, **kwargs: warned.append(warning))
        run(name="warn")
        assert warned == ["sig is late: https://x/?sig=********"]

    def test_a_wait_that_is_too_short_fails_and_says_so(self, run: Runner) -> None:
        done = run(name="slow", wait_timeout="0s")
        assert done.failed
        assert done.result["timed_out"] is True
        assert done.result["msg"].startswith("slow: still running at 40 % after 0s (os 40 %)")

    def test_without_wait_running_is_no_failure(self, run: Runner) -> None:
        done = run(name="slow", wait=False)
        assert not done.failed
        assert done.result["settled"] is False
        assert done.result["progress_percent"] == 40.0

    def test_missing_library_is_named_as_ansible_does(self, run: Runner) -> None:
        done = run(name="vm-1", missing="azure-identity")
        assert done.failed
        assert "Failed to import the required Python library (azure-identity)" in done.result["msg"]


class TestBatchLayers:
    def test_an_entry_lies_over_the_task(self, run: Runner) -> None:
        done = run(location="westeurope", size=8, batch=[{"name": "a"}, {"name": "b", "size": 2, "location": "eastus"}])
        assert [(item["name"], item["location"], item["size"]) for item in done.asked] == [
            ("a", "westeurope", 8),
            ("b", "eastus", 2),
        ]

    def test_defaults_hold_in_entries_too(self, run: Runner) -> None:
        done = run(batch=[{"name": "a"}])
        assert done.asked[0]["size"] == 4
        assert done.asked[0]["state"] == "present"

    def test_values_of_entries_are_converted(self, run: Runner) -> None:
        assert run(batch=[{"name": "a", "size": "16"}]).asked[0]["size"] == 16

    def test_an_alias_in_an_entry_lies_over_the_task_too(self, run: Runner) -> None:
        done = run(name="task", batch=[{"vm_name": "entry"}, {}])
        assert [item["name"] for item in done.asked] == ["entry", "task"]

    def test_an_alias_at_the_task_is_laid_under_entries(self, run: Runner) -> None:
        done = run(vm_name="task", batch=[{}, {"name": "entry"}])
        assert [item["name"] for item in done.asked] == ["task", "entry"]

    def test_the_callers_entries_are_complete_before_anything_starts(self, run: Runner) -> None:
        done = run(batch=[{"name": "a"}, {"location": "x"}, {"name": "c", "state": "gone"}])
        assert done.failed
        assert done.performed == []
        assert "batch[1]: missing required arguments: name" in done.result["msg"]
        assert "batch[2] (c): " in done.result["msg"]
        assert "batch[0]" not in done.result["msg"]
        assert done.result["msg"].endswith("nothing was started")

    def test_an_empty_batch_is_nothing_to_do(self, run: Runner) -> None:
        done = run(batch=[])
        assert not done.failed
        assert done.result["results"] == []
        assert done.result["settled"] is True


class TestBatchMistakes:
    def test_a_typo_gives_one_line_with_a_suggestion(self, run: Runner) -> None:
        done = run(batch=[{"name": "a"}, {"name": "b", "locaton": "eastus"}])
        assert done.failed
        assert done.result["msg"] == (
            "batch[1] (b): unknown option locaton; did you mean location?; nothing was started"
        )
        assert done.performed == []

    def test_an_option_unlike_any_other_gets_no_suggestion(self, run: Runner) -> None:
        message = run(batch=[{"name": "b", "zzzzzz": 1}]).result["msg"]
        assert "unknown option zzzzzz" in message
        assert "did you mean" not in message

    @pytest.mark.parametrize(
        "option", ["wait", "wait_timeout", "wait_delay", "batch", "batch_concurrency", "journal_path"]
    )
    def test_options_of_the_task_have_no_place_in_an_entry(self, run: Runner, option: str) -> None:
        done = run(batch=[{"name": "a"}, {"name": "b", option: 1}])
        assert done.failed
        assert done.result["msg"].startswith(f"batch[1]: {option} belongs to the task")
        assert done.asked == []

    def test_two_entries_about_one_resource_are_refused(self, run: Runner) -> None:
        done = run(batch=[{"name": "a"}, {"name": "a"}])
        assert done.failed
        assert done.result["msg"].startswith("batch[1] (a): a is about the same resource")
        assert done.performed == []

    @pytest.mark.parametrize(
        ("rules", "entry", "words"),
        [
            (
                {"mutually_exclusive": [("source_vm", "source_collection")]},
                {"source_vm": "x", "source_collection": "y"},
                "mutually exclusive",
            ),
            ({"required_together": [("client_id", "secret")]}, {"client_id": "x"}, "required together"),
            ({"required_one_of": [("source_vm", "source_collection")]}, {}, "one of the following is required"),
            ({"required_if": [("state", "absent", ["location"])]}, {"state": "absent"}, "location"),
        ],
    )
    def test_rules_between_options_hold_in_every_entry(
        self, run: Runner, rules: dict[str, Any], entry: dict[str, Any], words: str
    ) -> None:
        done = run(definition=rules, batch=[{"name": "a", **entry}])
        assert done.failed
        assert words in done.result["msg"]
        assert done.asked == []
        assert run(definition=rules, name="a", **entry).failed

    def test_rules_may_be_met_by_task_and_entry_together(self, run: Runner) -> None:
        rules = {"required_together": [("client_id", "secret")]}
        assert not run(definition=rules, client_id="x", batch=[{"name": "a", "secret": "hidden-value"}]).failed

    @pytest.mark.parametrize("concurrency", [0, -1])
    def test_concurrency_below_one(self, run: Runner, concurrency: int) -> None:
        assert run(batch=[{"name": "a"}], batch_concurrency=concurrency).result["msg"].startswith("batch_concurrency: ")

    def test_one_at_a_time_is_allowed(self, run: Runner) -> None:
        assert not run(batch=[{"name": "a"}, {"name": "b"}], batch_concurrency=1).failed

    @pytest.mark.parametrize("option", ["wait_timeout", "wait_delay"])
    def test_durations_that_are_none(self, run: Runner, option: str) -> None:
        done = run(name="vm-1", **{option: "soon"})
        assert done.failed
        assert done.result["msg"].startswith(f"{option}: 'soon' is not a duration")
        assert done.performed == []

    def test_a_journal_that_cannot_be_written(self, run: Runner, tmp_path: Path) -> None:
        done = run(name="vm-1", journal_path=str(tmp_path / "no" / "journal"))
        assert done.failed
        assert done.result["msg"].startswith("journal_path: ")
        assert done.performed == []


class TestSecrets:
    SECRET = "Zx9-very-hidden"

    def test_of_entries_are_masked_everywhere(self, run: Runner) -> None:
        done = run(batch=[{"name": "bad", "secret": self.SECRET}, {"name": "old", "secret": "other-" + self.SECRET}])
        assert self.SECRET not in done.text
        assert done.failed

    def test_of_the_task_are_masked(self, run: Runner) -> None:
        assert self.SECRET not in run(name="bad", secret=self.SECRET).text

    @pytest.mark.parametrize("shown", ["pass%40word", "pass@word"])
    def test_passwords_in_urls(self, run: Runner, shown: str) -> None:
        """A proxy's address, deep in an option that is no secret as a whole."""
        done = run(name=f"bad-{shown}", location="https://user:pass%40word@proxy:3128", secret="hidden-value")
        assert '"label": "bad-' in done.text
        assert shown not in done.text
        done = run(batch=[{"name": f"never-{shown}"}], location="http://u:pass%40word@proxy")
        assert "never-" in done.text
        assert shown not in done.text

    @pytest.mark.parametrize(
        "mistake",
        [
            pytest.param({"wait_timeout": "soon"}, id="bad duration"),
            pytest.param({"batch_concurrency": 0}, id="bad concurrency"),
            pytest.param({"missing": "azure-core"}, id="library missing at the first item"),
            pytest.param({"entry": {"wait": True}}, id="option of the task in an entry"),
            pytest.param({"entry": {"locaton": "x"}}, id="typo"),
            pytest.param({"entry": {"size": "much"}}, id="wrong type"),
        ],
    )
    def test_are_masked_whatever_stops_the_task(self, run: Runner, mistake: dict[str, Any]) -> None:
        """Ansible prints the task's arguments, batch and all, with -vvv."""
        entry = mistake.get("entry", {})
        options = {name: value for name, value in mistake.items() if name != "entry"}
        done = run(batch=[{"name": "a"}, {"name": "b", "secret": self.SECRET, **entry}], **options)
        assert done.failed
        assert self.SECRET not in done.text


class TestBatchResult:
    def test_failed_items_fail_the_task_after_all_others_ran(self, run: Runner) -> None:
        done = run(batch=[{"name": "bad", "secret": "hidden-value"}, {"name": "a"}, {"name": "boom"}, {"name": "b"}])
        assert done.failed
        assert done.performed == ["create thing a", "create thing b"]
        assert [item["status"] for item in done.result["results"]] == [FAILED, SUCCEEDED, FAILED, SUCCEEDED]
        assert done.result["msg"].startswith("2 of 4 items failed: bad: failed: ")
        assert "; boom: failed: unexpected RuntimeError" in done.result["msg"]
        assert done.result["changed"] is True
        assert done.result["summary"][SUCCEEDED] == 2

    def test_shape_and_labels(self, run: Runner) -> None:
        done = run(batch=[{"name": "old-a", "label": "A"}, {"name": "old-b"}])
        assert [item["label"] for item in done.result["results"]] == ["A", "old-b"]
        assert done.result["settled"] is True
        assert done.result["changed"] is False
        assert "label" not in done.result
        assert "status" not in done.result

    def test_the_provider_forgets_before_each_round(self, run: Runner) -> None:
        done = run(name="old")
        assert done.provider is not None
        assert done.provider.rounds == 1


class TestCheckAndDiff:
    def test_check_mode_changes_nothing_and_predicts(self, run: Runner) -> None:
        done = run(name="vm-1", _ansible_check_mode=True)
        assert done.performed == []
        assert done.result["changed"] is True
        assert done.result["actions"] == ["create thing vm-1", "start thing vm-1"]
        assert run(name="vm-1", wait=False, _ansible_check_mode=True).result["actions"] == ["create thing vm-1"]

    def test_no_diff_unless_asked(self, run: Runner) -> None:
        assert "diff" not in run(name="vm-1").result

    def test_diff_of_one_item(self, run: Runner) -> None:
        assert run(name="vm-1", _ansible_diff=True).result["diff"] == {
            "before": {"thing vm-1": None},
            "after": {"thing vm-1": {"size": 4}},
            "before_header": "vm-1",
            "after_header": "vm-1",
        }

    def test_diff_of_an_unchanged_item_is_empty(self, run: Runner) -> None:
        assert run(name="old", _ansible_diff=True).result["diff"] == {"before": {}, "after": {}}

    def test_diff_of_a_batch_has_one_entry_per_changed_item(self, run: Runner) -> None:
        done = run(batch=[{"name": "a"}, {"name": "old"}, {"name": "b"}], _ansible_diff=True, _ansible_check_mode=True)
        assert [one["before_header"] for one in done.result["diff"]] == ["a", "b"]


def test_the_journal_holds_what_moved(run: Runner, tmp_path: Path) -> None:
    """An item that was found as it should be has not moved."""
    journal = tmp_path / "journal.jsonl"
    run(batch=[{"name": "a"}, {"name": "old"}, {"name": "never"}], journal_path=str(journal))
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert [(line["label"], line["status"], line["actions"]) for line in lines] == [
        ("a", SUCCEEDED, ["create thing a"]),
        ("never", BLOCKED, []),
    ]
    assert lines[-1]["settled"] == 3


def test_a_module_that_only_reads_has_no_wait_options(run: Runner) -> None:
    assert not run(definition={"waits": False}, name="old").failed
    assert run(definition={"waits": False}, name="old", wait=False).failed
