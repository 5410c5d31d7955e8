# Each target is one script; its head says what it does and what it takes.
.DEFAULT_GOAL := help
.PHONY: help up down test lint docs bench fuzz soak contract train-ner clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## build, start a vault with its own PostgreSQL and sample data, and say how to use it
	@scripts/up

down: ## stop the vault that make up started; its data stays
	@scripts/down

test: ## all tests, with the services they need
	@scripts/test

lint: ## formatting, clippy, shell scripts, dependency rules
	@scripts/lint

docs: ## the crates' documentation
	@scripts/docs

bench: ## the measurements, in release mode on a durable PostgreSQL
	@scripts/bench

fuzz: ## property tests with many more cases, and the targets under fuzz/, ten minutes each
	@scripts/fuzz

soak: ## steady load on a release server, watching errors and memory
	@scripts/soak

contract: ## a server held to its OpenAPI document by schemathesis, as each role
	@scripts/contract

train-ner: ## train the tagger of names anew, from packages
	@tools/ner/train

clean: ## stop everything and remove what can be built again
	@scripts/clean
