#!/bin/sh
# npm start: installs and builds what is not yet there, then serves ./data on 127.0.0.1:4566.
# Arguments (npm start -- --listen 127.0.0.1:5000) go through to `catalogd serve`.
set -eu
cd "$(dirname "$0")/.."
sh tools/install.sh
sh tools/build.sh
exec node dist/main.js serve "$@"
