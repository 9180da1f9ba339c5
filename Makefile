# `make` alone lists what there is. Every target prepares what it needs and can be run again.
.DEFAULT_GOAL := help
.NOTPARALLEL:

bin := .venv/bin
python := $(bin)/python
compile := $(bin)/uv pip compile --quiet --universal --python-version 3.10 --extra dev --no-header --no-annotate
submit_tests := tests/airflow/test_submission.py tests/cluster/test_submission.py \
	tests/cluster/test_submitted_components.py tests/e2e/test_submission.py

# Three sizes of test run, chosen by the markers that pyproject.toml describes.
quick := not slow and not e2e
main := ($(quick)) or uses
rest := not ($(main))

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup ## the example in a private Airflow: fails, is retried, resumes; shows the outcome
	@$(python) -m dev.demo

.PHONY: up
up: setup ## a private Airflow with the examples and its UI; prints address and login; Ctrl-C stops it
	@$(python) -m dev.up

.PHONY: screenshots
screenshots: setup ## the pictures in docs/images, taken again in a headless Chromium
	@$(python) -m dev.screenshots

.PHONY: reference
reference: venv ## write docs/configuration.md again: all keys of a pipeline file
	@$(python) -m dev.configuration_page

.PHONY: docs
docs: venv ## build the documentation as a site in build/site; broken links are errors
	@NO_MKDOCS_2_WARNING=1 PYTHONPATH=. $(bin)/mkdocs build --strict --quiet

.PHONY: cluster
cluster: setup ## a Spark standalone cluster on this machine: a master, two workers; Ctrl-C stops it
	@$(python) -m dev.serve cluster

.PHONY: connect-server
connect-server: setup ## a Spark Connect server on this machine; Ctrl-C stops it
	@$(python) -m dev.serve connect-server

.PHONY: test
test: setup ## ten minutes: the quick tests, and the three uses in a real Airflow
	$(python) -m pytest -m "$(main)"

.PHONY: test-fast
test-fast: setup ## the short loop, under two minutes: no Spark, no real Airflow
	$(python) -m pytest -m "$(quick) and not spark"

.PHONY: coverage
coverage: setup ## the short loop with branch coverage, twice as long; fails below the floor in pyproject.toml
	$(python) -m pytest -m "$(quick) and not spark" --cov --cov-report=

.PHONY: test-spark
test-spark: setup ## the quick tests with Spark: somewhat over two minutes
	$(python) -m pytest -m "$(quick) and spark"

.PHONY: test-rest
test-rest: setup ## what make test leaves out: slow tests, clusters, the rest of the real Airflow's
	$(python) -m pytest -m "$(rest)"

.PHONY: test-all
test-all: setup ## make test and make test-rest in one
	$(python) -m pytest

.PHONY: test-submit
test-submit: setup ## the tests of submit=True, in .venv-submit with the extra's own Spark (all other targets skip them)
	@dev/setup.sh submit
	.venv-submit/bin/python -m pytest $(submit_tests)

.PHONY: check
check: venv ## lint, format, types, import floors, prose, documentation (needs no Java)
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports
	$(python) -m dev.prose_check
	$(MAKE) --no-print-directory docs

.PHONY: format
format: venv ## let ruff mend and format the code
	$(bin)/ruff check --fix-only --quiet .
	$(bin)/ruff format .

.PHONY: bench
bench: setup ## measure: prints the figures that benchmarks/README.md records
	$(python) -m benchmarks

.PHONY: setup
setup: java venv ## prepare .venv and look for Java; quick and silent when all is there

.PHONY: java
java:
	@dev/java.sh

.PHONY: venv
venv:
	@dev/setup.sh

.PHONY: constraints
constraints: venv ## write constraints*.txt again for pyproject.toml (UPGRADE=1: with the newest versions)
	$(compile) --output-file constraints.txt $(if $(UPGRADE),--upgrade) pyproject.toml
	sed '/^pyspark==/d' constraints.txt | \
		$(compile) --extra submit --output-file constraints-submit.txt --constraints - pyproject.toml

.PHONY: clean
clean: ## remove the private Airflow's home, caches and build results; keeps .venv*
	rm -rf .airflow .cluster .connect-server .java build dist spark-warehouse metastore_db derby.log \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks .coverage
	find . -name '.venv*' -prune -o -type d -name __pycache__ -exec rm -rf {} +
