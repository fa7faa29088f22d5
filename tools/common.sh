# shellcheck shell=bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sourced by the other scripts: where everything is, and an environment that leaves the user's HOME alone.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export ROOT=$PWD
export BUILD=$ROOT/.build
export VENV=$ROOT/.venv
export COLLECTIONS=$BUILD/collections
export COLLECTION=ansible_collections/bcdr/multicloud

export PATH=$VENV/bin:$PATH
export ANSIBLE_COLLECTIONS_PATH=$COLLECTIONS
export ANSIBLE_HOME=$BUILD/ansible
export HYPOTHESIS_STORAGE_DIRECTORY=$BUILD/hypothesis
# By default these lie below the home that the user database names, whatever HOME says.
export ANSIBLE_REMOTE_TMP=$BUILD/ansible/tmp
export ANSIBLE_ASYNC_DIR=$BUILD/ansible/async
export ANSIBLE_DEPRECATION_WARNINGS=true
# An empty one, so that the settings of who runs it play no part.
export ANSIBLE_CONFIG=$BUILD/ansible.cfg
unset PYTHONHOME PYTHONPATH
# No test may reach a real account by the credentials of who runs it, or the sandbox by way of a proxy.
# Below tools/with_sandbox.sh they are the sandbox's own.
[ -n "${SANDBOX_JSON:-}" ] || unset "${!AWS_@}" "${!AZURE_@}" "${!NUTANIX_@}"
export no_proxy=127.0.0.1,localhost${no_proxy:+,$no_proxy}
export NO_PROXY=$no_proxy

# A log takes no colours.
[ -t 1 ] || export NO_COLOR=1 ANSIBLE_NOCOLOR=1

# Make the virtual environment FOLDER with what the first requirements file names, unless it is there and neither that
# file nor the others, which it includes, have changed since.
make_environment() {
  local folder=$1 stamp
  shift
  stamp=$(cat "$@" | cksum)
  if [ "$stamp" != "$(cat "$folder/stamp" 2>/dev/null)" ]; then
    rm -rf "$folder"
    python -m venv "$folder"
    "$folder/bin/python" -m pip install -qq --disable-pip-version-check --requirement "$1"
    echo "$stamp" >"$folder/stamp"
  fi
}

heading() {
  printf '\n-- %s\n' "$*"
}
