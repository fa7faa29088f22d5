#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every scenario below extensions/molecule, against a sandbox of its own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Below the sandbox pip would trust the sandbox's certificates only.
BCDR_NUTANIX_PYTHON=$(tools/nutanix.sh environment)
export BCDR_NUTANIX_PYTHON
exec tools/with_sandbox.sh molecule molecule test --all "$@"
