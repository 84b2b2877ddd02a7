# Social Automation. A machine with Python 3.11 or newer, pip and make is enough.
# The work is done by scripts/bootstrap.py (the virtual environment) and config/services (everything else).

# The newest Python of this machine that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
PY := .venv/bin/python
SERVICES := $(PY) -m config.services
ARGS ?=
# Some machines forbid compiled modules; each of our processes would then compile 2,000 of them at every start.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help up down reset test check audit assets api api-fuzz prod-check key install env bench chaos

help: ## What there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z%-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## The virtual environment (the other commands see to it themselves)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed;" \
		" %s is older. Install a newer one, or name it: make up PYTHON=python3.12" % sys.executable)'
	@$(PYTHON) scripts/bootstrap.py

up: install ## Start everything: databases, pages, publisher, worker, timetable, sandbox
	@$(SERVICES) up

down: install ## Stop what `make up` started in another terminal
	@$(SERVICES) down

reset: install ## Stop, then remove .local: databases, uploads, logs, development secrets
	@$(SERVICES) reset

test: install ## Every test, with servers of its own; ARGS="tests/posting -k once" for some
	@$(SERVICES) test $(ARGS)

assets: install ## Build the front-end if its sources changed
	@$(SERVICES) frontend

env: install ## Exports for manage.py by hand: eval "$(make -s env)"
	@$(SERVICES) env

key: install ## A fresh API key of the demo restaurant: eval "$(make -s key)"
	@$(SERVICES) manage demo_key $(ARGS)

# Each line stops at its first finding, so the cheap ones come first.
check: install ## Style, types, templates, imports, migrations, front-end, Django's own checks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/djade --check --target-version 5.2 $$(find templates -name '*.html')
	.venv/bin/lint-imports --no-logo
	$(PY) -m mypy .
	@$(SERVICES) frontend --check
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PY) manage.py check --fail-level WARNING

api: install ## docs/openapi.json, the Python client and the Postman collection, made from the code
	@$(PY) -W ignore manage.py openapi

api-fuzz: install ## Schemathesis on every endpoint, long (SCHEMATHESIS_EXAMPLES=100)
	@SCHEMATHESIS_EXAMPLES=$${SCHEMATHESIS_EXAMPLES:-100} $(SERVICES) test --timeout 3600 tests/api/test_schemathesis.py $(ARGS)

prod-check: install ## Django's deploy check with production settings
	@$(SERVICES) prod-check

audit: install ## Known holes in what we install, and secrets in what we commit (needs the network)
	.venv/bin/pip-audit --disable-pip --require-hashes --progress-spinner off -r requirements.lock
	.venv/bin/pip-audit --disable-pip --require-hashes --progress-spinner off -r requirements-dev.lock
	$(SERVICES) npm audit --audit-level=high
	$(PY) scripts/secret_scan.py

chaos: install ## Publishers killed at random while Meta lies (CHAOS_POSTS, CHAOS_SECONDS, CHAOS_SEED)
	@$(SERVICES) test -n 0 -s -p no:cacheprovider tests/crash/chaos.py $(ARGS)

bench-%: install ## A measurement of tests/bench, for example: make bench-publish
	@$(SERVICES) test -n 0 -s -p no:cacheprovider tests/bench/$(subst -,_,$*).py $(ARGS)
