# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help setup demo test sanity unit nutanix browser integration system molecule oldest lint docs site sandbox benchmark build clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## Make .venv with every tool, and the collection tree below .build
	@tools/setup.sh

demo: setup ## Show the collection at work against the sandbox; no account needed
	@tools/demo.sh

test: setup ## Run every stage below and sum up
	@.venv/bin/python tools/stages.py

lint: setup ## ansible-lint, ruff, mypy, yamllint, shellcheck
	@tools/lint.sh

unit: setup ## Unit tests
	@tools/pytest.sh unit

sanity: setup ## ansible-test sanity
	@tools/sanity.sh

nutanix: setup ## The tests that need Nutanix's client libraries, in an environment of its own
	@tools/nutanix.sh

browser: setup ## The report's page in Chromium
	@tools/browser.sh

integration: setup ## ansible-test integration against the sandbox
	@tools/integration.sh

system: setup ## Whole playbooks against the sandbox
	@tools/pytest.sh system

molecule: setup ## Every scenario of the roles against the sandbox
	@tools/molecule.sh

oldest: setup ## The playbooks with the oldest supported ansible-core
	@tools/oldest_core.sh

docs: setup ## Documentation of the plugins, changelog, links, site
	@tools/docs.sh

site: setup ## Documentation as a site, into .build/site
	@tools/site.sh

sandbox: setup ## Start the sandbox in the foreground and print its environment
	@tools/sandbox.sh

benchmark: setup ## Measure
	@BCDR_NUTANIX_PYTHON=$$(tools/nutanix.sh environment) .venv/bin/python tests/benchmarks
	@tools/azure_cli.sh && .venv/bin/python tests/benchmarks/blobs.py --az .build/azure-cli/bin/az
	@.venv/bin/python tests/benchmarks/planning.py

build: setup ## Build the artifact into .build/dist
	@tools/build.sh

clean: ## Remove all that the targets above made
	rm -rf .ansible .build .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache tests/output
