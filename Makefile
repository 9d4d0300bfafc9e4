# Everything sets up what it needs in .venv; `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
ROOT ?= .

.DEFAULT_GOAL := help
.PHONY: help run test soak bench bench-large check docs lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(BIN)/firmograph  ## take in the uploads under ROOT and publish them as tables
	@$(BIN)/python tools/first_uploads.py $(ROOT)
	@$(BIN)/firmograph run --root $(ROOT) || { code=$$?; [ $$code -eq 3 ] || exit $$code; \
	  $(BIN)/firmograph quarantine list --root $(ROOT); }

test: $(BIN)/firmograph  ## run all tests
	$(BIN)/pytest -n auto --dist worksteal

soak: $(BIN)/firmograph  ## run the long variants of the fault drills
	SOAK_KILLS=500 SOAK_MUTANTS=100000 SOAK_ORDERS=400 \
	  SOAK_READER_RUNS=40 $(BIN)/pytest -n auto --dist worksteal tests/faults

bench: $(BIN)/firmograph $(BENCH)/installed  ## measure beside the same job by hand (about half an hour)
	$(BENCH)/bin/python benchmarks/bench.py

bench-large: $(BIN)/firmograph $(BENCH)/installed  ## the same at full size (hours, 30 GB of disk)
	$(BENCH)/bin/python benchmarks/bench.py --large

check: $(BIN)/firmograph  ## format, lint, types, floors, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/generate_docs.py --check

docs: $(BIN)/firmograph  ## write the generated docs anew
	$(BIN)/python tools/generate_docs.py

COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --strip-extras --allow-unsafe

lock: $(BIN)/python  ## write requirements.lock and the benchmarks' own anew
	$(BIN)/pip install --quiet pip-tools
	$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	$(COMPILE) --output-file benchmarks/requirements.lock benchmarks/requirements.in

clean:  ## remove what the targets made, but no lake
	rm -rf $(VENV) $(BENCH) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(BENCH)/installed: benchmarks/requirements.lock
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/pip install --quiet --require-hashes -r benchmarks/requirements.lock
	@touch $@

$(BIN)/firmograph: $(BIN)/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
