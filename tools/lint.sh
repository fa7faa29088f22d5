#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every linter runs, so that one round shows all there is to mend.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

failed=()
check() {
  local name=$1
  shift
  heading "$name"
  "$@" || failed+=("$name")
}

check_types() {
  (cd "$COLLECTIONS" && MYPYPATH=$COLLECTIONS mypy --config-file "$ROOT/pyproject.toml" --cache-dir "$BUILD/mypy" \
    --package ansible_collections.bcdr.multicloud.plugins)
}

check_types_of_tests() {
  MYPYPATH=$ROOT/tests:$COLLECTIONS mypy --cache-dir "$BUILD/mypy-tests" --package sandbox --package system --package benchmarks
}

check "ruff check" ruff check --cache-dir "$BUILD/ruff" .
check "ruff format" ruff format --cache-dir "$BUILD/ruff" --check .
check "yamllint" yamllint --strict .
check "shellcheck" shellcheck --external-sources --source-path=SCRIPTDIR tools/*.sh .ci/run
check "mypy (plugins)" check_types
check "mypy (tests)" check_types_of_tests
# The example's playbook for AWX is checked with the modules that it uses.
awx=$(tools/awx_collection.sh)
export ANSIBLE_COLLECTIONS_PATH=$COLLECTIONS:$awx
check "ansible-lint" ansible-lint --profile production --offline

if [ ${#failed[@]} -gt 0 ]; then
  printf '\nlint: failed: %s\n' "$(IFS=,; echo "${failed[*]}")" >&2
  exit 1
fi
