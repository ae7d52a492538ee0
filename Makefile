# Platewise in a few verbs. `make serve` and `make test` need nothing but Python 3.11 or later and make.
HOST   ?= 127.0.0.1
PORT   ?= 5000
EXTRAS ?= dev
ARGS   ?=
MINUTES ?= 30
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

VENV := .venv
BIN  := $(VENV)/bin
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help venv serve test walls soak fuzz audit check format bench load train samples clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

venv: $(VENV)/.with-$(EXTRAS)  ## create .venv and install Platewise with EXTRAS (dev)

serve: $(VENV)/.with-serve  ## start the server and its web page on PORT (5000), HOST (127.0.0.1)
	@$(BIN)/platewise serve --host $(HOST) --port $(PORT)

test: $(VENV)/.with-$(EXTRAS)  ## run the test-suite; ARGS="-k page" passes options to pytest
	@$(BIN)/python -m pytest $(ARGS)

walls: $(VENV)/.with-$(EXTRAS)  ## test what is promised of reliability and security, and print the table
	@$(BIN)/python tests/walls.py $(ARGS)

soak: $(VENV)/.with-$(EXTRAS)  ## the same at its long sizes (hours)
	@PLATEWISE_WALLS=long $(BIN)/python tests/walls.py $(ARGS)

fuzz: $(VENV)/.with-$(EXTRAS)  ## send damaged pictures and odd requests for MINUTES (30)
	@$(BIN)/python tests/fuzz.py --minutes $(MINUTES)

audit: $(VENV)/.with-$(EXTRAS)  ## bill of materials (dist/sbom.json), and the known weaknesses of what is installed
	@mkdir -p dist
	@$(BIN)/python -m cyclonedx_py environment --output-reproducible --of JSON -o dist/sbom.json $(BIN)/python
	@$(BIN)/python tests/known_weaknesses.py

check: $(VENV)/.with-$(EXTRAS)  ## lint, types, architecture
	@$(BIN)/ruff check .
	@$(BIN)/python -m mypy --strict
	@$(BIN)/python -m pytest tests/test_architecture.py

format: $(VENV)/.with-$(EXTRAS)  ## format the code and sort its imports
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.with-$(EXTRAS)  ## print what reading takes, and peers beside it; ARGS="--peer-models DIR PICTURES"
	@$(BIN)/python -m benchmarks.latency
	@$(BIN)/python -m benchmarks.peers $(ARGS)

load: $(VENV)/.with-$(EXTRAS)  ## print what the server answers per second
	@$(BIN)/python -m benchmarks.load $(ARGS)

train: $(VENV)/.with-train  ## train every shipped weight again and export it (hours; needs ../shared/data)
	@$(BIN)/platewise train detector --resume
	@$(BIN)/platewise export runs/detector --name detector
	@$(BIN)/platewise train recognizer --resume
	@$(BIN)/platewise export runs/recognizer --name recognizer
	@for way in window haar; do \
	  $(BIN)/platewise train $$way --resume && $(BIN)/platewise export runs/$$way --name $$way || exit 1; done

samples: $(VENV)/.with-$(EXTRAS)  ## draw samples/ again
	@$(BIN)/platewise synth scenes samples --vehicles --count 10 --seed 2 --regions gb,de,fr,pl,br,us,cn,in,vn,ar
	@for sample in 000000:british 000004:brazilian 000006:chinese; do \
	  cp samples/$${sample%:*}.jpg src/platewise/web/static/samples/a-$${sample#*:}-plate.jpg; done
	@$(BIN)/python docs/images/hero.py

clean:  ## remove what was built (.venv, caches); runs/ and shipped weights stay
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.with-%: pyproject.toml | $(BIN)/python
	@echo "Installing Platewise [$*] into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { \
	  echo "Platewise needs Python 3.11 or later; found: $$(python3 --version 2>&1 || echo none)." >&2; \
	  echo "Install one, or name it: make serve PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Platewise needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot create a virtual environment (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
