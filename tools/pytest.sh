#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Run the tests of tests/NAME with plain pytest; further arguments are pytest's.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

name=$1
shift
# Tests of the sandbox talk to it with the AWS CLI; without this they would be skipped.
if [ "$name" = unit ]; then
  tools/aws_cli.sh
  export BCDR_AWS_CLI=$BUILD/aws-cli/bin/aws
fi
# Whole playbooks run the Nutanix modules where their client libraries are.
if [ "$name" = system ]; then
  BCDR_NUTANIX_PYTHON=$(tools/nutanix.sh environment)
  export BCDR_NUTANIX_PYTHON
fi
PYTHONPATH=$COLLECTIONS PYTHONDONTWRITEBYTECODE=1 exec python -m pytest -q \
  --rootdir "$COLLECTIONS/$COLLECTION" --junit-xml "$BUILD/results/$name.xml" \
  "$COLLECTIONS/$COLLECTION/tests/$name" "$@"
