# `make quickstart` and `make test` do all of their own set-up; they need Python 3.11 or newer, git and make.
#
#   PYTHON       the interpreter that makes the environment         (default python3)
#   TORCH_INDEX  a package index to take torch from, for example    (default: the usual one)
#                https://download.pytorch.org/whl/cpu on a machine without CUDA

PYTHON ?= python3
TORCH_INDEX ?=
VENV := .venv
TORCH := torch>=2.11,<2.14
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help install quickstart test lint check bench clean

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

install: $(INSTALLED)  ## Make .venv with labtop and all that quickstart and the tests need.

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "labtop needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(if $(TORCH_INDEX),$(BIN)/pip install --quiet '$(TORCH)' --index-url '$(TORCH_INDEX)')
	$(BIN)/pip install --quiet --editable '.[cpu,dev]'
	@touch $@

quickstart: install  ## The whole LAB method on a sample, in ./sandbox.
	$(BIN)/labtop quickstart --dir sandbox

lint: install  ## Formatting, rules, types and the arrows between the parts.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint  ## Lint, then the whole suite.
	$(BIN)/pytest

bench: install  ## The benchmarks, one JSON line each.
	@for file in tests/benchmarks/[a-z]*.py; do $(BIN)/python $$file || exit 1; done

clean:  ## Remove the environment and the sandbox.
	rm -rf $(VENV) sandbox
