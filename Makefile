.DEFAULT_GOAL := help
BIN := .venv/bin
PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header

# One lock for each purpose: a server, a Dask worker, development. Their versions are the same, and so are their figures.
RUN_EXTRAS := --extra prefect --extra cloud --extra postgis --extra briefs
CLUSTER_EXTRAS := --extra cluster --extra cloud
DEV_EXTRAS := $(RUN_EXTRAS) --extra bench --extra dev

# Without these Prefect reports its use to its makers.
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

# Tests start the command hundreds of times: where this is set, each would compile its modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup programs warm demo screenshots test test-long test-lowest test-pythons mutants notebook bench sbom lint format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

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

test: setup ## lint, then run the tests; what CI runs
	@$(MAKE) --no-print-directory --jobs 2 programs lint warm
	$(BIN)/pytest -n 2 --dist loadgroup --durations 60

test-long: setup programs ## run the tests that take minutes, such as the wheel on every Python
	$(BIN)/pytest -m long

test-lowest: setup ## run the quick part of the tests with the lowest versions that pyproject.toml allows
	tools/test_versions.sh lowest

test-pythons: setup ## run the quick part of the tests with the newest versions, on every Python from 3.11 that is here
	tools/test_versions.sh newest

mutants: setup ## make small faults in the code of figures and list those that no test notices (hours)
	$(BIN)/python -m tools.mutants

notebook: setup ## execute docs/first_steps.ipynb anew and keep what it prints
	@$(BIN)/python tools/notebook.py

bench: setup ## measure speed and memory against peers, at national size
	$(BIN)/python -m benchmarks --country national --table docs/benchmarks.md

sbom: ## what a server is made of, as CycloneDX, into build/sbom.json
	@$(BIN)/python tools/sbom.py run build/sbom.json

lint: setup ## check style, types, the order of imports, words, docstrings and the pages' scripts
	@mkdir -p build
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	PYTHONPATH=src/coverage:. $(BIN)/lint-imports --no-logo >build/lint-imports.txt || { cat build/lint-imports.txt; exit 1; }
	$(BIN)/python tools/check_words.py
	tools/lint_scripts.sh
	$(BIN)/mypy

format: setup ## lay out the code as lint wants it
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format .

lock: setup ## pin the newest versions that pyproject.toml, requirements/*.in and package.json allow, and the lowest
	$(PIN) --upgrade $(DEV_EXTRAS) pyproject.toml --output-file requirements/dev.txt
	$(PIN) --constraint requirements/dev.txt $(RUN_EXTRAS) pyproject.toml --output-file requirements/run.txt
	$(PIN) --upgrade --constraint requirements/dev.txt $(CLUSTER_EXTRAS) pyproject.toml --output-file requirements/cluster.txt
	$(PIN) --upgrade --constraint requirements/dev.txt requirements/build.in --output-file requirements/build.txt
	$(PIN) --upgrade requirements/node.in --output-file requirements/node.txt
	$(PIN) --upgrade --resolution lowest-direct pyproject.toml requirements/test.in --output-file requirements/lowest.txt
	npm install --package-lock-only --omit-lockfile-registry-resolved

clean: ## remove everything that was installed or built, but no run's results
	rm -rf .venv .venv-* build dist node_modules src/coverage/commune_coverage/site/assets .mypy_cache .pytest_cache .ruff_cache .hypothesis
