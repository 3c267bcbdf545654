# Thin over `python -m euromesh`; the README gives the same lines for machines without make.
# GNU make 3.81 (macOS) is enough. Every path is relative: the folder's own may hold spaces.

PYTHON ?= python3
PY := .venv/bin/python
READY := .venv/complete
ARGS ?=
AXE := tests/web/node_modules/axe-core/package.json
PYODIDE := book/_web/node_modules/pyodide/package.json

export JUPYTER_PREFER_ENV_PATH := 1

.NOTPARALLEL:  # `make -j book test`: the targets share .venv and _build
.PHONY: help book test check run baseline bench lighthouse lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@awk -F ':.*## *' '/^[a-z]+:.*##/ { printf "%-10s %s\n", $$1, $$2 }' Makefile
	@echo 'PYTHON=python3.12 chooses the Python (3.11 to 3.13) that makes .venv'

book: $(READY) $(PYODIDE)  ## environment, run of central, website and PDFs: prints their paths
	@$(PY) -m euromesh run
	@$(PY) -m euromesh book central

test: $(READY) $(AXE) $(PYODIDE)  ## lint, types, unit and property tests, notebooks, book, browser, PDF
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -n 2 -m 'not book'
	$(PY) -m pytest --nbval notebooks -n 2 --dist loadfile
	$(PY) -m pytest -n 2 --dist loadfile -m book

check: $(READY)  ## the fast part of test: lint, types, unit and property tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -n 2 -m 'not book and not slow'

run: $(READY)  ## one run; make run ARGS='-p owned.share=0.2 --name more'
	@$(PY) -m euromesh run $(ARGS)

baseline: $(READY)  ## rewrite the stored notebooks and tests/results.json
	@$(PY) -m euromesh baseline

bench: $(READY)  ## time the engine against its peers; make bench ARGS='--peers VENV'
	@OPENBLAS_NUM_THREADS=1 $(PY) -m tests.bench $(ARGS)

lighthouse:  ## measure every page of the built book with Lighthouse; needs npm
	npm install --no-save --prefix tests/web lighthouse@12.8.2
	node tests/web/lighthouse.mjs _build/book/central/site $(ARGS)

lock: $(READY)  ## compile requirements.txt from pyproject.toml, keeping pins that still hold
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-header \
	  pyproject.toml --output-file requirements.txt

clean:  ## remove what the targets make, but not .venv
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find book euromesh notebooks tests -name __pycache__ -type d -prune -exec rm -rf {} +

# What checks the pages for readers of all kinds; without npm those tests are skipped by name.
$(AXE): tests/web/package-lock.json
	@if command -v npm >/dev/null; then npm ci --omit=dev --prefix tests/web && touch $(AXE); \
	else echo 'no npm here: the tests with axe-core are skipped' >&2; fi

# The Python that runs the model in a page.
$(PYODIDE): book/_web/package-lock.json
	@if command -v npm >/dev/null; then npm ci --omit=dev --prefix book/_web && touch $(PYODIDE) || \
	  echo 'npm fetched no Pyodide: the explorer keeps its table computed beforehand' >&2; \
	else echo 'no npm here: the explorer keeps its table computed beforehand' >&2; fi

# The stamp is written last, so an interrupted install is finished by the next call. What pip
# was cut off in has no RECORD yet: without its .dist-info, pip installs it again.
$(READY): requirements.txt pyproject.toml
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo "no '$(PYTHON)' here: install Python 3.11 to 3.13, or name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "$(PYTHON) is $$('$(PYTHON)' -V 2>&1), and 3.11 to 3.13 is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv: on Debian or Ubuntu, apt-get install python3-venv; or make PYTHON=... with another" >&2; exit 1; }
	@rm -f $(READY)
	@for info in .venv/lib/python*/site-packages/*.dist-info; do \
	  test ! -d "$$info" || test -f "$$info/RECORD" || rm -rf "$$info"; done
	@test "$$($(PY) -V 2>&1)" = "$$('$(PYTHON)' -V 2>&1)" || rm -rf .venv
	'$(PYTHON)' -m venv .venv
	$(PY) -m pip install --disable-pip-version-check -r requirements.txt
	$(PY) -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(PY) -m euromesh.params.schema
	@touch $(READY)
