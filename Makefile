# Everything a developer does here. `make help` lists it.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
DEV := .venv/dev/bin
ENGINE := .venv/engine/bin
SCHEDULES ?= 10000
INPUTS ?= 100000
# tests that share something dear, such as Spark, are a group of one worker: tests/conftest.py
PARALLEL := --numprocesses=2 --dist=loadgroup

.DEFAULT_GOAL := help
.PHONY: help jobs tools setup setup-spark setup-stream demo demo-stream up source down invoke invoke-in-process test test-fast test-unit test-functional test-e2e test-engine test-functions test-scan test-containers simulate lint lint-style lint-types lint-contracts lint-words lint-templates scan least-privilege facts fuzz diagrams messages pictures benchmark format lock clean

# make itself exits with 2 for every failure, but in question mode it passes on a 1; the + lets the recipe run then.
ifneq (,$(filter invoke,$(MAKECMDGOALS)))
MAKEFLAGS += --question
endif

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 25

# what `make up` and the demos need, in .venv/dev and .venv/engine; `setup` adds to it what tests need
tools:
	@$(PYTHON) -m local.setup tools engine

setup: ## make both environments from their locks (the other targets do it themselves)
	@$(PYTHON) -m local.setup dev engine

setup-spark: tools ## make the environment of Glue jobs: Spark, and Java where there is none; once, 0.6 GB
	@$(PYTHON) -m local.spark.environment

setup-stream: tools ## make the environment of the streaming demo's source: PostgreSQL; once, 0.1 GB
	@$(PYTHON) -m local.setup source

demo: tools ## the main job on the local engine: a CSV lands, two tables answer; tears itself down
	@$(PYTHON) -m local.spark.environment || echo "Spark is not here: the demo will come as far as the raw table."
	@$(DEV)/python -m local.commands.demo

demo-stream: setup-stream ## PostgreSQL's changes through Kinesis and Spark to Athena, compared; CHAOS=1 kills what it can
	@$(PYTHON) -m local.spark.environment
	@$(DEV)/python -m local.commands.demo_stream $(if $(CHAOS),--chaos)

up: tools ## bring up the local engine and deploy; again after a change it deploys the change
	@$(DEV)/python -m local.commands.up

source: setup-stream ## PostgreSQL with a table person beside the engine of `make up`, its changes fed into Kinesis
	@$(DEV)/python -m local.source.start_source

down: ## end the local engine and all that is in it
	@test ! -x $(DEV)/python || $(DEV)/python -m local.commands.down

invoke: ## one function with a recorded event in a container: FUNCTION=on_upload EVENT=events/…json (DEBUG=5890)
	+@MAKEFLAGS= $(MAKE) --no-print-directory $(if $(DEBUG),setup,tools) || exit 3; \
	  $(DEV)/python -m local.commands.invoke "$(FUNCTION)" "$(EVENT)" $(if $(DEBUG),--debug $(DEBUG))

invoke-in-process: setup ## the same without a container: faster, and breakpoint() works
	@$(DEV)/python -m local.commands.invoke_in_process "$(FUNCTION)" "$(EVENT)"

test-containers: setup ## every function with every event in real containers; leaves nothing running
	@$(DEV)/python -m pytest tests/containers

# loops for one change: seconds without an engine, a minute with moto's AWS, one test on a deployed stack
test-fast: setup ## lint and unit tests, after each change: about ten seconds on two idle cores
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target $(LINTS) test-unit

test-unit:
	@$(DEV)/python -m pytest --quiet tests/unit

test-functional: setup ## the functions on moto's AWS
	@$(DEV)/python -m pytest $(PARALLEL) tests/functional

test-e2e: setup ## ONE=tests/e2e/test_x.py[::name], on the engine of `make up`, whose lake and state it empties
	@LANDFALL_TEST_RUNNING=1 $(DEV)/python -m pytest "$(or $(ONE),tests/e2e)"

test: setup lint ## everything that must hold, as CI runs it
	@$(PYTHON) -m local.spark.environment || echo "Spark is not here: the tests that need it are skipped."
	@$(PYTHON) -m local.setup source || echo "PostgreSQL is not here, likewise."
	@echo "Three parts run at once, for some ten minutes; each shows its results as it ends."
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=line test-engine test-functions test-scan

# At once, for the first waits for most of its time, the second is CPU-bound, and the third is short. The first has time
# limits, so the others give way to it.
test-engine:
	@$(ENGINE)/python -m pytest $(PARALLEL) tests/engine
	@$(DEV)/python -m pytest tests/e2e

test-functions:
	@nice -n 5 $(DEV)/python -m pytest $(PARALLEL) tests --ignore=tests/engine --ignore=tests/e2e --ignore=tests/containers
	@$(DEV)/python -m pytest tests/containers

simulate: setup ## random schedules against every promise, SCHEDULES=10000 of them; goes on where it was interrupted
	@$(DEV)/python -m verification.simulation --schedules $(SCHEDULES) --workers 2 --resume .local/simulation.json

lint: setup ## ruff, mypy, import contracts, words, templates
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target $(LINTS)

LINTS := lint-templates lint-types lint-contracts lint-words lint-style

lint-style:
	@$(DEV)/ruff check .
	@$(DEV)/ruff format --check .

lint-types:
	@$(DEV)/mypy

lint-contracts:
	@PYTHONPATH=cli:layers/landfall/python:. $(DEV)/lint-imports --no-cache

lint-words:
	@PYTHONPATH=. $(DEV)/python -m verification.words

# what `sam validate --lint` does, for all templates in one process: it reads CloudFormation's schemas once
lint-templates:
	@$(DEV)/cfn-lint --regions us-east-1 -- template.yaml pipelines/*.yaml

scan: setup test-scan ## look for what is insecure in templates and for secrets anywhere; makes its own environment first

test-scan:
	@$(PYTHON) -m local.setup scan
	@$(DEV)/python -m verification.template_rules.written .local/scan
	@nice -n 5 .venv/scan/bin/checkov --config-file .checkov.yaml --framework cloudformation --directory .local/scan
	@nice -n 5 .venv/scan/bin/checkov --config-file .checkov.yaml --framework secrets --directory . \
	  --skip-path .venv --skip-path .local --skip-path .aws-sam --skip-path .mypy_cache --skip-path .ruff_cache

least-privilege: setup ## record what the functions ask of AWS, and write the table of docs/security.md anew
	@LANDFALL_KEEP_CALLS=1 $(DEV)/python -m pytest tests/e2e
	@PYTHONPATH=. $(DEV)/python -m verification.iam.table

facts: setup ## all facts of Trino's documentation on the local Athena; make test runs a sample that changes by day
	@FACTS=all $(ENGINE)/python -m pytest tests/engine/test_athena_facts.py

fuzz: setup setup-spark ## INPUTS=100000 hostile inputs for every parser; prints the table of docs/security.md
	@PYTHONPATH=layers/landfall/python:. $(DEV)/python -m verification.fuzz --inputs $(INPUTS)
	@PYTHONPATH=. $(ENGINE)/python -m verification.fuzz --of engine --inputs $(INPUTS)
	@$(DEV)/python -m verification.fuzz --of jobs --inputs $(INPUTS)

diagrams: setup ## draw the state machines of docs/architecture.md from the rules' tables
	@PYTHONPATH=layers/landfall/python:. $(DEV)/python -m verification.diagrams

messages: setup ## write docs/messages.md anew: what on-call reads, as the functions make it
	@PYTHONPATH=layers/landfall/python:. $(DEV)/python -m verification.messages

benchmark: setup ## measure one of benchmarks/: make benchmark OF=on_upload
	@PYTHONPATH=layers/landfall/python:. $(DEV)/python -m benchmarks.$(or $(OF),on_upload)

pictures: setup setup-spark ## take the docs' pictures of the command line anew, in a real terminal (needs tmux)
	@$(DEV)/python -m local.commands.pictures

format: setup ## ruff's formatting and safe fixes
	@$(DEV)/ruff check --fix .
	@$(DEV)/ruff format .

jobs: setup ## write the common part of jobs/common.py into every job between two crawls
	@$(DEV)/python -m jobs.assemble

# the tools are a part of what development needs, so its lock comes first and binds theirs
LOCKS := layers/dependencies/requirements local/requirements local/setup/uv requirements-dev requirements-tools \
  requirements-scan local/source/requirements local/spark/build local/spark/java local/spark/requirements \
  tests/engine_clients/dbt
COMPILE = .venv/uv/bin/uv pip compile --quiet --generate-hashes --no-annotate --no-header --upgrade

lock: ## lock all requirements again, with hashes and without any index's address
	@$(PYTHON) -m local.setup uv
	@for file in $(LOCKS); do \
	  test $$file != requirements-tools || bound="--constraints requirements-dev.txt"; \
	  $(COMPILE) --universal --python-version 3.11 $$bound $$file.in -o $$file.txt || exit 1; bound=; done
	@$(COMPILE) --no-deps local/spark/jars.in -o local/spark/jars.txt
	@$(PYTHON) -m verification.template_rules.reference.lock

clean: down ## remove the environments, build output and the engine's state
	@rm -rf .local .aws-sam
	@$(PYTHON) -m local.setup --remove
