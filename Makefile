# Roomsync: every command there is to know. `make demo` and `make test` need nothing set up before.
#
# Settings come from the environment; see .env.example, and: STACK=real|embedded|auto, PORT_BASE, KEEP=1.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := .local/uv/bin/uv
UV_AS_PIP := .local/uv/bin/python deploy/local/uv_as_pip.py $(UV)
STAMP := $(VENV)/.synced
PIN_UV := uv==0.13.9
TESTS ?= tests
SOURCES := libs services deploy tests
COMPILE := $(UV_AS_PIP) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate pyproject.toml
DEV_GROUPS := --group migrate --group embedded --group local --group lint --group test --group sdk --group bench

.PHONY: help setup demo pictures test check format up down bench lock vendor documents clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## bring uv and the Python environment; a second run has nothing to do

$(UV):
	@PYTHON=$(PYTHON) deploy/local/bring-uv .local/uv '$(PIN_UV)'

$(STAMP): requirements/dev.lock deploy/roomsync | $(UV)
	@test -x $(BIN)/python || $(UV) venv -q --python $(PYTHON) $(VENV)
	@$(UV_AS_PIP) pip sync -q --require-hashes --python $(BIN)/python requirements/dev.lock || \
		{ echo "The Python packages could not be fetched; the lines above say which, and from where. uv uses the \
	index, links and certificates that pip is set up for: pip config list" >&2; exit 2; }
	@ln -sf ../../deploy/roomsync $(BIN)/roomsync
	@touch $@

demo: $(STAMP) ## start everything, play the workflows, show each outcome; KEEP=1 leaves it running
	@$(BIN)/python -m deploy.demo

pictures: $(STAMP) ## take the pictures of the console in docs/console anew, in the demo's world
	@$(BIN)/python -m deploy.demo.pictures

test: $(STAMP) ## run every test, against real PostgreSQL and RabbitMQ; TESTS=path picks some
	@$(BIN)/python -m pytest -q -n auto $(TESTS) $(PYTEST_ARGS)

check: $(STAMP) ## lint, formatting, types, import contracts, deployment files
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m deploy.checks

format: $(STAMP) ## mend what the linter and the formatter can mend
	@$(BIN)/ruff check -q --fix $(SOURCES)
	@$(BIN)/ruff format -q $(SOURCES)

up: $(STAMP) ## start the whole system in the background; .local/stack.json says where it listens
	@$(BIN)/python -m deploy.local up

down: $(STAMP) ## stop what `make up` started
	@$(BIN)/python -m deploy.local down

bench: $(STAMP) ## measure, beside the peers, in one run
	@$(BIN)/python -m tests.bench

lock: $(UV) ## resolve the dependencies anew into requirements/*.lock
	@$(COMPILE) --group migrate -o requirements/runtime.lock
	@$(COMPILE) -c requirements/runtime.lock $(DEV_GROUPS) -o requirements/dev.lock

vendor: $(STAMP) ## bring the packages of others that the console serves, by npm; VENDORED.toml says which
	@$(BIN)/python -m deploy.vendor

documents: $(STAMP) ## write anew what is made from the code: settings, API, policies, messages, database
	@$(BIN)/python -m services documents
	@$(BIN)/python -m deploy.schema

clean: ## remove the environment, caches and logs; run `make down` before
	@rm -rf $(VENV) .local .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
