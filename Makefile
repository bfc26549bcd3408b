# Everything runs in its own environment, made on first use.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test lint bench clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e ".[test]"
	touch $@

demo: $(VENV)/installed
	rm -rf demo
	$(BIN)/genkeras demo --out demo

test: $(VENV)/installed lint
	$(BIN)/python -m pytest -m "not slow" -n auto --dist loadfile

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The other libraries come in only when the comparison is asked for.
$(VENV)/bench-installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e ".[bench]"
	touch $@

# Minutes each, on an idle machine; the tables go to tests/benchmarks/results.
bench: $(VENV)/bench-installed
	set -e; for script in tests/benchmarks/bench_*.py; do $(BIN)/python $$script; done

clean:
	rm -rf $(VENV) build dist *.egg-info demo .pytest_cache .ruff_cache
