# The commands of this repository. `make run` and `make test` need Python 3.11 or later, pip and a network; no set-up by hand.
.DEFAULT_GOAL := help
.PHONY: help run test quick lint types contracts format torture bench bench-quick pictures docs package setup setup-dev clean

# Any interpreter that starts may do the set-up: it looks for the best one itself, or takes PYTHON=...
STARTER := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 7))' >/dev/null 2>&1 && echo "$$python" && break; done)
BIN := .venv/bin

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-11s %s\n", $$1, $$2}'

run: setup  ## open the studio with a sample that needs no key; without a display, run it in the terminal
	@$(BIN)/python .ci/sample.py

test: setup-dev  ## the whole test suite, headless
	@.ci/tests

quick: setup-dev  ## the tests without those marked slow
	@.ci/tests -m "not slow"

lint: setup-dev  ## ruff: rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup-dev  ## mypy --strict
	@$(BIN)/mypy && MYPYPATH=.ci $(BIN)/mypy .ci/*.py

contracts: setup-dev  ## who may import whom
	@$(BIN)/lint-imports

format: setup-dev  ## put the sources in order
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

torture: setup-dev  ## kill runs 1,000 times and hold what they come to against the same runs left alone
	@$(BIN)/python -m tests.torture

bench: setup-dev  ## measure speed, write benchmarks/results.md
	@$(BIN)/python -m benchmarks

bench-quick: setup-dev  ## the same for small sizes only, keeping nothing
	@$(BIN)/python -m benchmarks quick

pictures: setup-dev  ## draw the pictures of the README and of docs/ again
	@$(BIN)/python .ci/pictures.py

docs: setup-dev  ## write the reference from the code, build the pages into site/
	@QT_QPA_PLATFORM=offscreen $(BIN)/python .ci/reference.py
	@$(BIN)/python -m sphinx -W --keep-going --quiet --builder html docs site && echo "The pages are in site/index.html"

package: setup-dev  ## build a wheel and a folder that needs no Python into dist/, and start both
	@$(BIN)/python .ci/package.py

setup: python
	@$(STARTER) -B .ci/setup.py

setup-dev: python
	@$(STARTER) -B .ci/setup.py --dev

.PHONY: python
python:
	@test -n "$(STARTER)" || { echo "Baton needs Python 3.11 or later, and no python3 starts here. Install it: sudo apt-get install python3 python3-pip"; exit 1; }

clean:  ## remove what was built, the environment too
	@rm -rf .venv out site dist build .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
