#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The tests that need Nutanix's client libraries, in an environment of its own, because these want urllib3 1.26.
# Arguments are pytest's; with the one argument `environment` it is only made, and its interpreter printed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

nutanix=$BUILD/nutanix
# Two stages may want it at once.
if command -v flock >/dev/null; then
  mkdir -p "$BUILD"
  exec 9>"$BUILD/nutanix.lock"
  flock 9
fi
stamp=$(cat requirements/nutanix.txt requirements-nutanix.txt | cksum; echo "$VENV")
if [ "$stamp" != "$(cat "$nutanix/stamp" 2>/dev/null)" ]; then
  rm -rf "$nutanix"
  python -m venv "$nutanix"
  "$nutanix/bin/python" -m pip install -qq --disable-pip-version-check --requirement requirements/nutanix.txt
  # All else is found in .venv: pytest, and what the sandbox needs. What is installed here goes first.
  folder='import sysconfig; print(sysconfig.get_path("purelib"))'
  python -c "$folder" >"$("$nutanix/bin/python" -c "$folder")/zz-venv.pth"
  echo "$stamp" >"$nutanix/stamp"
fi
exec 9>&-

if [ "${1:-}" = environment ]; then
  echo "$nutanix/bin/python"
  exit
fi

tests=$COLLECTIONS/$COLLECTION/tests/unit
PYTHONPATH=$COLLECTIONS PYTHONDONTWRITEBYTECODE=1 exec "$nutanix/bin/python" -m pytest -q \
  --rootdir "$COLLECTIONS/$COLLECTION" --junit-xml "$BUILD/results/nutanix.xml" \
  "$tests/nutanix" "$tests/sandbox/nutanix/test_conformance_nutanix_sdk.py" "$@"
