# make demo     sets up all it needs in .venv, reads a sample case, opens the browser viewer on it
# make test     sets up all it needs in .venv, runs every check and test
#
# make demo HEADLESS=1 OUT=dir    result files and a screenshot in dir, then exits
# make test-reading PYTHON=python3.12    the tests without the research layer, in .venv-reading, where no torch is
# PYTHON=...    the interpreter: name or path of a Python 3.11 or 3.12
# GPU=1         ONNX Runtime with CUDA in place of the one for CPUs

PYTHON ?=
HEADLESS ?=
GPU ?=
OUT ?= out/demo
VENV := .venv
READING := .venv-reading

# A stamp says which extras and which ONNX Runtime were installed; another request makes another stamp.
RUNTIME := $(if $(filter 1,$(GPU)),gpu,cpu)
VIEWER_STAMP := $(VENV)/installed-viewer-$(RUNTIME)
ALL_STAMP := $(VENV)/installed-all-$(RUNTIME)
READING_STAMP := $(READING)/installed-$(subst /,_,$(or $(PYTHON),default))
ALL_EXTRAS := viewer,research,test
CUDA_BUILD := onnxruntime-gpu[cuda,cudnn]
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --no-input --constraint constraints.txt

.DELETE_ON_ERROR:
.PHONY: demo test test-layers test-research test-reading lint format bench install clean cmake-lists pictures constraints system-libraries test-libraries

demo: $(VIEWER_STAMP) system-libraries
	$(VENV)/bin/python -m TumorResponseLib.cli.demo --out "$(OUT)" $(if $(filter-out 0,$(HEADLESS)),--headless)

# Side by side: the research layer's tests and those of the packaging take as long as all others.
test: lint test-libraries
	$(MAKE) --jobs=2 --output-sync=target test-layers test-research

test-layers:
	$(VENV)/bin/python -m pytest --ignore=Testing/research --ignore=Testing/packaging

test-research:
	$(VENV)/bin/python -m pytest Testing/research Testing/packaging

test-reading: $(READING_STAMP) test-libraries
	$(READING)/bin/python -m pytest --ignore=Testing/research

lint: $(ALL_STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: $(ALL_STAMP)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(ALL_STAMP)
	$(VENV)/bin/python -m Testing.benchmarks.bench

install: $(ALL_STAMP)

# Rewrites the lists of installed files in TumorResponse/CMakeLists.txt from the tree.
cmake-lists: $(ALL_STAMP)
	$(VENV)/bin/python tools/cmake_lists.py

# Rewrites the pictures of both shells in docs/ from what the tests see.
pictures: $(ALL_STAMP) test-libraries
	TUMOR_RESPONSE_SCREENSHOTS=out/pictures $(VENV)/bin/python -m pytest -q Testing/viewer Testing/panel/test_story.py
	cp out/pictures/viewer.png docs/viewer.png
	cp out/pictures/viewer-teaching.png docs/teaching.png
	cp out/pictures/panel-read.png docs/panel.png

# Rewrites constraints.txt from the versions in .venv.
constraints: $(ALL_STAMP)
	$(VENV)/bin/python tools/constraints.py > constraints.tmp
	mv constraints.tmp constraints.txt

clean:
	rm -rf $(VENV) $(READING) out .pytest_cache .mypy_cache .ruff_cache .hypothesis

system-libraries:
	@sh tools/system_libraries.sh

test-libraries:
	@sh tools/system_libraries.sh tests

$(VENV)/bin/pip:
	python="$$(sh tools/find_python.sh $(if $(PYTHON),"$(PYTHON)"))" && "$$python" -m venv --clear $(VENV)

$(VIEWER_STAMP): pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(call install,viewer)
	touch $@

$(ALL_STAMP): pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(call install,$(ALL_EXTRAS))
	touch $(VIEWER_STAMP) $@

$(READING_STAMP): pyproject.toml constraints.txt
	python="$$(sh tools/find_python.sh $(if $(PYTHON),"$(PYTHON)"))" && "$$python" -m venv --clear $(READING)
	$(READING)/bin/python $(PIP_INSTALL) --editable '.[viewer,test]'
	touch $@

# Both builds of ONNX Runtime fill the same import package, and pip brings the CPU's with the base package:
# the one that is not wanted is taken away, and the CUDA build is installed last.
define install
	@echo "Installing into $(VENV); the first time takes some minutes."
	rm -f $(VENV)/installed-*
	$(VENV)/bin/python -m pip uninstall -qq --yes onnxruntime-gpu
	$(VENV)/bin/python $(PIP_INSTALL) --editable '.[$1]'
	$(if $(filter gpu,$(RUNTIME)),$(VENV)/bin/python -m pip uninstall -qq --yes onnxruntime)
	$(if $(filter gpu,$(RUNTIME)),$(VENV)/bin/python $(PIP_INSTALL) '$(CUDA_BUILD)')
endef
