# `make` alone lists what there is. Works with GNU make 3.81 (macOS) and later.

.DEFAULT_GOAL := help
.PHONY: help demo demo-stop demo-clean build test test-newest test-memory test-export soak catalogue docs check fmt bench bench-full bench-marts release check-recipes clean

# Someone's warehouse may stand in it: nothing here may reach that.
unexport DATABASE_URL

# A build server must not change Cargo.lock.
LOCKED := $(if $(CI),--locked)

# Parquet is for releases and for `make test-export`: what is built every day does without.
DAILY := --workspace --exclude export-parquet

help: ## lists the targets
	@echo 'etl104: a company'"'"'s 104 resumes in its own Postgres and its own object storage'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

demo: ## shows the main job on generated people: Postgres, simulator, two days and today's hours, some answers
	@scripts/demo start

demo-stop: ## ends what `make demo` started; the data stay
	@scripts/demo stop

demo-clean: ## ends what `make demo` started and deletes its data
	@scripts/demo clean

build: ## builds all crates and tests
	cargo build $(LOCKED) $(DAILY) --lib --bins --tests

test: build ## runs all tests, on a Postgres of their own (or on ETL104_TEST_DATABASE_URL)
	scripts/with-postgres scripts/test $(LOCKED)

test-newest: build ## runs the tests against a database on the newest Postgres that can be had (by npm)
	ETL104_POSTGRES_BIN=$$(scripts/newest-postgres) && export ETL104_POSTGRES_BIN && \
	    scripts/with-postgres scripts/test-acceptance $(LOCKED)

soak: ## mixes all faults, with kills and a 2 GB file, then compares with a clean run; SOAK_MINUTES, SOAK_KILLS, SOAK_SEED
	cargo build $(LOCKED) --release -p cli -p simulator
	scripts/with-postgres cargo test $(LOCKED) --release -p acceptance --test soak -- --ignored --nocapture --test-threads=1

test-memory: ## measures the memory of runs, backfills and reprocesses of up to 200 000 resumes (a quarter of an hour)
	cargo build $(LOCKED) --release -p cli
	scripts/with-postgres cargo test $(LOCKED) --release -p acceptance --test memory -- --ignored --nocapture

test-export: ## builds with Parquet, and reads exports of all formats back by DuckDB and pyarrow (from PyPI)
	cargo clippy $(LOCKED) -p cli -p export-parquet --features cli/parquet --all-targets -- --deny warnings
	cargo test $(LOCKED) -p export-parquet
	cargo build $(LOCKED) --workspace --lib --bins --tests --features cli/parquet
	scripts/with-postgres scripts/test-export $(LOCKED)

catalogue: ## writes migrations/catalogue.txt, by which `verify` knows the tables; after each new migration
	scripts/with-postgres cargo test $(LOCKED) $(DAILY) --test faults -- --ignored the_catalogue_is_written_anew

docs: build ## writes docs/dictionary.md, its pictures, and the answers in docs/questions.md; after each change of the tables
	scripts/with-postgres cargo test $(LOCKED) $(DAILY) --test acceptance -- --ignored the_documents_are_written_anew

check: ## formatting, lints and docs, with warnings denied
	cargo fmt --all --check
	cargo clippy $(LOCKED) $(DAILY) --all-targets -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' cargo doc $(LOCKED) $(DAILY) --no-deps

fmt: ## formats all crates
	cargo fmt --all

release: ## builds and checks a release: one static program, completions, man pages, recipes, an archive (a quarter of an hour)
	scripts/release

check-recipes: build ## tries the recipes of deploy/ as far as this machine can; Airflow and schemas come from PyPI
	scripts/check-recipes

bench-marts: build ## measures the marts over 200 000 people and writes docs/marts-at-scale.md (five minutes, 5 GB)
	scripts/bench-marts

bench: ## measures what history costs beside COPY and dlt, and writes docs/benchmarks.md (half an hour, 4 GB)
	cargo build $(LOCKED) --release -p cli -p simulator
	scripts/bench

bench-full: ## the same up to a million people (hours, 40 GB)
	cargo build $(LOCKED) --release -p cli -p simulator
	scripts/bench --full

clean: demo-clean ## deletes what was built, and the data of demo and tests
	scripts/postgres remove target/test-postgres
	scripts/postgres remove target/bench-marts/postgres
	scripts/postgres remove target/bench/postgres
	cargo clean
