# Every command is enough by itself on a fresh clone with Python ≥ 3.11 (with venv) and make.
#   make run      the whole shop, http://127.0.0.1:8765/   (PORT=8766 make run: another port)
#   make test     all tests, on servers of their own       (ARGS="-k refund": some of them)
#   make check    format, lint, types, import order, migrations, generated maps
#   make maps     draw docs/maps again
#   make bench    what pages and orders cost; writes docs/performance.md   (ARGS=peak: the peak held)
#   make soak     the long form of the tests that have one; writes docs/reliability.md
#   make clean    forget the demo's data
#   make lock     resolve requirements/*.in again   (ARGS=--upgrade: to the newest versions)

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv/bin/python

sum = $(shell cksum <requirements/$(1).lock | tr ' ' -)
DEMO := .venv/installed-demo-$(call sum,demo)
DEV := .venv/installed-dev-$(call sum,dev)
# manage.py without a database: nothing listens on the discard port.
OFFLINE := DATABASE_URL=postgres://nobody@127.0.0.1:9/none $(VENV) -W ignore::RuntimeWarning manage.py

.PHONY: run test check bench maps soak clean lock

run: $(DEMO)
	@exec $(VENV) -m start

# Workers with servers of their own; ARGS="-n 0 -s …" runs in one process and shows what is printed.
test: $(DEV)
	$(VENV) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 25 $(ARGS)

check: $(DEV)
	$(VENV) -m ruff format --check .
	$(VENV) -m ruff check .
	$(VENV) -m mypy .
	.venv/bin/lint-imports --no-cache
	$(OFFLINE) makemigrations --check --dry-run
	$(OFFLINE) draw_maps --check

bench: $(DEV)
	@exec $(VENV) -m bench $(ARGS)

maps: $(DEV)
	$(OFFLINE) draw_maps

soak: $(DEV)
	$(VENV) -m pytest -m soak --timeout 0 $(ARGS)
	$(VENV) -m tests.faults.page

clean:
	@$(PYTHON) -m start.forget

COMPILE := $(VENV) -m uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header -q $(ARGS)
lock: $(DEV)
	$(COMPILE) requirements/runtime.in -o requirements/runtime.lock
	$(COMPILE) requirements/demo.in -o requirements/demo.lock
	$(COMPILE) requirements/dev.in -o requirements/dev.lock

# The dev lock holds everything of the demo lock.
$(DEV): | .venv/bin/pip
	$(call install,dev)
	@touch $(DEMO) $@

$(DEMO): | .venv/bin/pip
	$(call install,demo)
	@touch $@

define install
	@echo "installing requirements/$(1).lock into .venv"
	@$(VENV) -m pip install -qq --disable-pip-version-check uv==$(UV_VERSION) \
	&& $(VENV) -m uv pip install -q --python $(VENV) --require-hashes -r requirements/$(1).lock \
	|| { echo "uv could not install it; trying pip, which takes a minute"; \
	     $(VENV) -m pip install -q --require-hashes -r requirements/$(1).lock; }
endef

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, and $(PYTHON) is not: PYTHON=python3.12 make run"; exit 1; }
	@echo "making .venv"
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
	  echo "Python's venv is missing. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
