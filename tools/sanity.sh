#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every sanity test that needs no container, with the Python that runs here.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$(tools/mirror.sh sanity)
tools/ansible_test.sh "$folder" sanity --junit
