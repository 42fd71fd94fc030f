# Every target gets ready what it needs: see README.md.
PYTHON ?= python3
DEV = $(PYTHON) dev/__main__.py
NAME ?=

.PHONY: help setup db drop shell clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: ## Get Odoo 19, the Python packages and PostgreSQL ready
	@$(DEV) setup

db: ## Make the fresh database NAME with the addons installed, no demo data
	@$(DEV) db "$(NAME)"

drop: ## Remove the database NAME
	@$(DEV) drop "$(NAME)"

shell: ## Open a shell of Odoo on the database NAME
	@$(DEV) shell "$(NAME)"

clean: ## Stop the embedded servers and remove everything that was made
	@$(DEV) clean
