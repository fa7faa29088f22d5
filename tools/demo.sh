#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A day with the collection, against the sandbox: protect, status, drill, failover of one VM, cleanup, protect again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Four minutes of Azure's time pass in each second.
export SANDBOX_SPEED=240

if [ "${1:-}" != in-sandbox ]; then
  exec tools/with_sandbox.sh demo tools/demo.sh in-sandbox
fi

# Into a pipe Python would hold the progress lines back until a task ends.
export PYTHONUNBUFFERED=1
export ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false ANSIBLE_DISPLAY_OK_HOSTS=true
[ -t 1 ] && export ANSIBLE_FORCE_COLOR=1
log=$BUILD/demo.log
: >"$log"

step() {
  printf '\n\n==== %s\n' "$1" | tee -a "$log"
  shift
  printf '$ ansible-playbook %s\n' "$*" | tee -a "$log"
  ansible-playbook -e @docs/examples/fleet.yml -e azure_vm_wait_delay=1s "$@" 2>&1 | tee -a "$log"
}

requests() {
  python tools/demo_requests.py "$BUILD/sandbox/demo/requests.jsonl" "$1"
}

# The sandbox can switch a region off, as no cloud lets you.
outage() {
  python tools/sandbox_admin.py "region/$1/outage" "{\"on\": $2}"
}

cat <<TEXT

Twelve VMs (app-01 to app-12, Linux and Windows, two to four disks) run in West Europe. Their file,
docs/examples/fleet.yml, wants a restore point at least every twelve or 24 hours, copied to North Europe and
Sweden Central. Azure is played by a sandbox on this machine, which keeps Azure's rules and lets $SANDBOX_SPEED seconds pass
in each second.
TEXT

step "1. What is protected today? Nothing, and status says what there is to do" bcdr.multicloud.status -e '{dr_names: [app-01,app-12]}'
step "2. Protect: restore points, copied to both regions; every line is something that moved" bcdr.multicloud.protect
requests "protect, first run"
step "3. Status: how much would be lost if West Europe were gone now" bcdr.multicloud.status
step "4. Drill: three VMs restored in an isolated subnet of North Europe, checked and timed" \
  bcdr.multicloud.drill -e '{dr_names: [app-01,app-07,app-11]}'
outage westeurope true
step "5. West Europe is gone: status still tells what there is in the other regions" \
  bcdr.multicloud.status -e '{dr_names: [app-07, app-11]}'
step "6. Failover of app-07, for real, while West Europe is gone; it has to be confirmed" \
  bcdr.multicloud.failover -e '{dr_names: [app-07]}' -e dr_confirm_failover=true
outage westeurope false
step "7. Cleanup: what the drill made goes, the failed-over VM and all restore points stay" bcdr.multicloud.cleanup
requests "status, drill, failover and cleanup"
step "8. West Europe is back. Protect again: nothing is due, nothing changes" bcdr.multicloud.protect
requests "protect, nothing to do"

cat <<TEXT


Where to look now
  .build/demo.log                     all of the above
  .build/sandbox/demo/requests.jsonl  every call that Azure (the sandbox) has seen
  docs/examples/fleet.yml    the workloads; README.md and docs/ say what each line means
  playbooks/, roles/azure_vm/         what has run
TEXT
