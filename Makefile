# `make run` and `make test` are all that a newcomer needs; both set up what is missing first.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin

# What an installation is made from. Folders are listed too: their dates tell of files that came or went.
PAGES := $(shell find webapp/frontend \( -name node_modules -o -name tests \) -prune -o -type f ! -name '*.test.ts' -print; \
                 find webapp/frontend/src -type d 2>/dev/null)
INPUTS := pyproject.toml hatch_build.py $(PAGES)

.NOTPARALLEL:
.PHONY: help run test packages lint test-frontend test-python screens bench bench-web torture clean

help:  ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(VENV)/.server  ## serve the chat on http://localhost:8000 (options: make run ARGS="--port 9000")
	@exec $(BIN)/hongyan serve $(ARGS)

test: packages lint test-frontend test-python  ## all checks and tests; pytest's closing line comes last

packages:  ## the Debian packages that the tests use, where we may install them
	@scripts/debian-packages.sh venv tests

lint: $(VENV)/.dev  ## ruff and mypy
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy --no-error-summary

test-frontend: $(VENV)/.dev  ## the browser client: types, lint, tests, build
	$(BIN)/python hatch_build.py npm run check
	$(BIN)/python hatch_build.py npm run lint
	$(BIN)/python hatch_build.py npm run test
	$(BIN)/python hatch_build.py build

test-python: $(VENV)/.dev  ## pytest on two cores (options: make test-python WORKERS=0 ARGS="tests/hongyan -x")
	@$(BIN)/python hatch_build.py build
	$(BIN)/pytest -q -rs -n $(or $(WORKERS),2) --dist loadfile $(ARGS)

screens: $(VENV)/.dev packages  ## a picture of every screen, in both languages, at a desk and on a phone: docs/screens/index.html
	@$(BIN)/python hatch_build.py build
	$(BIN)/python -m tests.e2e.screens docs/screens

bench: $(VENV)/.dev packages  ## Hongyan, Mosquitto and amqtt compared (options: make bench ROUNDS=3 ROWS=qos1,fanout)
	$(BIN)/python -m bench --rounds $(or $(ROUNDS),5) --rows "$(ROWS)" $(ARGS)
	$(if $(ROWS),,$(BIN)/python -m bench.people)
	$(if $(ROWS),,$(BIN)/python -m bench.search)
	$(if $(ROWS),,$(BIN)/python -m bench.history)

bench-web: $(VENV)/.dev packages  ## the pages in Chromium: bytes, scrolling, typing, start (options: make bench-web ROUNDS=3)
	@$(BIN)/python hatch_build.py build
	$(BIN)/python -m bench.web --rounds $(or $(ROUNDS),5) $(ARGS)

torture: $(VENV)/.dev packages  ## kill -9 in the middle of a flood, many times over (options: make torture ARGS="--seed 7")
	$(BIN)/python -m tests.torture $(ARGS)

clean:  ## everything that was made here; the data folder stays
	rm -rf $(VENV) webapp/frontend/node_modules webapp/hongyan_web/ui dist test-results
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps lie in the environment that they speak of, so they go when it goes.
$(VENV)/pyvenv.cfg:
	@scripts/make-venv.sh $(VENV)

$(VENV)/.server: $(VENV)/pyvenv.cfg $(INPUTS)
	@echo "Installing Hongyan and building its pages (a minute or two, only when something changed) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[server]'
	@touch $@

$(VENV)/.dev: $(VENV)/pyvenv.cfg $(INPUTS)
	@echo "Installing Hongyan with everything that its tests use (a few minutes, only when something changed) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@$(BIN)/python hatch_build.py requires | xargs -r $(BIN)/python -m pip install --quiet --disable-pip-version-check
	@touch $(VENV)/.server $@
