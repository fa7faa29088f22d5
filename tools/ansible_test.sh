#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run ansible-test in the mirrored copy FOLDER with a HOME below .build, where its environments stay between runs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case $ROOT in
*[[:space:]]*)
  echo "ansible-test: cannot work below a folder with a space in its name: $ROOT" >&2
  exit 1
  ;;
esac

folder=$1 command=$2
shift 2
version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
cd "$folder"
HOME=$BUILD/home exec ansible-test "$command" --local --python "$version" --color no "$@"
