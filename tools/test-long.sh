#!/bin/sh
# npm run test:long: the crash, model and fuzz tests with many more rounds and fresh seeds. Each prints
# its seed; a failure is run again with the variable that the test names. All can be given:
#   CRASH_ROUNDS     kill -9 of a loaded server
#   JOB_CRASH_ROUNDS kill -9 of one with jobs of every kind
#   MODEL_RUNS       random statements against a model
#   FUZZ_RUNS        random bytes and messages
#   HISTORY_RUNS     histories of concurrent transactions, for each isolation level
#   VALUES_RUNS      values of every type, compared with PostgreSQL 15
#   DML_RUNS         random statements that change rows, compared with PostgreSQL 15
#   QUERY_RUNS       random queries, answered by PostgreSQL 15 too
#   UPKEEP_RUNS      random maintenances of materialized views
#   SINK_RUNS        changes by chance that a sink hands over to PostgreSQL 15
#   VIEW_RUNS        random views, printed by PostgreSQL 15 too
#   EXPRESSION_RUNS  random expressions, printed by PostgreSQL 15 too
#   DEBIAN_CLIENTS   1 for clients from Debian's packages: SQLAlchemy, pgjdbc; Java's compiler is needed
#   PG_BIN           where PostgreSQL 15's programs are, if not in /usr/lib/postgresql/15/bin; the tests
#                    start a server of their own
#   PG_PORT          the port of one that runs at 127.0.0.1, instead; root is a superuser, collation C
#   SEED             a seed to repeat
# Arguments go to mocha: npm run test:long -- --grep crash
set -eu
cd "$(dirname "$0")/.."
sh tools/install.sh
sh tools/build.sh
export CRASH_ROUNDS="${CRASH_ROUNDS:-1000}"
export JOB_CRASH_ROUNDS="${JOB_CRASH_ROUNDS:-20}"
export MODEL_RUNS="${MODEL_RUNS:-2000}"
export FUZZ_RUNS="${FUZZ_RUNS:-20000}"
export HISTORY_RUNS="${HISTORY_RUNS:-200}"
export VALUES_RUNS="${VALUES_RUNS:-5}"
export DML_RUNS="${DML_RUNS:-10000}"
export QUERY_RUNS="${QUERY_RUNS:-10000}"
export UPKEEP_RUNS="${UPKEEP_RUNS:-5000}"
export SINK_RUNS="${SINK_RUNS:-2000}"
export VIEW_RUNS="${VIEW_RUNS:-30000}"
export EXPRESSION_RUNS="${EXPRESSION_RUNS:-70000}"
export DEBIAN_CLIENTS="${DEBIAN_CLIENTS:-1}"
export SEED="${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}"
echo "SEED=$SEED CRASH_ROUNDS=$CRASH_ROUNDS JOB_CRASH_ROUNDS=$JOB_CRASH_ROUNDS MODEL_RUNS=$MODEL_RUNS FUZZ_RUNS=$FUZZ_RUNS" \
  "HISTORY_RUNS=$HISTORY_RUNS VALUES_RUNS=$VALUES_RUNS DML_RUNS=$DML_RUNS" \
  "QUERY_RUNS=$QUERY_RUNS UPKEEP_RUNS=$UPKEEP_RUNS SINK_RUNS=$SINK_RUNS VIEW_RUNS=$VIEW_RUNS EXPRESSION_RUNS=$EXPRESSION_RUNS"
exec node_modules/.bin/mocha --timeout 0 "test/**/*.test.ts" "$@"
