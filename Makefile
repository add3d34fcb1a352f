# Ten targets; CI runs these and nothing else. The few lines of shell that would not fit are in scripts/.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME   ?= 30s

GOBUILD = CGO_ENABLED=0 go build -trimpath -ldflags '-s -w'

# $(call having,X): the packages with a test function whose name begins with X.
having = $(shell grep -rlE --include='*_test.go' '^func $(1)' cmd internal | xargs -r -n1 dirname | sort -u | sed 's,^,./,')

.PHONY: build run check test drill fuzz bench browser docs release

build: ## ./gomphothere, one static binary
	$(GOBUILD) -o gomphothere ./cmd/gomphothere

run: export GOMPHOTHERE_DEVELOPMENT ?= true
run: export GOMPHOTHERE_DOMAIN ?= localhost:8080
run: export GOMPHOTHERE_DATA ?= ./data
run: build ## a development server on http://localhost:8080, its data in ./data
	./gomphothere serve

check: ## format, vet, staticcheck, the house's rules, and whether generated documents are current
	@bad=$$(gofmt -l cmd internal test/clients/*.go test/clients/go-mastodon); test -z "$$bad" || { echo "not gofmt-clean (gofmt -w them):"; echo "$$bad"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go test ./internal
	$(if $(call having,TestGeneratedDocs),go test -run '^TestGeneratedDocs' $(call having,TestGeneratedDocs))

test: ## everything, on SQLite and on a PostgreSQL of its own; installs what is missing
	scripts/test

drill: ## break one thing at a time and see what users, health and data say
	DRILL_KILLS=$${DRILL_KILLS:-200} scripts/with-postgres go test -count=1 -timeout 60m -v -run '^Test' ./internal/drill

fuzz: ## every fuzz target for FUZZTIME (30s)
	FUZZTIME=$(FUZZTIME) scripts/fuzz

bench: ## every benchmark, with memory
	$(if $(call having,Benchmark),scripts/with-postgres go test -run '^$$' -bench . -benchmem $(call having,Benchmark),@echo "no benchmark in the tree")

browser: ## the journeys that need Chromium
	$(if $(call having,TestBrowser),go test -run '^TestBrowser' $(call having,TestBrowser),@echo "no browser test in the tree")

docs: ## print the generated documents anew
	$(if $(call having,TestGeneratedDocs),go test -run '^TestGeneratedDocs' $(call having,TestGeneratedDocs) -update,@echo "no generated document in the tree")

release: ## static binaries for linux in dist/, the same bytes from the same commit, and their checksums
	rm -rf dist
	GOOS=linux GOARCH=amd64 $(GOBUILD) -o dist/gomphothere-linux-amd64 ./cmd/gomphothere
	GOOS=linux GOARCH=arm64 $(GOBUILD) -o dist/gomphothere-linux-arm64 ./cmd/gomphothere
	cd dist && sha256sum gomphothere-* > SHA256SUMS && cat SHA256SUMS
