# make demo, make test, make check: each sets up what it needs first, in .venv.
# GNU make 3.81 or newer and a POSIX shell. Extra words for the command behind a target: ARGS="...".

# Modules are compiled when they are installed; commands start quickly because of it.
unexport PYTHONDONTWRITEBYTECODE

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
UV       = "$$(PYTHON='$(PYTHON)' sh requirements/uv.sh)"
INSTALL  = $(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode
OURSELF  = $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
COMPILE  = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.PHONY: help demo test check format lock clean

help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 14

demo: $(VENV)/.run ## Show all of it on a made-up operator; ARGS=--no-browser where there is no screen
	$(BIN)/earshot demo $(ARGS)

test: $(VENV)/.dev ## Run all tests; ARGS="tests/stores -x" for some
	@sh requirements/system.sh $(BIN)/python
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev ## Lint, format and types, nothing is changed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev ## Repair format and imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Write the locked versions anew; ARGS=--upgrade takes newer ones
	@$(COMPILE) $(ARGS) pyproject.toml --output-file requirements/run.txt
	@$(COMPILE) $(ARGS) --no-annotate --group dev --extra bench --constraint requirements/run.txt pyproject.toml --output-file requirements/dev.txt
	@echo uv | $(COMPILE) $(ARGS) --no-annotate - --output-file requirements/uv.txt

clean: ## Remove the environment and everything that was made
	rm -rf $(VENV) .cache build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The two states of the environment. `dev` holds everything of `run`, so it serves the demo as well.
$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Earshot needs (some minutes the first time)"
	@$(INSTALL) requirements/run.txt
	@$(OURSELF)
	@rm -f $(VENV)/.dev
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Earshot and its tests need (some minutes the first time)"
	@$(INSTALL) requirements/dev.txt
	@$(OURSELF)
	@touch $(VENV)/.run $@

$(BIN)/python:
	@$(UV) venv --quiet --allow-existing --no-python-downloads --python '>=3.11' $(VENV)
