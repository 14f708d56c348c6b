# Perkbank. `make run` brings up everything on this machine; `make help` lists the rest.

PYTHON ?= python3
STAGE ?= local
PORT ?= 4566
SEEDS ?= 20
BIN = .venv/bin
INSTALLED = .venv/.installed
export PORT STAGE
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install run start deploy seed demo status stop test check format bench simulate redrive events openapi test-localstack clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

$(INSTALLED): requirements.txt requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet "$$(grep '^uv==' requirements-dev.txt)"
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirements requirements-dev.txt
	touch $@

install: $(INSTALLED) ## Create .venv with all that development needs

run: start deploy seed demo ## Start MiniStack, build, deploy, seed and show it working

start: $(INSTALLED) ## Start MiniStack on 127.0.0.1:$PORT
	$(BIN)/python -m infra.local start

deploy: $(INSTALLED) ## Deploy to MiniStack or AWS_ENDPOINT_URL; STAGE=dev (or other) deploys to your AWS account
ifeq ($(STAGE),local)
	$(BIN)/python -m infra.local build
	$(BIN)/python -m infra.local deploy
else
	$(BIN)/sam build --cached --parallel --parameter-overrides Stage=$(STAGE)
	$(BIN)/sam deploy --stack-name perkbank-$(STAGE) --resolve-s3 --parameter-overrides Stage=$(STAGE) \
		--capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset
endif

seed: $(INSTALLED) ## Give the local stack its first clients, accounts and merchants
	$(BIN)/python -m infra.demo seed

demo: $(INSTALLED) ## Show a working day against the local stack
	$(BIN)/python -m infra.demo demo

status: $(INSTALLED) ## Say what runs here and where
	$(BIN)/python -m infra.local status

stop: ## Stop MiniStack; its data goes with it
	test ! -x $(BIN)/python || $(BIN)/python -m infra.local stop

test: $(INSTALLED) ## Run all tests
	$(BIN)/pytest

check: $(INSTALLED) ## Format, lint, types, architecture, templates, and what is generated is what the code says
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=layers/bank/python:functions $(BIN)/lint-imports
	$(BIN)/cfn-lint
	$(BIN)/python -m infra.generate --check

format: $(INSTALLED) ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(INSTALLED) ## Measure capacity units and time per operation
	$(BIN)/python -m bench

simulate: $(INSTALLED) ## Run the simulation on SEEDS random histories
	SEEDS=$(SEEDS) $(BIN)/pytest -m simulation tests/simulation

redrive: $(INSTALLED) ## Give again what was given up: QUEUE=batch-lines-dlq, journals-failures, ...
	$(BIN)/python -m infra.redrive $(QUEUE)

events: $(INSTALLED) ## Show domain events as they happen on the local stack
	$(BIN)/python -m infra.local events

openapi: $(INSTALLED) ## Write infra/openapi.yaml and events/schemas from the code
	$(BIN)/python -m infra.generate

test-localstack: $(INSTALLED) ## Deploy to the LocalStack at AWS_ENDPOINT_URL and run the end-to-end tests there
	@test -n "$(AWS_ENDPOINT_URL)" || { echo "Set AWS_ENDPOINT_URL to a running LocalStack"; exit 2; }
	$(BIN)/python -m infra.local build
	$(BIN)/python -m infra.local deploy
	$(BIN)/pytest -m e2e

clean: stop ## Remove what was built and cached, but not .venv
	rm -rf .local .aws-sam .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
