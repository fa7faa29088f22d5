#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Print the path of a Chromium for the tests of the page: the one that BCDR_CHROMIUM names, or one that is installed. Where
# there is none, root on a Debian gets the package chromium, as a pipeline's container does.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

find_chromium() {
  local candidate
  for candidate in "${BCDR_CHROMIUM:-chromium}" chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$candidate" >/dev/null && "$candidate" --version >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
    if [ -n "${BCDR_CHROMIUM:-}" ]; then
      echo "chromium: BCDR_CHROMIUM is $BCDR_CHROMIUM, which does not run" >&2
      exit 1
    fi
  done
  return 1
}

# Two stages may want it at once.
if command -v flock >/dev/null; then
  mkdir -p "$BUILD"
  exec 9>"$BUILD/chromium.lock"
  flock 9
fi
if ! find_chromium; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "chromium: the tests of the page need Chromium or Google Chrome; install it (on Debian: apt-get install chromium)" \
      "or name one in BCDR_CHROMIUM" >&2
    exit 1
  fi
  echo "chromium: installing the package chromium" >&2
  export DEBIAN_FRONTEND=noninteractive
  log=$BUILD/logs/chromium.log
  mkdir -p "$(dirname "$log")"
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >"$log" 2>&1 9>&- || {
    tail -n 20 "$log" >&2
    echo "chromium: apt-get could not install chromium; install it by hand or name one in BCDR_CHROMIUM" >&2
    exit 1
  }
  find_chromium
fi
