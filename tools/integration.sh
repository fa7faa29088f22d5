#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# ansible-test integration in a mirrored copy, against a sandbox of its own.
# Arguments are targets (default: all) and options of ansible-test integration.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Below the sandbox pip would trust the sandbox's certificates only.
BCDR_NUTANIX_PYTHON=${BCDR_NUTANIX_PYTHON:-$(tools/nutanix.sh environment)}
export BCDR_NUTANIX_PYTHON
if [ -z "${SANDBOX_JSON:-}" ]; then
  # A minute a second: waits are short, and yet an hourly limit outlasts every case.
  export SANDBOX_SEED=integration SANDBOX_SPEED=60
  exec tools/with_sandbox.sh integration tools/integration.sh "$@"
fi
folder=$(tools/mirror.sh integration)
python tools/integration_config.py "$SANDBOX_JSON" >"$folder/tests/integration/integration_config.yml"
tools/ansible_test.sh "$folder" integration --continue-on-error "$@"
