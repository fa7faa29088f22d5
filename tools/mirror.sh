#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Copy the collection to .build/ansible-test/NAME/ansible_collections/bcdr/multicloud and print that path.
# ansible-test takes no symlink for the collection. Uncommitted work is copied, ignored files are not.
# Each user has a NAME of its own, so that two can run at once.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

target=$BUILD/ansible-test/$1/$COLLECTION
# Git reads .gitignore here with a repository of our own: so it works in an unpacked archive and with any owner.
repository=$BUILD/mirror.git
git init --quiet --bare "$repository"

rm -rf "$target"
mkdir -p "$target"
git --git-dir="$repository" --work-tree="$ROOT" ls-files -z --others --exclude-standard |
  tar --null --no-recursion --verbatim-files-from --files-from=- --create --file=- |
  tar --directory="$target" --extract --file=-
# ansible-test asks git for the files, and must not find the repository around.
git init --quiet "$target"
git -C "$target" add --all
echo "$target"
