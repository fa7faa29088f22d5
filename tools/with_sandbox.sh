#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Start a sandbox, run COMMAND with its environment, and stop it whatever happens.
# SANDBOX_JSON names a file with the sandbox's addresses and credentials.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

name=$1
shift
folder=$BUILD/sandbox/$name
rm -rf "$folder"
mkdir -p "$folder"
export SANDBOX_JSON=$folder/env.json

stop() {
  if [ -s "$folder/pid" ]; then
    kill "$(cat "$folder/pid")" 2>/dev/null || true
  fi
}
trap stop EXIT

python tests/sandbox --detach --seed "${SANDBOX_SEED:-demo}" --speed "${SANDBOX_SPEED:-600}" --port 0 --state-dir "$folder/state" \
  --log-requests "$folder/requests.jsonl" --env-file "$folder/env" --json-file "$SANDBOX_JSON" \
  --pid-file "$folder/pid" >"$folder/log" 2>&1 || {
  cat "$folder/log" >&2
  exit 1
}
set -a
# shellcheck source=/dev/null
source "$folder/env"
set +a
"$@"
