# What .ci/run calls.  PYTHON is the interpreter of an environment in which
# pip install -e ".[test]" (for doc: ".[doc]") was run.
PYTHON ?= python

.PHONY: all test lint doctest examples bench

all: lint test doctest examples

test:
	$(PYTHON) -m pytest -n auto

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m codespell_lib skcurious tests examples benchmarks doc *.md *.cff
	$(PYTHON) -m numpydoc.cli lint skcurious/*.py

doctest:
	$(PYTHON) -m pytest -q --doctest-modules skcurious
	$(PYTHON) -m pytest -q --doctest-glob="*.md" README.md

examples:
	set -e; for example in examples/plot_*.py; do \
		echo "== $$example"; MPLBACKEND=agg $(PYTHON) $$example; done

bench:
	$(PYTHON) benchmarks/bench_closed_form.py
