#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The sandbox in the foreground: it prints its environment, and Ctrl-C ends it. Further arguments are its own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$BUILD/sandbox/foreground
mkdir -p "$folder"
exec python tests/sandbox --seed demo --speed 600 --port 0 --state-dir "$folder/state" --env-file "$folder/env" "$@"
