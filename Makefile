# Two commands matter: `make run` and `make test`. They need Python 3.11 or newer and a package
# registry; everything else is fetched into .venv, in the pinned versions.

SHELL := /bin/sh
.DEFAULT_GOAL := help

ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
BIN := .venv/bin
PORT ?= 8000
WORKERS ?= 2
ARGS ?=

PACKAGES := $(patsubst %/pyproject.toml,%,$(wildcard \
	sdk/pyproject.toml fonts/pyproject.toml core/pyproject.toml \
	plugins/*/pyproject.toml examples/*/pyproject.toml))
MANIFESTS := $(PACKAGES:%=%/pyproject.toml)
NAMES = $(shell sed -n 's/^name = "\(.*\)"/\1/p' $(MANIFESTS))
TYPED := $(PACKAGES:%=%/src) tools $(patsubst %/,%,$(dir $(wildcard bench/*.py)))
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-header --no-annotate $(ARGS)

.PHONY: help run test environment lint types arrows tests torture bench bench-quick docs screenshots catalogs format lock clean

help: ## Show this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1	/p' Makefile | expand -t 14

run: ## Serve the demo company on http://127.0.0.1:8000; the first time it is made
	@$(MAKE) --no-print-directory environment LEVEL=
	@if [ ! -e demo ]; then touch .demo-unfinished; fi
	@if [ -e .demo-unfinished ]; then \
		rm -rf demo && $(BIN)/tenon demo --site demo && rm .demo-unfinished; fi
	@exec $(BIN)/tenon serve --site demo --port $(PORT)

test: lint types arrows tests ## Check and test everything, on SQLite and PostgreSQL

LEVEL ?= --dev
environment: ## Make .venv, or bring it up to date
	@test -n "$(PYTHON)" || { echo "Tenon needs Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) tools/environment.py $(LEVEL)

lint: environment ## Check style and form (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: environment ## Check types (mypy --strict)
	$(BIN)/mypy --strict $(sort $(TYPED))

arrows: environment ## Check which package imports which (import-linter)
	$(BIN)/lint-imports --no-logo

tests: environment ## Run the tests; ARGS="-k name" chooses some
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile $(ARGS)

torture: environment ## Run the long tests under load, failure and random input
	$(BIN)/pytest -m torture $(ARGS)

bench: environment ## Measure against the raw limit on both databases
	$(BIN)/python -m bench $(ARGS)

bench-quick: environment ## Measure the same with few records, in some minutes
	$(BIN)/python -m bench --quick $(ARGS)

docs: environment ## Write docs/reference anew from the code
	$(BIN)/python tools/reference.py

screenshots: environment ## Take the pictures of docs/screenshots anew, from the demo company
	$(BIN)/python tools/screenshots.py

catalogs: environment ## Bring the Chinese catalogs up to the code, and tell what is missing
	$(BIN)/python tools/catalogs.py $(ARGS)

format: environment ## Bring the code into form (ruff)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: environment ## Write the pins anew; ARGS=--upgrade takes the newest versions
	$(COMPILE) --group uv --output-file requirements-uv.txt
	$(COMPILE) --group build --group held --output-file requirements.txt \
		$(NAMES:%=--no-emit-package %) $(filter-out examples/%,$(MANIFESTS))
	$(COMPILE) --group dev --constraints requirements.txt --output-file requirements-dev.txt \
		$(NAMES:%=--no-emit-package %) \
		$$(sed -n 's/^\([a-z0-9.-]*\)==.*/--no-emit-package \1/p' requirements.txt)

clean: ## Remove the environment and all caches; sites stay
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
