# Debian's python3 (3.11 or newer), python3-venv and make are all that is assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
LAB := $(VENV)/.lab
DEV := $(VENV)/.dev
TOOLS := $(VENV)/tools
# uv where it is installed, for a fifth of the time; pip else, which knows the mirror that an office has set for it.
PIP = $(if $(shell command -v uv),VIRTUAL_ENV=$(CURDIR)/$(VENV) uv pip,$(BIN)/python -m pip --disable-pip-version-check)
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --quiet
# Outputs and what a front end notes go, ids of cells stay: a notebook that was only opened is the same file.
STRIP = $(CURDIR)/$(BIN)/nbstripout --keep-id --extra-keys "$(addprefix metadata.language_info.,version file_extension mimetype nbconvert_exporter pygments_lexer codemirror_mode) metadata.widgets"
MONTHS = $(sort $(notdir $(wildcard data/raw/[0-9][0-9][0-9][0-9]-[0-9][0-9])))
LATEST = $(lastword $(MONTHS))
# Only the sample's years become final by themselves: an office decides that of its own.
SAMPLE = $(shell grep -s '^is_synthetic: true' params/district.yml)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: sbom audit disclosure dictionary draw-proofs messages bench bench-quick bench-units calibration help setup report test test-quick test-notebooks fuzz faults year papers mutants lint format picture lab lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

setup: $(DEV) ## create .venv with everything: for the run, the lab, fleets and tests

# One environment that grows: `make report` installs requirements/run.lock, `make lab` adds the lab, `make test` all.
# Bytecode is left to the first import: most modules are never imported.
$(VENV)/.%: requirements/%.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what $< names into $(VENV)"
	@$(PIP) install --quiet --no-compile --require-hashes -r $<
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

report: $(RUN) ## publish the latest month of data/raw (of the sample two, and its final years) and say where its bulletin is
	$(if $(SAMPLE),$(BIN)/analysis finalise 2023 2024 2025 --tables-only)
	$(BIN)/analysis run $(if $(SAMPLE),$(lastword $(filter-out $(LATEST),$(MONTHS)))..)$(LATEST)
	@echo $(CURDIR)/reports/$(LATEST)/bulletin.html

test: lint ## all checks and tests (set-up included)
	$(BIN)/python -m pytest -n auto --dist loadfile
	$(MAKE) --no-print-directory test-notebooks bench-quick

test-quick: lint ## the checks and the fast tests
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow and not browser"

test-notebooks: $(DEV) ## every notebook as it stands, from top to bottom; the recipes in a district of two months
	$(BIN)/python -m pytest -o addopts= --nbval-lax notebooks/*.ipynb
	rm -rf build/district && mkdir -p build/district/data/raw build/district/notebooks
	cp -r params build/district && cp -r notebooks/research build/district/notebooks
	cp -r data/raw/2023-01 data/raw/2023-02 build/district/data/raw
	$(BIN)/analysis run 2023-01..2023-02 --tables-only --root build/district
	$(BIN)/python -m pytest -o addopts= --nbval-lax build/district/notebooks/research

fuzz: $(DEV) ## every kind of mutation of the sample's deliveries, 100 seeds each (takes an hour or two)
	FUZZ_SEEDS=100 $(BIN)/python -m pytest -n auto tests/fuzz

year: $(DEV) ## a year of an office with 60 units, pages every month, workbooks saved by LibreOffice (takes half an hour)
	YEAR=whole $(BIN)/python -m pytest -s tests/year

papers: $(DEV) ## every official paper of a month printed by LibreOffice, as PDF and pictures in build/papers (needs libreoffice-writer, poppler-utils)
	PAPERS=whole $(BIN)/python -m pytest -s tests/run/test_papers_printed.py

faults: $(DEV) ## 500 kills, 200 power cuts, full disks, runs at the same time, flipped bits, hostile names (takes about an hour)
	FAULTS=whole $(BIN)/python -m pytest -s tests/faults tests/run/test_same_bytes.py

disclosure: $(DEV) ## the whole attack on the counts that the open data withhold, over revisions too (about ten minutes)
	DISCLOSURE=whole $(BIN)/python -m pytest tests/report/test_open_tickets.py

draw-proofs: $(DEV) ## the whole proofs of the draw: rates, altered bytes, recusals, years (takes about a quarter of an hour)
	DRAW_PROOFS=whole $(BIN)/python -m pytest -s tests/action/draw

bench: $(DEV) ## every benchmark; writes docs/performance.md (takes about an hour; leave the machine alone)
	$(BIN)/python benchmarks/measure.py
	for script in redaction long_trends; do $(BIN)/python benchmarks/$$script.py || exit 1; done
	$(BIN)/python benchmarks/certainty.py peer
	$(BIN)/python benchmarks/certainty.py speed

bench-units: $(DEV) ## a scheme with 2,474 units run by the command line, pages and all (some ten minutes)
	SCHEME_UNITS=2474 $(BIN)/python -m pytest -s tests/schemes/test_sizes.py

calibration: $(DEV) ## what lists and certainty claim held against simulated truth: null districts and power (takes about half an hour)
	$(BIN)/python benchmarks/lists.py
	$(BIN)/python benchmarks/calibration.py

bench-quick: $(DEV) ## whether the benchmarks of docs/performance.md run, each at its smallest size
	$(BIN)/python benchmarks/measure.py --quick

mutants: $(DEV) ## 80 small mutations of scoring, insight and action: which does no test notice? (half an hour on two quiet cores)
	$(BIN)/python benchmarks/mutants.py

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(DEV) ## format the code and strip the notebooks' outputs
	$(BIN)/ruff format
	$(STRIP) $(wildcard notebooks/*.ipynb notebooks/research/*.ipynb)

dictionary: ## renew docs/data_dictionary.yml from the dictionary in src/
	cp src/analysis/policy/dictionary.yml docs/data_dictionary.yml

messages: $(DEV) ## compile the catalogues of messages, after a change of src/analysis/locale/*/LC_MESSAGES/analysis.po
	$(BIN)/pybabel compile --domain analysis --directory src/analysis/locale

picture: $(DEV) ## take the README's picture from the latest month's bulletin (needs chromium)
	$(BIN)/python docs/picture.py reports/$(LATEST)/bulletin.html docs/bulletin.png

lab: $(LAB) ## JupyterLab in Chinese on this machine's loopback address, in notebooks/
	@! git rev-parse --git-dir >/dev/null 2>&1 || git config filter.nbstripout.clean '$(STRIP)'
	cd notebooks && JUPYTER_CONFIG_PATH=$(CURDIR)/notebooks/.jupyter $(CURDIR)/$(BIN)/jupyter lab --ip=127.0.0.1 $(LAB_OPTIONS)

lock: $(DEV) ## renew requirements/ from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(COMPILE) --all-extras $(UPGRADE) --output-file requirements/dev.lock
	for purpose in run lab fleet; do \
	  $(COMPILE) --constraint requirements/dev.lock --extra setup $$(test $$purpose = run || echo --extra $$purpose) \
	    --output-file requirements/$$purpose.lock || exit 1; done

$(TOOLS)/.installed: Makefile
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0 pip-audit==2.10.1
	@touch $@

sbom: $(DEV) $(TOOLS)/.installed ## list what is installed in .venv as build/sbom.cdx.json (CycloneDX)
	@mkdir -p build
	$(TOOLS)/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible --of JSON -o build/sbom.cdx.json

audit: $(TOOLS)/.installed ## ask the public list of known vulnerabilities about every package of requirements/dev.lock
	@$(TOOLS)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/dev.lock || { \
	  echo "Not shown to be free of known vulnerabilities: some are listed above, or the public list cannot be asked from here."; exit 1; }

clean: ## remove caches; published months and .venv stay
	rm -rf .pytest_cache .ruff_cache .hypothesis .benchmarks build dist
	find src tests notebooks -name __pycache__ -o -name .ipynb_checkpoints | xargs rm -rf
