#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The collection awx.awx, out of the package `ansible` (of which nothing else is unpacked); prints where it is.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$BUILD/awx
# Two stages may want it at once.
if command -v flock >/dev/null; then
  mkdir -p "$BUILD"
  exec 9>"$BUILD/awx.lock"
  flock 9
fi
stamp=$(cksum <requirements/awx.txt)
if [ "$stamp" != "$(cat "$folder/stamp" 2>/dev/null)" ]; then
  rm -rf "$folder"
  mkdir -p "$folder"
  python -m pip download -qq --disable-pip-version-check --no-deps --only-binary :all: --dest "$folder/download" \
    --requirement requirements/awx.txt
  python - "$folder" <<'PYTHON'
import sys, zipfile
from pathlib import Path

folder = Path(sys.argv[1])
(wheel,) = (folder / "download").glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(folder, [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")])
wheel.unlink()
PYTHON
  echo "$stamp" >"$folder/stamp"
fi
echo "$folder"
