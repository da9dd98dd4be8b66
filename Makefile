# What .ci/run calls.  PYTHON is the interpreter of an environment in which
# pip install -e ".[test]" (for doc: ".[doc]") was run.
PYTHON ?= python

.PHONY: all test fuzz lint doctest examples doc links bench screenshots

all: lint test doctest examples

test:
	$(PYTHON) -m pytest -n auto

# Hostile inputs to exact answers: INPUTS for each property, 23,000 in all. The seed
# makes a run the same again.
INPUTS ?= 2000
SEED ?= 0
fuzz:
	SKCURIOUS_FUZZ=$(INPUTS) $(PYTHON) -m pytest -q -n auto tests/fuzz \
		--hypothesis-seed=$(SEED)

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m codespell_lib skcurious tests examples benchmarks doc *.md *.cff
	$(PYTHON) -m numpydoc.cli lint skcurious/*.py

doctest:
	$(PYTHON) -m pytest -q --doctest-modules skcurious
	$(PYTHON) -m pytest -q --doctest-glob="*.md" README.md
	$(PYTHON) -m pytest -q -o pythonpath=doc/guide --doctest-glob="*.rst" doc/guide

examples:
	set -e; for example in examples/plot_*.py; do \
		echo "== $$example"; MPLBACKEND=agg $(PYTHON) $$example; done

doc:
	$(PYTHON) -m sphinx -W --keep-going -b html doc doc/_build/html
	$(MAKE) links

links:
	$(PYTHON) doc/check_links.py doc/_build/html

# Pictures of the app, in PICTURES: takes the extra app, Playwright and a Chromium.
PICTURES ?= doc/images
screenshots:
	$(PYTHON) doc/screenshots.py --to $(PICTURES)

bench:
	$(PYTHON) benchmarks/bench_closed_form.py
