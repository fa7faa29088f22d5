#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A day with the collection, against the sandbox: protect, status, drill, failover of a VM and a file system, cleanup,
# protect again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Four minutes of the clouds' time pass in each second.
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
  ansible-playbook -e @docs/examples/fleet.yml -e azure_vm_wait_delay=1s -e efs_wait_delay=1s "$@" 2>&1 | tee -a "$log"
}

requests() {
  python tools/demo_requests.py "$BUILD/sandbox/demo/requests.jsonl" "$1"
}

# The sandbox can switch regions off, as no cloud lets you.
outage() {
  python tools/sandbox_admin.py region/westeurope/outage "{\"on\": $1}"
  python tools/sandbox_admin.py region/eu-west-1/outage "{\"on\": $1}"
}

cat <<TEXT

Twelve VMs (app-01 to app-12, Linux and Windows, two to four disks) run in Azure's West Europe, and three file systems
(web-content, home-directories, shared-data) in AWS's eu-west-1. Their file, docs/examples/fleet.yml, wants a recovery point
of each at least every twelve or 24 hours, those of the VMs copied to North Europe and Sweden Central, those of the file
systems to eu-central-1, and of shared-data to another account too. Azure and AWS are played by a sandbox on this machine,
which keeps their rules and lets $SANDBOX_SPEED seconds pass in each second.
TEXT

step "1. What is protected today? Nothing, and status says what there is to do" \
  bcdr.multicloud.status -e '{dr_names: [app-01, app-12, web-content, shared-data]}'
step "2. Protect: recovery points, copied to the other regions; every line is something that moved" bcdr.multicloud.protect
requests "protect, first run"
step "3. Status: how much would be lost if West Europe and eu-west-1 were gone now" bcdr.multicloud.status
step "4. Drill: VMs restored in an isolated subnet of North Europe, a file system in eu-central-1, checked and timed" \
  bcdr.multicloud.drill -e '{dr_names: [app-01, app-07, app-11, web-content]}'
requests "status and drill"
outage true
step "5. West Europe and eu-west-1 are gone: status still tells what there is in the other regions" \
  bcdr.multicloud.status -e '{dr_names: [app-07, app-11, home-directories, shared-data]}'
step "6. Failover of app-07 and home-directories, for real, while their regions are gone; it has to be confirmed" \
  bcdr.multicloud.failover -e '{dr_names: [app-07, home-directories]}' -e dr_confirm_failover=true
requests "status and failover during the outage"
outage false
step "7. Cleanup: what the drill made goes; what was failed over and all recovery points stay" bcdr.multicloud.cleanup
step "8. The regions are back. Protect again: nothing is due, nothing changes" bcdr.multicloud.protect
requests "cleanup, and protect with nothing to do"

cat <<TEXT


Where to look now
  .build/demo.log                     all of the above
  .build/sandbox/demo/requests.jsonl  every call that Azure and AWS (the sandbox) have seen
  docs/examples/fleet.yml             the workloads; README.md and docs/ say what each line means
  playbooks/, roles/                  what has run
TEXT
