#!/bin/sh
# Compiles src to dist, unless dist was built from exactly these sources.
set -eu
cd "$(dirname "$0")/.."

wanted="$(find src tsconfig.json tsconfig.build.json package-lock.json -type f | LC_ALL=C sort |
  xargs cksum | cksum)"
if [ -f dist/.sources ] && [ "$(cat dist/.sources)" = "$wanted" ]; then exit 0; fi
printf 'Building …\n' >&2
rm -rf dist
node_modules/.bin/tsc -p tsconfig.build.json
printf '%s\n' "$wanted" > dist/.sources
