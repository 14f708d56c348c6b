# Perkbank. `make run` brings up everything on this machine; `make help` lists the rest.

PYTHON ?= python3
STAGE ?= local
PORT ?= 4566
SEEDS ?= 20
BATCH_LINES ?= 10000
PAYMENTS ?= 100
MINUTES ?= 60
EXPORT ?= .local/export
JOURNALS ?= 1000000
BIN = .venv/bin
INSTALLED = .venv/.installed
# Says how long each part took, and the peak of memory.
MEASURED = $(BIN)/python -m infra.measured
PYTEST = $(BIN)/pytest -n 2 --dist worksteal --durations 20
export PORT STAGE
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install run start deploy demo demo-benefits clock status stop test test-code test-e2e test-room test-batch check check-lint check-types check-imports check-templates check-generated format room bench soak screening fraud simulate redrive restore-drill audit verify-export books events messages record openapi test-localstack localstack localstack-stop clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

$(INSTALLED): requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet "$$(grep '^uv==' requirements-dev.txt)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirements requirements-dev.txt
	touch $@

install: $(INSTALLED) ## Create .venv with all that development needs

run: $(INSTALLED) ## Start MiniStack, build, deploy, replay PAYMENTS real purchases and show what they did
	$(MEASURED) start deploy demo

start: $(INSTALLED) ## Start MiniStack on 127.0.0.1:$PORT
	$(BIN)/python -m infra.local start

deploy: $(INSTALLED) ## Deploy to MiniStack or AWS_ENDPOINT_URL; STAGE=dev (or other) deploys to your AWS account
ifeq ($(STAGE),local)
	$(BIN)/python -m infra.local build
	$(BIN)/python -m infra.local deploy
else
	$(BIN)/sam build --parallel --parameter-overrides Stage=$(STAGE)
	$(BIN)/sam deploy --stack-name perkbank-$(STAGE) --resolve-s3 --parameter-overrides Stage=$(STAGE) \
		--capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset
endif

demo: $(INSTALLED) ## Replay PAYMENTS more purchases against the local stack
	$(BIN)/python -m infra.demo --payments $(PAYMENTS)

demo-benefits: $(INSTALLED) ## Coupons, points and a pool over the same purchases, after `make run`, compared with SQL
	$(BIN)/python -m infra.demo.benefits $(DEMO)

clock: $(INSTALLED) ## Show the local stack's time; TO=2027-01-31T09:00:00+08:00 or BY=30d moves it ahead, jobs and all
	$(BIN)/python -m infra.testclock $(if $(TO),--to $(TO)) $(if $(BY),--by $(BY))

status: $(INSTALLED) ## Say what runs here and where
	$(BIN)/python -m infra.local status

stop: ## Stop MiniStack; its data goes with it
	test ! -x $(BIN)/python || $(BIN)/python -m infra.local stop

test: $(INSTALLED) ## Run all checks and tests; ROOM=payments: one room's, end to end where a stack runs
	$(MEASURED) $(if $(ROOM),test-room,check test-code test-e2e)

test-code: $(INSTALLED) ## Run the tests that need no stack: simulation, unit, contract
	$(PYTEST) tests/simulation tests/unit tests/contract

test-e2e: $(INSTALLED) ## Run the end-to-end tests on a stack of their own
	$(BIN)/python -m tests.e2e --durations 20

test-room: $(INSTALLED)
	$(PYTEST) --room $(ROOM) tests/unit/$(ROOM) tests/contract
	$(BIN)/python -m tests.e2e --running --room $(ROOM)

test-batch: $(INSTALLED) ## Pay a batch of BATCH_LINES lines, its file sent twice and its consumer killed
	BATCH_LINES=$(BATCH_LINES) $(BIN)/pytest tests/e2e/test_batches.py tests/e2e/test_the_books.py

check: $(INSTALLED) ## Format, lint, types, architecture, templates, and what is generated is what the code says
	@$(MAKE) --no-print-directory -j 2 check-types check-templates check-generated check-imports check-lint

check-lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

check-types:
	$(BIN)/mypy

check-imports:
	$(BIN)/python -m infra.imports

check-templates:
	$(BIN)/cfn-lint

check-generated:
	$(BIN)/python -m infra.generate --check

format: $(INSTALLED) ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

room: $(INSTALLED) ## Make the furniture of a new room: NAME=lending
	$(BIN)/python -m infra.room $(NAME)

bench: $(INSTALLED) ## Measure capacity units and time per operation
	$(BIN)/python -m bench

soak: $(INSTALLED) ## Load the bank for MINUTES with functions killed, throttled and delayed; was anything lost?
	$(BIN)/python -m bench.soak --minutes $(MINUTES)

screening: $(INSTALLED) ## Measure how well names are matched on the labelled pairs, and what asking the list costs
	$(BIN)/python -m bench.screening --list

fraud: $(INSTALLED) ## Measure the starter rules of risk on labelled card transactions
	$(BIN)/python -m bench.fraud

simulate: $(INSTALLED) ## Run the simulation on SEEDS random histories
	$(BIN)/python -m tests.simulation --seeds $(SEEDS)

redrive: $(INSTALLED) ## Give again what was given up: QUEUE=batch-lines-dlq, journals-failures, ...
	$(BIN)/python -m infra.redrive $(QUEUE)

restore-drill: $(INSTALLED) ## Lose every table of a stack of its own, restore all, and go on
	PYTHONPATH=layers/bank/python:functions:. $(BIN)/python -m infra.restore_drill

audit: $(INSTALLED) ## Verify the audit trail of the local stack, or of the one that AUDIT_BUCKET and TABLE_PREFIX name
	PYTHONPATH=layers/bank/python:functions $(BIN)/python -m infra.audit

verify-export: $(INSTALLED) ## Verify the ledger in an export of its tables: EXPORT=folder, made of the local stack where it is not there
	test -d "$(EXPORT)" || PYTHONPATH=layers/bank/python:functions $(BIN)/python -m infra.books export $(EXPORT)
	PYTHONPATH=layers/bank/python:functions $(BIN)/python -m infra.books verify $(EXPORT)

books: $(INSTALLED) ## Measure passes over exports of JOURNALS journals
	PYTHONPATH=layers/bank/python:functions $(BIN)/python -m bench.books --journals $(JOURNALS)

events: $(INSTALLED) ## Show domain events as they happen on the local stack
	$(BIN)/python -m infra.local events

messages: $(INSTALLED) ## Show the text messages that were sent on the local stack (codes to phones)
	$(BIN)/python -m infra.local messages

record: $(INSTALLED) ## Record release VERSION in tests/compatibility, for later releases to be tested against
	$(BIN)/python -m tests.compatibility.record $(VERSION)

openapi: $(INSTALLED) ## Write what follows from the code: infra/gateway.yaml, functions/*/openapi.yaml, events/schemas, samples
	$(BIN)/python -m infra.generate

test-localstack: $(INSTALLED) ## Run the end-to-end tests on LocalStack 4.14.0, started for it, or on AWS_ENDPOINT_URL
	$(BIN)/python -m infra.localstack test

localstack: $(INSTALLED) ## Start LocalStack 4.14.0 on 127.0.0.1:4567, to deploy to with AWS_ENDPOINT_URL
	$(BIN)/python -m infra.localstack start

localstack-stop: ## Stop it; its data goes with it
	test ! -x $(BIN)/python || $(BIN)/python -m infra.localstack stop

clean: stop localstack-stop ## Remove what was built and cached, but not .venv
	rm -rf .local .aws-sam .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
