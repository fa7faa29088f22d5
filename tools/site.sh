#!/usr/bin/env bash
# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation as a site below .build/site: the pages of docs/ and one for each module, role, filter and lookup.
# Nothing is fetched while it is built, nor when it is read. Warnings, dead links among them, are errors.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

site=$BUILD/site
work=$BUILD/site-work
mkdir -p "$work/source/reference"
# antsibull-docs writes only where nobody else could.
chmod og-w "$work/source/reference"

# Those that are gone must go; those that are as they were keep their dates, and Sphinx does not read them again.
find "$work/source" -mindepth 1 -maxdepth 1 ! -name reference -exec rm -rf {} +
cp -pr docs/. "$work/source"
rm -rf "$work/source/site"

# It writes a log to HOME.
HOME=$BUILD/home antsibull-docs --config-file docs/site/antsibull-docs.cfg collection --use-current --squash-hierarchy \
  --fail-on-error --cleanup everything --dest-dir "$work/source/reference" bcdr.multicloud

# What Sphinx has read before is good as long as it is read in the same way.
[ "$work/doctrees/environment.pickle" -nt docs/site/conf.py ] || rm -rf "$work/doctrees" "$site"
sphinx-build --quiet --fail-on-warning --keep-going --jobs auto --builder html --conf-dir docs/site \
  --doctree-dir "$work/doctrees" "$work/source" "$site"
python tools/check_links.py --site "$site"
echo "the site is in ${site#"$ROOT"/}; its first page is ${site#"$ROOT"/}/index.html"
