#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Make .venv and the collection tree below .build. The second run finds the stamp and is done at once.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

MINIMUM="3.11"

# A name on PATH may be a shim that cannot run, or a Python without the modules that make a venv.
find_python() {
  local candidate
  for candidate in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if "$candidate" -c "
import ensurepip, sys, venv
sys.exit(not (tuple(map(int, '$MINIMUM'.split('.'))) <= sys.version_info < (3, 15)))" >/dev/null 2>&1; then
      # The program itself: a shim would choose anew, depending on the folder.
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  echo "setup: no Python $MINIMUM to 3.14 with venv and ensurepip was found on PATH (on Debian: apt-get install python3-venv)" >&2
  return 1
}

make_venv() {
  local python=$1
  printf 'setup: making .venv with %s (a minute or two)\n' "$("$python" --version)"
  rm -rf "$VENV"
  "$python" -m venv "$VENV"
  "$VENV/bin/python" -m pip install -qq --disable-pip-version-check \
    --requirement requirements/dev.txt --constraint requirements/constraints.txt
}

# ansible-test runs with a HOME of its own below .build, and drops PIP_* on the way to the pip that it starts:
# hand over how pip is set up here, else it would not find its index behind a proxy or a mirror.
hand_over_pip_config() {
  local folder=$BUILD/home/.config/pip
  mkdir -p "$folder"
  (umask 077 && "$VENV/bin/python" -m pip config list | "$VENV/bin/python" tools/pip_config.py >"$folder/pip.conf")
}

# Where ansible-test looks for the get-pip of each version of ansible-core, before it tries to download it.
place_get_pip() {
  local folder=$BUILD/home/.ansible/test/cache version
  mkdir -p "$folder"
  for version in 23_1_2 24_2 25_2; do
    cp tools/get_pip_stand_in.py "$folder/get_pip_$version.py"
  done
}

link_collection() {
  mkdir -p "$COLLECTIONS/$(dirname "$COLLECTION")" "$BUILD/ansible/async" "$BUILD/logs" "$BUILD/results"
  ln -sfn "$ROOT" "$COLLECTIONS/$COLLECTION"
  touch "$ANSIBLE_CONFIG"
}

fingerprint() {
  cat requirements-*.txt requirements/*.txt tools/setup.sh | cksum
  # A venv does not survive a move, and neither the loss of its interpreter.
  echo "$VENV"
  "$VENV/bin/python" --version 2>/dev/null || echo "no venv"
}

if [ "$(fingerprint)" != "$(cat "$BUILD/venv.stamp" 2>/dev/null)" ]; then
  mkdir -p "$BUILD"
  rm -f "$BUILD/venv.stamp"
  # Not with the Python of the .venv that is about to go.
  python=$(PATH=${PATH#"$VENV/bin:"} find_python)
  make_venv "$python"
  fingerprint >"$BUILD/venv.stamp"
fi
link_collection
hand_over_pip_config
place_get_pip
tools/azurite.sh
