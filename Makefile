.DEFAULT_GOAL := help
BIN := .venv/bin
PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

# Clusters bring their own image: the extra `cluster` is not locked.
LOCKED_EXTRAS := --extra prefect --extra cloud --extra postgis --extra briefs --extra bench --extra dev

# Without these Prefect reports its use to its makers.
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

# Tests start the command hundreds of times: where this is set, each would compile its modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup programs warm demo screenshots test test-long mutants bench lint format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install everything into .venv and fetch the page assets
	@tools/setup.sh

programs:
	@tools/setup_test_programs.sh

demo: setup ## compute and map an invented country; the last line is the path of its map
	@$(BIN)/commune-coverage demo --out build/demo
	@$(BIN)/commune-coverage run build/demo/country.toml

screenshots: setup programs ## picture every page of the newest maps, into build/screenshots
	@$(BIN)/python tools/screenshots.py

# What is compiled at first use is compiled once, while programs are installed, so that tests side by side need not.
warm: setup
	@$(BIN)/commune-coverage demo --out build/warm
	@$(BIN)/commune-coverage run build/warm/country.toml --engine serial --data-dir build/warm/data --maps-dir build/warm/maps

test: setup ## lint, then run the tests
	@$(MAKE) --no-print-directory --jobs 2 programs lint warm
	$(BIN)/pytest -n 2 --dist loadgroup --durations 15

test-long: setup programs ## run the tests that take minutes
	$(BIN)/pytest -m long

mutants: setup ## make small faults in the code of figures and list those that no test notices (hours)
	$(BIN)/python -m tools.mutants

bench: setup ## measure speed and memory against peers, at national size
	$(BIN)/python -m benchmarks --country national --table docs/benchmarks.md

lint: setup ## check style and types
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	tools/lint_scripts.sh
	$(BIN)/mypy

format: setup ## lay out the code as lint wants it
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format .

lock: setup ## pin the newest versions that pyproject.toml, requirements/*.in and package.json allow
	$(PIN) --upgrade $(LOCKED_EXTRAS) pyproject.toml --output-file requirements/lock.txt
	$(PIN) --upgrade --constraint requirements/lock.txt requirements/build.in --output-file requirements/build.txt
	$(PIN) --upgrade requirements/node.in --output-file requirements/node.txt
	npm install --package-lock-only --omit-lockfile-registry-resolved

clean: ## remove everything that was installed or built, but no run's results
	rm -rf .venv build dist node_modules src/coverage/commune_coverage/site/assets .mypy_cache .pytest_cache .ruff_cache .hypothesis
