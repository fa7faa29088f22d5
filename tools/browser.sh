#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The tests of the report's page in a real browser, in an environment of their own. Arguments are pytest's; with the one
# argument `environment` it is only made, and its interpreter printed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

BCDR_CHROMIUM=$(tools/chromium.sh)
export BCDR_CHROMIUM
browser=$BUILD/browser
stamp=$(cat requirements/browser.txt; echo "$VENV")
if [ "$(cksum <<<"$stamp")" != "$(cat "$browser/stamp" 2>/dev/null)" ]; then
  rm -rf "$browser"
  python -m venv "$browser"
  "$browser/bin/python" -m pip install -qq --disable-pip-version-check --requirement requirements/browser.txt
  # All else is found in .venv.
  folder='import sysconfig; print(sysconfig.get_path("purelib"))'
  python -c "$folder" >"$("$browser/bin/python" -c "$folder")/zz-venv.pth"
  cksum <<<"$stamp" >"$browser/stamp"
fi
if [ "${1:-}" = environment ]; then
  echo "$browser/bin/python"
  exit
fi
PYTHONPATH=$COLLECTIONS PYTHONDONTWRITEBYTECODE=1 exec "$browser/bin/python" -m pytest -q \
  --rootdir "$COLLECTIONS/$COLLECTION" --junit-xml "$BUILD/results/browser.xml" \
  "$COLLECTIONS/$COLLECTION/tests/browser" "$@"
