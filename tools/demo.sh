#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A day with the collection, against the sandbox: protect, drill, status with a report, failover of a workload of each type, cleanup,
# protect again.
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

# What is done, and the exit code that it has to have.
step() {
  local expected=$1 code=0
  printf '\n\n==== %s\n' "$2" | tee -a "$log"
  shift 2
  printf '$ ansible-playbook %s\n' "$*" | tee -a "$log"
  ansible-playbook -e @docs/examples/fleet.yml -e azure_vm_wait_delay=1s -e azure_image_wait_delay=1s -e azure_blob_wait_delay=1s \
    -e efs_wait_delay=1s -e nutanix_vm_wait_delay=1s -e ansible_python_interpreter="$interpreter" "$@" 2>&1 | tee -a "$log" || code=$?
  if [ "$code" -ne "$expected" ]; then
    echo "demo: the exit code is $code, and not $expected" >&2
    exit 1
  fi
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

# Whose copy to Sweden Central is going to fail.
python tools/sandbox_admin.py faults '[{"kind": "replicate_fail", "match": {"method": "PUT", "path_regex": "rpc-bi-02-swedencentral/restorePoints"}}]'

history=$BUILD/demo-history.jsonl
rm -f "$history"
report=(-e dr_history_path="$history" -e dr_report_html="$BUILD/demo-report.html" -e dr_report_json="$BUILD/demo-report.json"
  -e dr_report_prometheus="$BUILD/demo-report.prom" -e dr_report_junit="$BUILD/demo-report.xml")

cat <<TEXT

Forty workloads: twenty VMs, three images and five workloads of blobs in Azure's West Europe, seven file systems in AWS's eu-west-1,
and five services of ten VMs on Nutanix at the main site. Their file, docs/examples/fleet.yml, wants a recovery point of
each at least every two days, kept in North Europe, Sweden Central, eu-central-1 and at another site, and a drill every 90 days.
Azure, AWS and two Prism Centrals are played by a sandbox on this machine, which keeps their rules and lets $SANDBOX_SPEED seconds
pass in each second. One copy is going to fail, and one workload, crm-03, wants an RPO that its copies cannot keep.
TEXT

step 0 "1. What is protected today? Nothing, and status says what there is to do" \
  bcdr.multicloud.status -e '{dr_names: [app-01, image-db, shop-documents, web-content, shared-data, ledger]}'
step 2 "2. Protect: recovery points, copied to the other regions and sites; every line is something that moved. bi-02 fails, the others go on" \
  bcdr.multicloud.protect
requests "protect, first run"
step 0 "3. Drill: machines and an image brought up in isolated subnets, a file system in eu-central-1, blobs; checked, timed, and kept" \
  bcdr.multicloud.drill -e '{dr_names: [app-01, app-07, app-11, image-web, shop-documents, web-content, intranet]}' -e dr_history_path="$history"
requests "drill"
step 2 "4. Status, as a pipeline asks for it: where everything stands, a report, and an exit code for the breach and the failed copy" \
  bcdr.multicloud.status "${report[@]}" -e '{dr_fail_on: [breach, failed]}'
requests "status"
outage true
step 0 "5. West Europe, eu-west-1 and the main site are gone. What would a failover do, in which order, and how long would it take?" \
  bcdr.multicloud.failover --check -e '{dr_names: [app-07, crm-01, web-content, intranet]}' -e dr_history_path="$history"
step 0 "6. Failover of app-07, image-db, shop-documents, home-directories and ledger, for real; it has to be confirmed" \
  bcdr.multicloud.failover -e '{dr_names: [app-07, image-db, shop-documents, home-directories, ledger]}' \
  -e '{dr_confirm_failover: [app-07, image-db, shop-documents, home-directories, ledger]}' -e dr_history_path="$history"
requests "failover during the outage"
outage false
step 0 "7. Cleanup: what the drill made goes; what was failed over and all recovery points stay; it has to be confirmed too" \
  bcdr.multicloud.cleanup -e dr_confirm_cleanup=true
step 0 "8. All is back. Protect again, and make the copy that failed once more: nothing else is due" \
  bcdr.multicloud.protect -e replace_failed=true
requests "cleanup, and protect with one copy to make"

cat <<TEXT


Where to look now
  .build/demo-report.html             the report of step 4, for a browser; beside it as JSON, metrics and JUnit
  .build/demo.log                     all of the above
  .build/sandbox/demo/requests.jsonl  every call that Azure, AWS and Nutanix (the sandbox) have seen
  docs/examples/fleet.yml             the workloads; README.md and docs/ say what each line means
  playbooks/, roles/                  what has run
TEXT
