# `make demo` and `make test` each work as the first command ever typed in a fresh clone: they make
# `.venv` and install the locked versions by themselves. Nothing but Python 3.11 to 3.13 is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK = $(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet

PHOTOS := ../shared/photos
BASE_DATA := var/base
# Whole sources, never single files: pictures of one source share a desk, a camera and often a note.
HELD_OUT := kake0915/Money-Checker santoprestandrea/Banconote-Detection bat67/RMB-Dataset \
	brandonkimchi/banknote-recognition-resnet alexeygrigorev/clothing-dataset-small

# glibc hands the memory of each step back to the system, and getting it again takes up to half of the next one.
KEEP_MEMORY := MALLOC_ARENA_MAX=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456

# A picture to learn from that is a part of a held-out one (seed, CAD: image_49 of image_8). No hash sees it.
LEAKED := CAD/829ac259876c59a4d5996306f1124ff6b71571080a151a076940b685c269cd17.jpg

.PHONY: help demo test lint audit bench soak crash matrices pictures base lock clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.installed ## Try the bot in the browser: no token, no network
	@$(BIN)/currency-bot demo $(ARGS)

test: $(VENV)/.installed-dev ## Run the test suite
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.installed-dev ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

audit: $(VENV)/.installed ## Look the locked versions up among known vulnerabilities (needs pypi.org)
	@$(BIN)/python -m pip install --quiet pip-audit
	@$(BIN)/pip-audit --disable-pip --require-hashes -r requirements.lock

bench: $(VENV)/.installed-dev ## Measure answers, and training runs from the command to the swap
	@$(BIN)/python -m tests.bench $(ARGS)

soak: $(VENV)/.installed-dev ## Send 10,000 photos with 5 % faults (ARGS='--photos 500' for fewer)
	@$(BIN)/python -m tests.load.soak $(ARGS)

crash: $(VENV)/.installed-dev ## Kill the bot 200 times in the middle of its work (ARGS='--kills 20' for fewer)
	@$(BIN)/python -m tests.load.crash $(ARGS)

matrices: $(VENV)/.installed-dev ## Write docs/robustness.md: what is tried against the bot, and what it does
	@$(BIN)/python -m tests.matrices

pictures: $(VENV)/.installed-dev ## Take the pictures of the README again, from the page itself (needs Chromium)
	@$(BIN)/python -m docs.pictures

base: $(VENV)/.installed ## Train the base model that ships with the project, from PHOTOS=DIR
	@test -d "$(PHOTOS)/seed" -a -d "$(PHOTOS)/extra" || { \
		echo "There are no seed/ and extra/ in $(PHOTOS); say where the pictures are: make base PHOTOS=DIR" >&2; exit 2; }
	rm -rf $(BASE_DATA)
	DATA_DIR=$(BASE_DATA) $(BIN)/currency-bot dataset import --by-hash "$(PHOTOS)/seed"
	DATA_DIR=$(BASE_DATA) $(BIN)/currency-bot dataset import --by-hash "$(PHOTOS)/extra" \
		--none other_currency --none not_money $(HELD_OUT:%=--hold-out %)
	rm $(BASE_DATA)/dataset/$(LEAKED)
	DATA_DIR=$(BASE_DATA) $(KEEP_MEMORY) $(BIN)/currency-bot train --publish

lock: $(VENV)/.installed-dev ## Resolve the newest allowed versions into the lock files
	$(BIN)/python -m pip install --quiet uv
	$(LOCK) --upgrade --group build --group dev -o requirements-dev.lock
	$(LOCK) --upgrade --group build -c requirements-dev.lock -o requirements.lock

clean: ## Remove the virtual environment and caches (never your data or models)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "Python 3.11, 3.12 or 3.13 is needed; name one like this: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 2; }
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 2; }

# A lock names all there is, so nothing is resolved: with an extra ("coverage[toml]"), pip would take the newest
# version and then refuse it for having no hash (pypa/pip#9644). `pip check` says if the lock lacks anything.
$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing the locked versions (TensorFlow is large: a few minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip check
	@touch $@
