# Every target sets up .venv by itself when it is missing or older than the lock file.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.complete

.PHONY: report figures check test release verify preview bench quarto clean help
.DEFAULT_GOAL := help

$(STAMP): requirements.lock requirements-cff.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another with: make PYTHON=python3.12 report")'
	@echo "Setting up .venv (once, and again when the lock file changes)"
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv; $(PYTHON) -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation -r requirements-cff.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'from analysis.present import draw; draw.library(set_up=True)' 2>.venv/bundle.log || { cat .venv/bundle.log; exit 1; }
	@touch $(STAMP)

report: $(STAMP) ## render the report into _book/ (site and PDF)
	@$(BIN)/iscm render

figures: $(STAMP) ## write every figure as SVG, PNG, Vega-Lite and CSV into build/figures/
	@$(BIN)/iscm figures

check: $(STAMP) ## validate data/ and the chapters' references
	@$(BIN)/iscm check

test: $(STAMP) ## run the tests
	@$(BIN)/python -m pytest

release: $(STAMP) ## build dist/VERSION from the last commit: make release VERSION=1.2.0 [DOI=10.5281/zenodo.1]
	@test -n "$(VERSION)" || { echo "name the version: make release VERSION=1.2.0"; exit 1; }
	@$(BIN)/iscm release "$(VERSION)" $(if $(DOI),--doi "$(DOI)")

verify: $(STAMP) ## prove a release by building it again: make verify VERSION=1.2.0
	@test -n "$(VERSION)" || { echo "name the version: make verify VERSION=1.2.0"; exit 1; }
	@$(BIN)/iscm verify "dist/$(VERSION)"

preview: $(STAMP) ## serve the report on this machine and render again on every change
	@$(BIN)/iscm preview

bench: $(STAMP) ## run every script in benchmarks/
	@for f in benchmarks/*.py; do echo "== $$f"; $(BIN)/python $$f || exit 1; echo; done

quarto: $(STAMP) ## install Quarto into .venv for 'iscm render --engine quarto'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check quarto-cli || { echo "Quarto could not be installed: its download host is out of reach. The embedded engine (make report) needs nothing more."; exit 1; }

clean: ## remove what was built (not .venv)
	@rm -rf _book build .quarto

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'
