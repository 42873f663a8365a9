# `make demo` runs the main job, `make test` checks everything; both first install what is missing (Debian 12).
.PHONY: demo test check coverage mutants fuzz faults machine lint generate bench wheel lock

# Two workers on two cores; the frames of the tests are small, so that polars' own threads would only be in the way.
PYTEST = POLARS_MAX_THREADS=1 .venv/bin/pytest -n 2
COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --extra build

demo:
	@setup/install.sh demo
	@rm -rf build/demo
	.venv/bin/gjj demo build/demo

test:
	@setup/install.sh test
	@$(MAKE) --no-print-directory lint
	$(PYTEST)

# The minute before a commit: no root, no slow tests.
check:
	@setup/install.sh check
	@$(MAKE) --no-print-directory lint
	$(PYTEST) -m "not slow"

# Reading, parsing and rules have no branch untested; which modules, says pyproject.toml. One process, minutes.
coverage:
	@setup/install.sh check
	@mkdir -p build
	POLARS_MAX_THREADS=1 .venv/bin/coverage run -m pytest -k "not heavy and not 200001 and not libreoffice" \
		tests/test_identity.py tests/test_money.py tests/test_month.py tests/rules tests/workbook
	.venv/bin/coverage report

# Mutation testing of identity, money, month and the gate: 95 % of the mutants must be noticed. Half an hour.
mutants:
	@setup/install.sh check
	.venv/bin/python -m tests.mutants.run $(MODULE)

# Before a release: 20,000 mutants of good workbooks, in two processes; broken off, it goes on where it was.
fuzz:
	@setup/install.sh check
	POLARS_MAX_THREADS=1 .venv/bin/python -m tests.fuzz.run $(or $(FIRST),0) $(or $(COUNT),20000) build/fuzz

# Every fault of tests/faults, where `make test` does a fifth; a line for each kind at the end. Root, strace, half an hour.
faults:
	@setup/install.sh test
	GJJ_FAULTS=all $(PYTEST) --dist worksteal tests/faults

# Before a release: 200,000 steps of the books against their model, in two processes (an hour and a half); SEED= repeats
# a run that `make test` or this has printed.
machine:
	@setup/install.sh check
	GJJ_MACHINE_STEPS=$(or $(STEPS),200000) GJJ_MACHINE_SEED=$(SEED) $(PYTEST) tests/machine

lint:
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

# What is written by the program and committed: the templates and the page of rules.
generate:
	@setup/install.sh check
	.venv/bin/python -m gjj_cli.workbook.template templates/xlsx
	.venv/bin/python -m gjj_cli.report.reference docs/rules.md

# Against what a reader of workbooks and rows given to the driver cost at the least, and against peers; as ratios. 15
# minutes on a quiet machine.
bench:
	@setup/install.sh bench
	.venv-bench/bin/python -m bench.validate
	.venv-bench/bin/python -m bench.ledger

wheel:
	@setup/install.sh check
	.venv/bin/pip wheel -qq --no-build-isolation --no-deps -w dist .
	@ls dist/*.whl

# After a change of dependencies in pyproject.toml: pins stay as they are where they can.
lock:
	@setup/install.sh check
	$(COMPILE) -o requirements.lock pyproject.toml
	$(COMPILE) --extra dev -o requirements-dev.lock pyproject.toml
	$(COMPILE) --extra bench -o requirements-bench.lock pyproject.toml
