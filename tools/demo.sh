#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A day with the collection, against the sandbox: protect, status, drill, failover of a workload of each type, cleanup, protect
# again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Four minutes of the clouds' time pass in each second.
export SANDBOX_SPEED=240

# What runs the modules: Nutanix's client libraries want an environment of their own, which has all the others too.
interpreter=$(tools/nutanix.sh environment)

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
  ansible-playbook -e @docs/examples/fleet.yml -e azure_vm_wait_delay=1s -e azure_image_wait_delay=1s -e azure_blob_wait_delay=1s \
    -e efs_wait_delay=1s -e nutanix_vm_wait_delay=1s -e ansible_python_interpreter="$interpreter" "$@" 2>&1 | tee -a "$log"
}

requests() {
  python tools/demo_requests.py "$BUILD/sandbox/demo/requests.jsonl" "$1"
}

# The sandbox can switch regions and sites off, as no cloud lets you.
outage() {
  python tools/sandbox_admin.py region/westeurope/outage "{\"on\": $1}"
  python tools/sandbox_admin.py region/eu-west-1/outage "{\"on\": $1}"
  python tools/sandbox_admin.py prism_central/pc-main/outage "{\"on\": $1}"
}

cat <<TEXT

Twelve VMs (app-01 to app-12, Linux and Windows, two to four disks) run in Azure's West Europe, and two images (image-web,
image-db) are made of machines there and kept in three regions; beside three containers of blobs (shop-documents has two of them,
licence-server a disk in use), three file systems
(web-content, home-directories, shared-data) in AWS's eu-west-1, and two services (intranet of four VMs, ledger of two VMs and
a volume group) on Nutanix at the main site. Their file, docs/examples/fleet.yml, wants a recovery point of each at least every
18 or 24 hours, those of the VMs and the blobs copied to North Europe and Sweden Central, those of the file systems to eu-central-1, and
of shared-data to another account too, those of the services replicated to the other site. Azure, AWS and two Prism Centrals
are played by a sandbox on this machine, which keeps their rules and lets $SANDBOX_SPEED seconds pass in each second.
TEXT

step "1. What is protected today? Nothing, and status says what there is to do" \
  bcdr.multicloud.status -e '{dr_names: [app-01, app-12, image-db, shop-documents, web-content, shared-data, intranet, ledger]}'
step "2. Protect: recovery points, copied to the other regions and sites; every line is something that moved" bcdr.multicloud.protect
requests "protect, first run"
step "3. Status: how much would be lost if West Europe, eu-west-1 and the main site were gone now" bcdr.multicloud.status
step "4. Drill: VMs and an image brought up in isolated subnets of North Europe and the other site, a file system in eu-central-1, checked and timed" \
  bcdr.multicloud.drill -e '{dr_names: [app-01, app-07, app-11, image-web, shop-documents, web-content, intranet]}'
requests "status and drill"
outage true
step "5. West Europe, eu-west-1 and the main site are gone: status still tells what there is elsewhere" \
  bcdr.multicloud.status -e '{dr_names: [app-07, app-11, shop-documents, licence-server, home-directories, shared-data, ledger]}'
step "6. Failover of app-07, image-db, shop-documents, home-directories and ledger, for real, while their places are gone" \
  bcdr.multicloud.failover -e '{dr_names: [app-07, image-db, shop-documents, home-directories, ledger]}' -e dr_confirm_failover=true
requests "status and failover during the outage"
outage false
step "7. Cleanup: what the drill made goes; what was failed over and all recovery points stay; it has to be confirmed too" \
  bcdr.multicloud.cleanup -e dr_confirm_cleanup=true
step "8. All is back. Protect again: nothing is due, nothing changes" bcdr.multicloud.protect
requests "cleanup, and protect with nothing to do"

cat <<TEXT


Where to look now
  .build/demo.log                     all of the above
  .build/sandbox/demo/requests.jsonl  every call that Azure, AWS and Nutanix (the sandbox) have seen
  docs/examples/fleet.yml             the workloads; README.md and docs/ say what each line means
  playbooks/, roles/                  what has run
TEXT
