# Every command of the project. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# Where it is set, every process compiles the sources of TensorFlow anew, for 5 s.
unexport PYTHONDONTWRITEBYTECODE

MODEL ?= jet_tagger
PYTHON ?=
DATA ?=
DESIGN ?=
EVENTS ?=
OUT ?=
VARY ?=
MINUTES ?= 5
GRAPHS ?= 300
MODELS ?= 2000
EACH ?= 120
FILES ?= 2000
SEED ?= 0
WORKERS ?= 2
RECORD ?= build/qkeras

BIN := .venv/bin
PYTHON_IN_VENV := $(BIN)/python
TRIGFORGE := $(BIN)/trigforge
ROUTE := $(MODEL) $(if $(DESIGN),--design "$(DESIGN)") $(if $(EVENTS),--events "$(EVENTS)") $(if $(OUT),--out "$(OUT)")

##@ First minutes
.PHONY: help setup setup-frameworks synth scan verify optimize
help: ## This list
	@if [ -t 1 ]; then bold=$$'\033[1m'; blue=$$'\033[36m'; plain=$$'\033[0m'; else bold=; blue=; plain=; fi; \
	awk -v bold="$$bold" -v blue="$$blue" -v plain="$$plain" ' \
	  BEGIN { FS = ":.*## "; print "trigforge: from a trained physics model to verified trigger firmware" } \
	  /^##@ / { printf "\n%s%s%s\n", bold, substr($$0, 5), plain } \
	  /^[a-z-]+:.*## / { printf "  %smake %-10s%s %s\n", blue, $$1, plain, $$2 }' Makefile

setup: .venv/.ready ## The pinned environment in .venv (again only when a lock changed)
	@:

setup-frameworks: .venv/.ready-frameworks ## Packages that only other front doors need: onnx, qonnx, torch, Brevitas
	@:

synth: setup ## Model to verified HLS C++ and Verilog, mapped, and a report: MODEL=jet_tagger [DESIGN= EVENTS= OUT=]
	@$(TRIGFORGE) synth $(ROUTE)

scan: setup ## A grid of designs side by side, mapped, with table and picture: MODEL= [VARY="rtl.stage_delay_ns=2,4 ..." DESIGN= OUT=]
	@$(TRIGFORGE) scan $(MODEL) $(foreach axis,$(VARY),--vary "$(axis)") $(if $(DESIGN),--design "$(DESIGN)") $(if $(OUT),--out "$(OUT)")

verify: setup ## Run every simulator on the same events and compare bits: MODEL= [DESIGN= EVENTS= OUT=]
	@$(TRIGFORGE) verify $(ROUTE)

optimize: setup ## Long searches for smaller adders, kept for the next build: MODEL= [MINUTES=5 DESIGN=]
	@$(TRIGFORGE) optimize $(MODEL) --minutes $(MINUTES) $(if $(DESIGN),--design "$(DESIGN)")

##@ Data and training
.PHONY: data train train-qkeras
data: .venv/.ready-generate ## Simulate the training jets (installs Pythia 8 and FastJet, both GPL; resumes)
	@$(TRIGFORGE) data jets generate

train: setup ## Train a model again: MODEL=jet_tagger (resumes), DATA=folder of jets of your own
	@TRIGFORGE_DATA=$(DATA) $(TRIGFORGE) train $(MODEL)

train-qkeras: setup .venv-qkeras/.ready ## Train jet_tagger_qkeras again, in the environment of QKeras (resumes)
	@$(TRIGFORGE) train jet_tagger_qkeras

##@ Checks
.PHONY: lint test test-qkeras others fuzz hunt formats notebooks docs site bench
lint: setup ## Style, types, layers, exactness of the agreement tests, docstrings, what git carries
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(PYTHON_IN_VENV) .ci/checks.py exact tree docstrings

test: setup setup-frameworks ## The tests (every warning is an error)
	$(BIN)/pytest -W error -n $(WORKERS) --dist loadfile --ignore tests/flow/test_emulating_dask.py --ignore tests/flow/test_scanning_dask.py
	timeout 900 $(BIN)/pytest -W error tests/flow/test_emulating_dask.py tests/flow/test_scanning_dask.py # Dask wants a process in which nothing else runs

test-qkeras: setup .venv-qkeras/.ready ## Record what QKeras, HGQ 1 and Keras 2 compute, in their environment, and compare: RECORD=folder
	TF_CPP_MIN_LOG_LEVEL=3 .venv-qkeras/bin/python -W ignore -m tests.frontends.qkeras.record "$(RECORD)" $(EACH)
	TRIGFORGE_QKERAS_VECTORS="$(RECORD)" $(BIN)/pytest -W error -n $(WORKERS) tests/frontends/qkeras/test_qkeras_vectors.py

others: setup setup-frameworks .venv-qkeras/.ready ## Read models of others, rebuilt with random weights, and compare (takes an hour)
	$(PYTHON_IN_VENV) -m tests.frontends.others.survey

fuzz: setup ## Random graphs, emulator against C simulation and RTL: GRAPHS=300
	$(PYTHON_IN_VENV) -m tests.agreement.fuzz --graphs $(GRAPHS)

hunt: setup ## Random models against their framework, then damaged files: MODELS=2000 FILES=2000 [SEED=] (resumes)
	@status=0; \
	$(PYTHON_IN_VENV) -m tests.hunt.models --models $(MODELS) --seed $(SEED) --workers $(WORKERS) || status=1; \
	$(PYTHON_IN_VENV) -m tests.hunt.files --files $(FILES) --first $(SEED) || status=1; \
	exit $$status

formats: setup setup-frameworks .venv-qkeras/.ready ## Random models of every other format against their frameworks: EACH=120 (resumes)
	@[ -e "$(RECORD)/plain.zip" ] || \
	TF_CPP_MIN_LOG_LEVEL=3 .venv-qkeras/bin/python -W ignore -m tests.frontends.qkeras.record "$(RECORD)" $(EACH)
	TRIGFORGE_QKERAS_VECTORS="$(RECORD)" $(PYTHON_IN_VENV) -W ignore -m tests.hunt.models others --models $(EACH) --seed $(SEED) --workers $(WORKERS)

notebooks: setup ## Execute every lesson in notebooks/ (what they read and compile is there for the tests)
	@export TRIGFORGE_CACHE="$(CURDIR)/build/test_cache"; for notebook in notebooks/*.ipynb; do \
	  if [ -e "$$notebook" ]; then $(BIN)/jupyter execute "$$notebook"; else echo "notebooks/ holds no lesson"; fi; done

site: setup ## The pages of docs/ as a site in build/site, every warning an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict # with --quiet no warning would count
	@echo "open build/site/index.html; with search: $(PYTHON_IN_VENV) -m http.server -d build/site"

docs: setup site ## The site, relative links, and the examples in Markdown and docstrings
	$(PYTHON_IN_VENV) .ci/checks.py links examples
	$(BIN)/pytest -W error -q --doctest-modules --ignore-glob='*/templates/*' src

bench: setup ## Run every script in benchmarks/
	@for script in benchmarks/*.py; do \
	  if [ -e "$$script" ]; then echo "== $$script"; $(PYTHON_IN_VENV) "$$script"; else echo "benchmarks/ holds no script"; fi; done

##@ Upkeep
.PHONY: lock clean
lock: setup ## Resolve the pinned locks anew from pyproject.toml
	@bash .ci/lock

clean: ## Remove generated output and caches; .venv stays
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests models datasets benchmarks .ci -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# The stamps are written last, so an interrupted setup runs again.
.venv/.ready: pyproject.toml requirements.lock requirements-uv.lock
	@bash .ci/setup
	@touch $@

# QKeras 0.9 and HGQ 0.2 want a TensorFlow that nothing else here works with.
.venv-qkeras/.ready: requirements-qkeras.lock
	@echo "installing QKeras 0.9, HGQ 0.2 and TensorFlow 2.14 in .venv-qkeras"
	@$(PYTHON_IN_VENV) -m venv --clear .venv-qkeras
	@$(BIN)/uv pip install --quiet --python .venv-qkeras/bin/python --require-hashes -r requirements-qkeras.lock
	@touch $@

# By pip, as uv resolves torch to the builds for GPUs; without hashes, as the CPU builds of torch differ by platform.
.venv/.ready-frameworks: .venv/.ready requirements-frameworks.txt
	@echo "installing the packages of requirements-frameworks.txt"
	@$(PYTHON_IN_VENV) -m pip install --quiet --disable-pip-version-check -r requirements-frameworks.txt
	@touch $@

.venv/.ready-generate: .venv/.ready requirements-generate.lock
	@echo "installing Pythia 8 and FastJet; both are licensed under the GPL"
	@$(BIN)/uv pip install --quiet --python $(PYTHON_IN_VENV) --require-hashes -r requirements-generate.lock
	@touch $@
