# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The messages in the guides' tables are those of the code, and the providers' codes are such as the sandbox or the code knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
# Codes and words of the providers that no sandbox plays, each with the page that has them.
_RESTORE_POINTS = "learn.microsoft.com/azure/virtual-machines/restore-point-troubleshooting"
_ARM = "learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors"
_BLOBS = "learn.microsoft.com/rest/api/storageservices/blob-service-error-codes"
PROVIDERS_OWN = {
    "maximum allowed snapshot limit": _RESTORE_POINTS,
    "DiskRestorePointClientError": _RESTORE_POINTS,
    "Keyvault associated with DiskEncryptionSet not found": _RESTORE_POINTS,
    "VMAgentStatusCommunicationError": _RESTORE_POINTS,
    "VMRestorePointInternalError": _RESTORE_POINTS,
    "AADSTS7000215": "learn.microsoft.com/entra/identity-platform/reference-error-codes",
}


def source(folder: str) -> str:
    """All code of a folder, with texts that go over several lines put together, and fields as `...`."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / folder).rglob("*.[py]*[yl]")))
    text = re.sub(r"\"\s*\n\s*f?\"", "", text)
    text = re.sub(r"\s*\n\s*", " ", text)
    return re.sub(r"\{[^{}]*\}", "...", text)


CODE = source("plugins") + source("playbooks") + source("roles")
SANDBOX = source("tests/sandbox")


def phrases() -> Iterator[str]:
    """What stands between backticks in the first column of the tables, without what stands for something else."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = line.split(" | ")
        if len(cells) == 3:
            for quoted in re.findall(r"`([^`]+)`", cells[0]):
                yield from (part.strip(" :;,()") for part in quoted.split("..."))


PHRASES = [phrase for phrase in dict.fromkeys(phrases()) if len(phrase) > 3]


def test_there_are_some() -> None:
    assert len(PHRASES) > 60


@pytest.mark.parametrize("phrase", PHRASES)
def test_phrase(phrase: str) -> None:
    known = phrase in CODE or phrase in SANDBOX
    assert known != (phrase in PROVIDERS_OWN), "nobody says so" if not known else "it need not stand in PROVIDERS_OWN"


def test_every_exception_is_used() -> None:
    assert set(PROVIDERS_OWN) <= set(PHRASES)
