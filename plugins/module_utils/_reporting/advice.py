# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about what went wrong, by the reason that the modules give. Pure."""

from __future__ import annotations

import json
import re
import shlex

# The first that fits counts, so the particular stands before the general.
_BY_REASON: tuple[tuple[str, str], ...] = (
    (
        r"two weeks",
        (
            "Azure ends a copy after two weeks. Copy more often, so that each copy is smaller, or leave the largest disks out "
            "(exclude_disks); then start it again with replace_failed: true."
        ),
    ),
    (
        r"Python package|missing_required_lib|No module named",
        (
            "Install the named package for the Python that runs the modules (ansible_python_interpreter), or use the execution "
            "environment."
        ),
    ),
    (
        r"\bkms\b|key policy|key ?vault|disk_encryption_set|encryption key|KeyUnavailable",
        "The key cannot be used there. See that it exists at the target, is enabled, and that its policy lets the service use it.",
    ),
    (
        r"AuthorizationFailed|Access ?Denied|not authori[sz]ed|may not be seen|may not see|Forbidden|\b403\b|permission",
        (
            "The identity lacks a permission, or the resource is not there: providers answer both alike. Compare its role with the "
            "permissions in the guide of this type."
        ),
    ),
    (
        r"InvalidAuthenticationToken|ExpiredToken|credential|sign in|invalid_client|Unauthorized|\b401\b|AADSTS|UnrecognizedClient",
        "Signing in failed. Renew the secret or token of the account that the job uses, then run status again.",
    ),
    (
        r"quota|LimitExceeded|OperationNotAllowed|restore points and Azure keeps|at most \d|TooManySnapshots",
        (
            "A limit of the provider is reached. Delete what has served (retention: keep_newest, keep_younger_than) or have the "
            "limit raised."
        ),
    ),
    (
        r"throttl|TooManyRequests|\b429\b|SlowDown|an hour|may start in",
        "The provider's rate limit holds it back. The next run takes it up; spread the runs out if this stays.",
    ),
    (
        (
            r"source cannot be asked|region cannot be asked|cannot be reached|cannot be asked|unreachable|timed out|"
            r"Connection|Name or service not known|\b50[234]\b"
        ),
        (
            "It cannot be reached. See the provider's status page and the network from where the job runs. What is at the targets "
            "stays usable: if the place is gone, follow the runbook and fail over."
        ),
    ),
    (
        r"locked|lifecycle|delete_after_days|expire|expiry|expiration|retention",
        "The retention asked for and what the vault or copy allows do not go together. Set the lifetime as the reason says.",
    ),
    (
        r"cold storage|archived|rehydrate",
        "It is in an archive tier, from which nothing is copied. Copy earlier, or move it back first.",
    ),
    (
        r"MD5|has \d+ bytes|differences|not what the",
        (
            "What arrived is not what was sent. Do not rely on this copy: let it be made again, and find out what changes the source "
            "or the target meanwhile."
        ),
    ),
    (
        r"does not exist|ResourceNotFound|NotFound|no such|not there|has no",
        "Something that the workload names is not there. See whether it was renamed, moved or deleted, and mend the workload's entry.",
    ),
    (
        r"is leased|attached to|another copy|somebody else|in use|Conflict|\b409\b",
        "Somebody else works on the same resource. Find out who, then run again.",
    ),
    (
        r"copies no copies|another region|of a copy|partition|does not overwrite|of another account|cannot be changed|cannot be moved",
        "The provider never does what is asked for. Change the workload's entry as the reason says.",
    ),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), advice) for pattern, advice in _BY_REASON)


def command(verb: str, workload: str) -> str:
    """Return the command line that does a verb for one workload."""
    names = json.dumps({"dr_names": [workload]}, ensure_ascii=False)
    return f"ansible-playbook bcdr.multicloud.{verb} -e @fleet.yml -e {shlex.quote(names)}"


def for_reason(reason: str, otherwise: str) -> str:
    """Return what to do about a reason; `otherwise` where nothing particular is known."""
    for pattern, advice in _COMPILED:
        if pattern.search(reason):
            return advice
    return otherwise


def for_failure(reason: str) -> str:
    """Return what to do about copies or recovery points that failed."""
    return for_reason(
        reason, "Read the reason and the provider's own log of it; mend the cause, then run protect for this workload."
    )


def for_breach(has_point: bool, running: bool, reason: str, copy_failed: bool) -> str:
    """Return what to do about a breached objective. `has_point` says whether any usable copy is there."""
    if copy_failed:
        return for_failure(reason)
    if running:
        return (
            "A copy is on its way and ends the breach when it has arrived. If this comes again, make points earlier (max_age) or "
            "copy less data."
        )
    if not has_point:
        return "Nothing can be restored at this target yet. Run protect now."
    return "No copy is on its way. Run protect now, and see whether the schedule that should have run it still does."


def for_unknown(reason: str) -> str:
    """Return what to do where something could not be looked into."""
    return for_reason(reason, "Find out why it cannot be looked into, then run status again.")


def for_run(failure: str) -> str:
    """Return what to do about a failure of the run itself."""
    return for_reason(failure, "Mend what the message names and run it again; what is done already is not done twice.")


def for_drill(status: str, reason: str) -> str:
    """Return what to do about the last drill."""
    if status == "none":
        return "Never drilled: nobody knows whether it can be restored. Run a drill."
    if status == "stale":
        return "The last drill that succeeded is too long ago. Run a drill."
    if status == "slow":
        return "Restoring took longer than its objective. Restore faster storage or less data, or agree on another objective."
    return for_reason(
        reason,
        "The drill failed: treat the workload as not restorable until one succeeds. Mend the cause, drill again.",
    )
