# The project's verbs. Each does its own set-up, so `make demo` and `make test` need nothing but
# a Debian machine. VENV, PYTHON and BUILD may be set from outside.
PYTHON ?= python3
VENV ?= .venv
BUILD ?= build
BIN := $(VENV)/bin
export PATH := $(abspath $(BIN)):$(PATH)
STAMPS := $(VENV)/.stamps
SOURCES := CMakeLists.txt $(shell find cpp src -name '*.[ch]pp' -o -name '*.py' -o -name '*.pyx' \
  -o -name '*.pxd' -o -name '*.map' -o -name '*.in' -o -name CMakeLists.txt)

.PHONY: help demo test lint types docs test-cpp test-python sanitized test-sanitized test-threads test-upstream test-apps \
  test-notebooks pictures fuzz bench wheel \
  format clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# --- what every verb stands on -------------------------------------------------------------

$(STAMPS)/venv: pyproject.toml
	PYTHON=$(PYTHON) .ci/system-packages demo
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@mkdir -p $(STAMPS)
	@touch $@

# The package as a user gets it, with what the notebook and its HTML page need.
$(STAMPS)/demo: $(STAMPS)/venv $(SOURCES)
	$(BIN)/python -m pip install --quiet . --group demo
	@touch $@

# The package built in place, with every tool; again whenever C++ or Cython changes.
$(STAMPS)/dev: $(STAMPS)/venv $(SOURCES)
	PYTHON=$(PYTHON) .ci/system-packages test
	$(BIN)/python -m pip install --quiet --group dev
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable . \
	  -C build-dir=$(BUILD)/editable -C cmake.define.KERNELWIRE_WERROR=ON
	@touch $@

CMAKE_DEV = cmake -G Ninja -DKERNELWIRE_WERROR=ON \
  -DKERNELWIRE_JSON_DIR=$$($(BIN)/python -c "import nlohmann_json as j; print(j.__path__[0])")/include

# --- the verbs -----------------------------------------------------------------------------

demo: $(STAMPS)/demo ## run a real notebook on the kernel and write it as HTML
	$(BIN)/kernelwire run examples/tour.ipynb --output out/tour.ipynb --html out/tour.html

test: lint types docs test-cpp test-sanitized fuzz test-python test-upstream test-apps ## everything that must pass

lint: $(STAMPS)/dev ## formatters and linters, changing nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/cython-lint src
	$(BIN)/clang-format --dry-run --Werror $$(git ls-files '*.cpp' '*.hpp')

types: $(STAMPS)/dev ## mypy, and the stubs against the modules
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest kernelwire._wire kernelwire._host kernelwire._client kernelwire._libzmq \
	  kernelwire._history kernelwire._murmur kernelwire._signing kernelwire._socket kernelwire._session --allowlist tests/stubtest-allowlist.txt

docs: $(STAMPS)/dev ## what the C++ headers say, as HTML in build/doxygen; fails on any warning
	mkdir -p $(BUILD)
	(cat docs/Doxyfile; echo "OUTPUT_DIRECTORY = $(BUILD)/doxygen") | doxygen -

test-cpp: $(STAMPS)/dev ## the C++ tests, with the examples and clang-tidy
	$(CMAKE_DEV) -S . -B $(BUILD)/cpp -DKERNELWIRE_TESTS=ON -DKERNELWIRE_ZMQ=ON \
	  -DKERNELWIRE_EXAMPLES=ON -DKERNELWIRE_BENCH=ON
	cmake --build $(BUILD)/cpp
	ctest --test-dir $(BUILD)/cpp --output-on-failure
	ls cpp/src/*.cpp $$(test -x $(BUILD)/cpp/cpp/clang/kernel/kernelwire-cpp && ls cpp/clang/kernel/*.cpp) \
	  | xargs -n 2 -P 2 $(BIN)/clang-tidy -p $(BUILD)/cpp --quiet --warnings-as-errors='*'

sanitized: $(STAMPS)/dev
	$(CMAKE_DEV) -S . -B $(BUILD)/sanitized -DCMAKE_BUILD_TYPE=Debug -DKERNELWIRE_TESTS=ON \
	  -DKERNELWIRE_ZMQ=ON -DKERNELWIRE_SANITIZE=address,undefined
	cmake --build $(BUILD)/sanitized

test-sanitized: sanitized ## the C++ tests under address and undefined-behaviour sanitizers
	ctest --test-dir $(BUILD)/sanitized --output-on-failure

# Those that have threads and neither fork nor hurry, which ThreadSanitizer does not take well.
THREAD_TESTS := comms embedded late_reply server
test-threads: $(STAMPS)/dev ## C++ tests that have several threads, under ThreadSanitizer
	$(CMAKE_DEV) -S . -B $(BUILD)/threads -DCMAKE_BUILD_TYPE=Debug -DKERNELWIRE_TESTS=ON \
	  -DKERNELWIRE_ZMQ=ON -DKERNELWIRE_SANITIZE=thread
	cmake --build $(BUILD)/threads --target $(THREAD_TESTS:%=%_test)
	for topic in $(THREAD_TESTS); do \
	  TSAN_OPTIONS="suppressions=$(CURDIR)/tests/cpp/sanitizers/threads.supp print_suppressions=0" \
	    $(BUILD)/threads/tests/cpp/$${topic}_test || exit 1; \
	done

FUZZ_SECONDS ?= 30
FUZZ_MESSAGES ?= 10000
FUZZ_SEED ?= 1
fuzz: sanitized ## libFuzzer on decode for FUZZ_SECONDS, and FUZZ_MESSAGES to a server's sockets
	$(CMAKE_DEV) -S . -B $(BUILD)/fuzz -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug \
	  -DKERNELWIRE_FUZZ=ON
	cmake --build $(BUILD)/fuzz --target fuzz_decode
	$(BUILD)/fuzz/tests/cpp/fuzz_decode -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
	  -rss_limit_mb=1024
	$(BUILD)/sanitized/tests/cpp/fuzz_sockets --messages $(FUZZ_MESSAGES) --seed $(FUZZ_SEED)

test-python: $(STAMPS)/dev test-cpp ## the Python tests
	KERNELWIRE_CPP_BUILD=$(BUILD)/cpp $(BIN)/python -m pytest

test-upstream: $(STAMPS)/dev ## the tests of jupyter_client and others, on our Session
	$(BIN)/python -m tests.upstream

test-notebooks: $(STAMPS)/dev ## notebooks of others, compared with ipykernel cell by cell
	$(BIN)/python -m tests.notebooks

# Jupyter's apps: a browser, the apps from PyPI, and the proxy of JupyterHub.
$(STAMPS)/apps: $(STAMPS)/dev
	PYTHON=$(PYTHON) .ci/system-packages apps
	$(BIN)/python -m pip install --quiet --group apps
	npm install --global --silent --no-fund --no-audit --prefix $(VENV) configurable-http-proxy@4
	@touch $@

test-apps: $(STAMPS)/apps ## JupyterLab, Notebook, Voilà, Qt Console and JupyterHub, in a real browser
	KERNELWIRE_CPP_BUILD=$(BUILD)/cpp $(BIN)/python -m pytest tests/apps

pictures: $(STAMPS)/apps ## the same, and take the screenshots of the documentation again
	KERNELWIRE_CPP_BUILD=$(BUILD)/cpp $(BIN)/python -m pytest tests/apps --pictures

bench: $(STAMPS)/dev test-cpp ## measure beside the peers, and write the tables and the picture
	$(BIN)/python -m pip install --quiet --group bench
	KERNELWIRE_CPP_BUILD=$(BUILD)/cpp $(BIN)/python -m bench

wheel: $(STAMPS)/dev ## a wheel and an sdist in dist/
	$(BIN)/python -m build

format: $(STAMPS)/dev ## rewrite the sources as the formatters want them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $$(git ls-files '*.cpp' '*.hpp')

clean: ## remove what the verbs made, the virtual environment included
	rm -rf $(BUILD) $(VENV) dist out
