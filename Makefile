# Ask the Reviews. `make run` serves the chat, `make test` runs every check. Both need Python 3.11
# or newer and make, and set up .venv the first time; later they find it ready and start at once.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test shared index lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1 \2/p' Makefile | awk '{ \
		printf "%s %-7s", $$1, $$2; for (i = 3; i <= NF; i++) printf " %s", $$i; print "" }'

run: $(READY) ## serve the chat; the index is built first where it is missing or stale
	@$(BIN)/python app.py

test: $(READY) ## ruff, mypy, the import rule, and the tests with their coverage
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -m "not shared" --cov=qa

shared: $(READY) ## the tests over the question sets and PDFs beside the checkout, where they are
	$(PYTEST) -m shared

index: $(READY) ## bring the index up to date with corpus/
	@$(BIN)/qa index

lock: ## write requirements.lock anew, with the newest versions that pyproject.toml allows
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install -q setuptools packaging "$$(sed -n 's/^ *"\(torch==[^"]*\)",/\1/p' pyproject.toml)"
	build/lock/bin/pip install -q --no-build-isolation -e '.[dev]'
	build/lock/bin/python .ci/lock.py > build/requirements.lock
	mv build/requirements.lock requirements.lock
	rm -rf build/lock

clean: ## remove .venv and every cache; the index stays, it may hold documents of your own
	rm -rf .venv build dist src/*.egg-info .coverage .hypothesis .mypy_cache .pytest_cache \
		.ruff_cache .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# torch goes first: a CPU build of the pinned version is taken where the machine knows of one, and
# nothing that comes after can ask for another.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is not it." >&2; \
		echo "Name another: make $(or $(firstword $(MAKECMDGOALS)),run) PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up .venv: some minutes the first time."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q -c requirements.lock "$$(grep '^torch==' requirements.lock)"
	@$(BIN)/pip install -q -r requirements.lock
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@
