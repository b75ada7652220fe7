#!/bin/sh
# Installs the packages of package-lock.json, unless node_modules holds exactly those already.
# Needs Node 20.20 or newer, and for better-sqlite3, which is compiled here, g++, make and python3.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

command -v node >/dev/null || { say "catalogd needs Node.js 20.20 or newer: https://nodejs.org"; exit 1; }
node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  process.exit(major > 20 || (major === 20 && minor >= 20) ? 0 : 1);
' || { say "catalogd needs Node.js 20.20 or newer; this is $(node --version)"; exit 1; }

# Compiled code belongs to one version of Node's binary interface on one kind of machine.
stamp=node_modules/.cache/catalogd/installed
wanted="$(cksum < package-lock.json) $(cksum < package.json) $(node -p \
  '[process.versions.modules, process.platform, process.arch].join(" ")')"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then exit 0; fi

# A python3 that runs: one of a version manager may be on the PATH and unable to.
python=
for candidate in "$(command -v python3 || true)" /usr/bin/python3 /usr/local/bin/python3; do
  if [ -z "$python" ] && [ -n "$candidate" ] && "$candidate" -c '' 2>/dev/null; then
    python="$candidate"
  fi
done
missing=
command -v g++ >/dev/null || missing="$missing g++"
command -v make >/dev/null || missing="$missing make"
[ -n "$python" ] || missing="$missing python3"
if [ -n "$missing" ]; then
  say "better-sqlite3 is compiled during installation, and these programs are missing:$missing"
  say "On Debian or Ubuntu:  sudo apt-get install -y$missing"
  say "Then run the same command again."
  exit 1
fi

# Node's headers usually lie beside it; else node-gyp would have to download them.
prefix="$(node -p 'path.dirname(path.dirname(fs.realpathSync(process.execPath)))')"
if [ -f "$prefix/include/node/node.h" ]; then
  # node-gyp reads these; the first form is the one that npm does not warn about.
  export npm_package_config_node_gyp_nodedir="$prefix" npm_config_nodedir="$prefix"
fi
export npm_config_python="$python" npm_config_build_from_source=true
export JOBS="${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}"

say "Installing packages; better-sqlite3 is compiled, which takes a minute or two …"
# TypeScript builds the server, so the development packages belong to every installation. `npm ci` would
# insist on lock entries for the binaries of every other platform; --no-save leaves the lock as it is.
npm install --no-save --include=dev --include=optional --ignore-scripts=false \
  --no-audit --no-fund --no-update-notifier --loglevel=error

works='const Database = require("better-sqlite3"); new Database(":memory:").exec("SELECT 1")'
if ! node -e "$works" 2>/dev/null; then
  # An npm that leaves out install scripts has not compiled it.
  (cd node_modules/better-sqlite3 && npm run install --loglevel=error)
  node -e "$works"
fi
mkdir -p "$(dirname "$stamp")"
printf '%s\n' "$wanted" > "$stamp"
