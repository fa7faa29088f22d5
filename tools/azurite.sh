#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Make .build/azurite: Microsoft's Azurite from npm, as the lock file says, and a link to the Node that runs it. That is
# the machine's Node where there is one, else one from the registry of Python packages. The second run is done at once.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

MINIMUM=18
source=tests/sandbox/azure/storage
folder=$BUILD/azurite

find_node() {
  local node
  node=$(command -v node || true)
  if [ -n "$node" ] && command -v npm >/dev/null &&
    [ "$("$node" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge "$MINIMUM" ]; then
    # The program itself: a shim would choose anew, depending on the folder.
    "$node" -p process.execPath
    return
  fi
  make_environment "$BUILD/node" requirements/node.txt
  echo "$BUILD/node/bin/node"
}

stamp=$(cat "$source"/package*.json requirements/node.txt tools/azurite.sh | cksum)
if [ "$stamp" = "$(cat "$folder/stamp" 2>/dev/null)" ] && "$folder/node" --version >/dev/null 2>&1; then
  exit 0
fi
rm -rf "$folder"
mkdir -p "$folder"
node=$(find_node)
# npm starts the node that it finds on PATH.
if [ "$node" = "$BUILD/node/bin/node" ]; then
  export PATH=$BUILD/node/bin:$PATH
fi
cp "$source"/package*.json "$folder/"
# No package of it needs to run anything when it is installed.
(cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error --cache "$folder/cache" >/dev/null)
rm -rf "$folder/cache"
ln -sfn "$node" "$folder/node"
echo "$stamp" >"$folder/stamp"
