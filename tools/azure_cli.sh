#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Make .build/azure-cli, an environment of its own for the Azure CLI (some 200 packages), which the benchmark of blobs is compared
# with: tests/benchmarks/blobs.py --az .build/azure-cli/bin/az. The second run finds it and is done at once.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

make_environment "$BUILD/azure-cli" requirements/azure-cli.txt
