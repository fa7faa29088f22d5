#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the artifact from a copy that holds nothing that git ignores.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$(tools/mirror.sh build)
ansible-galaxy collection build --force --output-path "$BUILD/dist" "$folder"
