#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

status=0
heading "antsibull-docs"
# It writes a log to HOME.
HOME=$BUILD/home antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all . || status=1
heading "antsibull-changelog"
antsibull-changelog lint || status=1
heading "links"
python tools/check_links.py || status=1
heading "site"
tools/site.sh || status=1
exit $status
