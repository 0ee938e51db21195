# Arraigo. `make run` and `make test` need Python 3.11 or newer and make, nothing else.
# Plain POSIX shell and GNU make 3.81 (what macOS ships). Paths stay relative, so the folder's name may have spaces.

PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3.14 python3 python)
HALF_MADE := $(VENV)/.half-made
HASHED := --quiet --require-hashes --no-build-isolation
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(if $(UPGRADE),--upgrade)

RASA := .rasa
RASA_CONFIG ?= config
PYTHONS_310 := $(if $(PYTHON310),$(PYTHON310),python3.10 $(wildcard $(HOME)/.pyenv/versions/3.10.*/bin/python))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
.DEFAULT_GOAL := help
.PHONY: help install run check test bench screenshots format lock rasa start-anew

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.runtime ## serve on http://127.0.0.1:8000 (PORT=9000 make run: elsewhere)
	@exec $(PY) -m bot serve --port "$(PORT)"

check: $(VENV)/.dev ## format, lint, types, copy and flow graph: the quick gate
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m bot check

test: check ## check, then every test: SQLite, PostgreSQL, browser; skipped ones are named with the reason
	$(PY) -m pytest -n 2

bench: $(VENV)/.dev ## one JSON object of figures
	@$(PY) -m tests.bench

screenshots: $(VENV)/.dev ## take the pictures of the README anew (needs Chromium)
	$(PY) -m tests.screenshots

format: $(VENV)/.dev ## bring the code into shape
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

lock: $(VENV)/.built ## write the lock files anew (UPGRADE=1 make lock: with the newest versions)
	$(LOCK) --group build -o requirements-build.lock
	$(LOCK) pyproject.toml --extra dev -o requirements-dev.lock
	$(LOCK) pyproject.toml -c requirements-dev.lock -o requirements.lock

rasa: var/rasa/models/$(RASA_CONFIG).tar.gz ## optional, needs Python 3.10: Rasa on http://127.0.0.1:5005 (nlu/rasa/README.md)
	@exec $(RASA)/bin/python nlu/rasa/launch.py serve --model $<

install: $(VENV)/.runtime ## the virtual environment in .venv, without starting anything

# The installer and the build tool, by the pip that comes with Python; every download is checked against its hash.
$(VENV)/.built: requirements-build.lock $(if $(wildcard $(HALF_MADE)),start-anew)
	@if ! $(PY) -m pip --version >/dev/null 2>&1; then \
		rm -rf $(VENV); python=; \
		for candidate in $(PYTHONS); do \
			if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
				>/dev/null 2>&1; then python=$$candidate; break; fi; \
		done; \
		if [ -z "$$python" ]; then \
			echo 'Arraigo needs Python 3.11 or newer, with its venv module. Looked for: $(PYTHONS).' >&2; \
			echo 'Debian, Ubuntu: apt install python3 python3-venv. macOS: brew install python@3.13.' >&2; \
			echo 'Or name yours: make PYTHON=/path/to/python3 $(MAKECMDGOALS)' >&2; \
			exit 1; \
		fi; \
		echo "Setting up Arraigo with $$python: once, about a minute." >&2; \
		mkdir $(VENV) && echo $$PPID >$(HALF_MADE) && "$$python" -m venv $(VENV); \
	fi
	@echo $$PPID >$(HALF_MADE)
	@$(PY) -m pip install --quiet --require-hashes -r requirements-build.lock
	@rm $(HALF_MADE)
	@touch $@

# An interrupted installation leaves its mark: nobody can say what it holds, so it is made again.
start-anew:
	@if kill -0 "$$(cat $(HALF_MADE))" 2>/dev/null; then \
		echo 'Another make is installing here: wait for it. If there is none, delete the folder $(VENV).' >&2; \
		exit 1; \
	fi
	@echo 'The last installation was interrupted: starting it again.' >&2
	@rm -rf $(VENV)

# uv is quick; where it cannot reach the packages, pip may know this machine's own mirror.
define install
	@echo $$PPID >$(HALF_MADE)
	@$(VENV)/bin/uv pip install --python $(PY) $(HASHED) -r $(1) || $(PY) -m pip install $(HASHED) -r $(1)
	@rm $(HALF_MADE)
endef

$(VENV)/.runtime: $(VENV)/.built requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@$(PY) -m pip install --quiet --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(call install,requirements-dev.lock)
	@touch $@

# Rasa 3.6 runs on Python 3.10 and nothing newer, and shares no packages with the rest: an environment of its own.
$(RASA)/pyvenv.cfg:
	@python=; for candidate in $(PYTHONS_310); do \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))' \
			>/dev/null 2>&1; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Rasa needs Python 3.10 (not newer), with its venv module. Looked for: $(PYTHONS_310).' >&2; \
		echo 'Install it beside yours: pyenv install 3.10. Or name it: make rasa PYTHON310=/path/to/python3.10' >&2; \
		echo 'Arraigo needs no Rasa: make run understands messages by itself.' >&2; \
		exit 1; \
	fi; \
	echo "Setting up Rasa with $$python: once, some minutes, 2.5 GB in $(RASA)." >&2; \
	"$$python" -m venv $(RASA)

$(RASA)/.built: nlu/rasa/requirements.txt | $(RASA)/pyvenv.cfg $(VENV)/.built
	@$(VENV)/bin/uv pip install --quiet --python $(RASA)/bin/python --require-hashes -r $< || \
		$(RASA)/bin/python -m pip install --quiet --require-hashes -r $<
	@touch $@

var/rasa/models/%.tar.gz: nlu/rasa/%.yml nlu/rasa/domain.yml $(wildcard nlu/data/intents/*.yml) | $(RASA)/.built
	@mkdir -p $(@D)
	$(RASA)/bin/python nlu/rasa/launch.py train --config $< --out $@
