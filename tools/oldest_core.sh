#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The playbooks with the oldest ansible-core that the collection says it runs on, in an environment of its own.
# Any warning fails.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

oldest=$BUILD/oldest-core
make_environment "$oldest" requirements/oldest-core.txt requirements-aws.txt requirements-azure.txt

# Below the sandbox pip would trust the sandbox's certificates only.
if [ "${1:-}" != in-sandbox ]; then
  exec tools/with_sandbox.sh oldest-core tools/oldest_core.sh in-sandbox
fi

export PATH=$oldest/bin:$PATH ANSIBLE_LOCALHOST_WARNING=false
export ANSIBLE_INVENTORY=$oldest/inventory
echo "localhost ansible_connection=local ansible_python_interpreter=$oldest/bin/python" >"$ANSIBLE_INVENTORY"
# Not head: it closes the pipe early, and the writer dies of that.
ansible --version | sed -n 1p

for verb in protect status drill failover cleanup protect; do
  log=$BUILD/logs/oldest-core-$verb.log
  ansible-playbook --diff -e @docs/examples/fleet.yml -e '{dr_names: [app-01, app-07, web-content]}' -e dr_confirm_failover=true -e dr_confirm_cleanup=true \
    -e azure_vm_wait_delay=1s -e efs_wait_delay=1s "bcdr.multicloud.$verb" 2>&1 | tee "$log"
  if grep -E '\[(WARNING|DEPRECATION WARNING)\]' "$log"; then
    echo "oldest core: $verb warns" >&2
    exit 1
  fi
done
grep -E '^localhost .*changed=0 ' "$log" >/dev/null || {
  echo "oldest core: the second protect changed something" >&2
  exit 1
}
