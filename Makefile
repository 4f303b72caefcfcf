.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-faults check baseline bench validate docs font lock clean

# Set on some machines; it would keep bytecode, and so every start, uncached.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
# `make test ARGS="-k calendar"`; `make lock LOCK="--upgrade"`
ARGS ?=
LOCK ?=
COMPILE := env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	$(BIN)/uv pip compile --no-config --quiet --universal --python-version 3.12 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header $(LOCK)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## .venv with the locked packages (every other target does this by itself)
	@sh bootstrap.sh

demo: setup ## play the default question and write its memo to outputs/demo
	$(BIN)/counterplay out=outputs/demo
	@test -f outputs/demo/memo.html || { echo "The run wrote no outputs/demo/memo.html" >&2; exit 1; }
	@echo "The memo: $(CURDIR)/outputs/demo/memo.html"

test: setup ## the quick tests
	$(BIN)/python -m pytest -n 2 $(ARGS)

test-slow: setup ## the long tests
	$(BIN)/python -m pytest -n 2 -m slow --timeout 1800 $(ARGS)

test-faults: setup ## kill, damage and interrupt runs, and count what is lost, wrong or left behind
	$(BIN)/python -m pytest -n 2 --dist load -m faults tests/faults $(ARGS)

check: setup ## lint, format, types and the rules of the house
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright --warnings
	$(BIN)/python -m pytest -q tests/test_floors.py

baseline: setup ## write tests/baseline.yaml again, and say which figures moved
	$(BIN)/python tests/support/baseline.py

bench: setup ## how fast the market runs on this machine
	$(BIN)/counterplay experiment=bench out=outputs/bench

validate: setup ## run every check that could have failed and write docs/validation.md
	$(BIN)/counterplay experiment=validate experiment.page=docs/validation.md

docs: setup ## write docs/parameters.md, the list of KPIs, the picture of imports and the digest of checks
	$(BIN)/python -m experiments.report.parameters_doc
	$(BIN)/python -m experiments.report.kpis_doc
	$(BIN)/python -m experiments.studies.backtest.limits_doc
	$(BIN)/python tests/support/imports.py
	$(BIN)/python -m experiments.studies.validate.digest

font: setup ## make the font with Chinese glyphs again, from the whole one in the extra "fonts"
	@mkdir -p .cache/font
	@awk '/^pylopdf-fonts-zh-cn==/ {on = 1} on; on && !/\\$$/ {exit}' requirements-extras.lock > .cache/font/source.lock
	@$(BIN)/uv pip install --quiet --require-hashes --no-deps --target .cache/font -r .cache/font/source.lock
	$(BIN)/python -m experiments.report.make_font .cache/font/pylopdf_fonts_zh_cn/NotoSansSC-Regular.otf

lock: setup ## work the pins out again from pyproject.toml
	@$(COMPILE) --extra dev --extra validation pyproject.toml -o requirements.lock
	@$(COMPILE) --extra fonts --extra lstm -c requirements.lock pyproject.toml -o requirements-extras.lock

clean: ## remove .venv, caches and what demo and bench wrote
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis .cache
	rm -rf outputs/demo outputs/bench outputs/validation
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
