# Every target gets ready what it needs: see README.md.
PYTHON ?= python3
DEV = $(PYTHON) dev/__main__.py
NAME ?=
# Options of demo and serve, read from the environment by the tool chain.
export LEDGER LOCALE RATES TODAY SERVE PORT ODOO_DIR DSN CLUSTER SIZE FACTOR PEERS ADDONS

.PHONY: help demo serve test backtest bench lint format i18n setup db drop shell stop clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

demo: ## Make the demo company (LOCALE=zh_CN: a Chinese one), or LEDGER=book.csv; serve it
	@$(DEV) demo

serve: ## Serve the demo, or the database NAME, on 127.0.0.1
	@$(DEV) serve "$(NAME)"

test: ## Run the whole suite
	@$(DEV) test

backtest: ## Say what the grades were worth on LEDGER=path.csv (CUT=, UNTIL=)
	@PYTHONPATH=sale_collection $(PYTHON) benchmarks/backtest.py "$(LEDGER)" "$(CUT)" "$(UNTIL)"

bench: ## Measure on generated ledgers of SIZE and SIZE x FACTOR customers
	@$(DEV) bench

lint: ## Check style, data files and packages
	@$(DEV) lint

format: ## Lay out the Python files as the checks want them
	@$(DEV) format

i18n: ## Bring the translation files in line with the texts
	@$(DEV) i18n

setup: ## Get Odoo 19, the Python packages and PostgreSQL ready
	@$(DEV) setup

db: ## Make the fresh database NAME with the addons, or ADDONS=a,b; no demo data
	@$(DEV) db "$(NAME)"

drop: ## Remove the database NAME
	@$(DEV) drop "$(NAME)"

shell: ## Open a shell of Odoo on the database NAME
	@$(DEV) shell "$(NAME)"

stop: ## Stop the embedded servers
	@$(DEV) stop

clean: ## Stop the embedded servers and remove everything that was made
	@$(DEV) clean
