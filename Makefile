# Everything runs in its own environment, made on first use.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test quick slow results matrix docs lint bench clean

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

# The tests of one room: make quick ROOM=zoo/flows
ROOM ?= layers
quick: $(VENV)/installed lint
	$(BIN)/python -m pytest -m "not slow" -n auto --dist loadfile tests/$(ROOM)

# What the quick run leaves out: sweeps over the models that trace for long, kills,
# damage.
slow: $(VENV)/installed
	$(BIN)/python -m pytest -m "slow and not results" -n auto --dist loadfile

# The README's results, trained anew and held to their bounds: many hours.
results: $(VENV)/installed
	$(BIN)/python -m pytest -m results

# The suite as other machines run it. One line of variables each; the last one beside
# eight processes that keep the processor busy.
TESTS = $(BIN)/python -m pytest -q -m "not slow" --dist loadfile
matrix: SHELL = /bin/bash
matrix: $(VENV)/installed
	OPENBLAS_CORETYPE=Haswell $(TESTS) -n auto
	if grep -q avx512f /proc/cpuinfo; then OPENBLAS_CORETYPE=SkylakeX $(TESTS) -n auto; fi
	TF_ENABLE_ONEDNN_OPTS=0 $(TESTS) -n auto
	OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 $(TESTS) -n 1
	OMP_NUM_THREADS=2 TF_NUM_INTRAOP_THREADS=2 TF_NUM_INTEROP_THREADS=2 $(TESTS) -n 1
	for i in 1 2 3 4 5 6 7 8; do timeout 4h sh -c 'while :; do :; done' & done; \
	$(TESTS) -n auto; status=$$?; kill $$(jobs -p); exit $$status

$(VENV)/docs-installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e ".[docs]"
	touch $@

# The API reference is the docstrings: nothing is written by hand that could rot.
docs: $(VENV)/docs-installed
	TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/pdoc --docformat google --output-directory docs/api \
	  genkeras genkeras.zoo genkeras.layers genkeras.distributions genkeras.training

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
