#!/bin/sh
# npm test: everything. Installs and builds what is not yet there, then checks types, style and dead
# code, and runs every test. Goes on after a failure; the last line is the sum: N passed, N failed.
set -u
cd "$(dirname "$0")/.."
sh tools/install.sh || { echo "0 passed, 1 failed"; exit 1; }

passed=0
failed=0
check() {
  name="$1"
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok: $name"
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
  fi
}

check "types" node_modules/.bin/tsc --noEmit
check "style" node_modules/.bin/biome check .
check "build" sh tools/build.sh

counts="$(mktemp)"
trap 'rm -f "$counts"' EXIT
TEST_COUNTS="$counts" node_modules/.bin/mocha "test/**/*.test.ts"
status=$?
read -r tests_passed tests_failed < "$counts" || { tests_passed=0; tests_failed=1; }
# A run that broke off has counted less than it was to run.
if [ "$status" -ne 0 ] && [ "$tests_failed" -eq 0 ]; then tests_failed=1; fi

passed=$((passed + tests_passed))
failed=$((failed + tests_failed))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
