# Every target does its own set-up; `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: help setup fmt lint types test test-all cov examples demo bench check clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## Make .venv with mvpipe, its engine and the tools; nothing global
$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[local,serve,dev]'
	@touch $(READY)

fmt: setup  ## Format and fix
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: setup  ## Check format, rules and import contracts
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/lint-imports

types: setup  ## Check types
	$(BIN)/mypy

test: setup  ## Fast tests, side by side, in random order
	$(BIN)/pytest -n auto -m 'not slow'

test-all: setup  ## Every test: renders, kills and resumes too
	$(BIN)/pytest -n auto

cov: setup  ## Every test, and how much of the code they reach
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report

examples: setup  ## Validate and plan every example; expect findings in every bad file
	$(BIN)/mvpipe validate examples/*.mvpipe.yaml
	$(BIN)/mvpipe plan examples/*.mvpipe.yaml
	$(BIN)/pytest -q tests/unit/test_spec_files.py

demo: setup  ## Render examples/first-light.mvpipe.yaml to out/
	$(BIN)/mvpipe run examples/first-light.mvpipe.yaml

bench: setup  ## Measure engine, start-up, uploads and watching against their limits (some minutes)
	$(BIN)/python -m tests.bench.render
	$(BIN)/python -m tests.bench.startup
	$(BIN)/python -m tests.bench.unchanged
	$(BIN)/python -m tests.bench.killed
	$(BIN)/python -m tests.bench.upload
	$(BIN)/python -m tests.bench.watching

check: lint types cov examples  ## What CI runs

clean:  ## Remove what the above made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov out dist examples/mvpipe.lock
