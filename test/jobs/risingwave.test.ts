/** Statements about jobs, barriers and parameters as RisingWave's own scripts have them. */
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { JobStage } from "./job-stage.ts";

/** A statement, and its rows, joined, or what is wrong with it. */
const SCRIPT: readonly (readonly [text: string, answer: string | RegExp])[] = [
  ["SET BACKGROUND_DDL = true", ""],
  ["SET BACKFILL_RATE_LIMIT = 0", ""],
  ["SET VISIBILITY_MODE TO all", ""],
  ["CREATE TABLE t (v1 int)", ""],
  ["INSERT INTO t SELECT * FROM generate_series(1, 100)", ""],
  ["FLUSH", ""],
  ["CREATE MATERIALIZED VIEW m1 AS SELECT * FROM t", ""],
  ["SELECT count(*) FROM m1", /^55000 materialized view "m1" is still being created/],
  ["SELECT ddl_statement FROM rw_catalog.rw_ddl_progress", /^CREATE MATERIALIZED VIEW m1 AS/],
  ["SELECT is_background FROM rw_catalog.rw_ddl_progress", "t"],
  ["CREATE MATERIALIZED VIEW m1 AS SELECT 1", /^42P07 relation "m1" already exists/],
  ["ALTER MATERIALIZED VIEW m1 SET BACKFILL_RATE_LIMIT = 0", ""],
  ["ALTER MATERIALIZED VIEW m1 SET BACKFILL_RATE_LIMIT TO DEFAULT", ""],
  ["WAIT", ""],
  ["SELECT count(*) FROM m1", "100"],
  ["SHOW JOBS", ""],
  ["SET BACKGROUND_DDL = false", ""],
  ["SET BACKFILL_RATE_LIMIT TO DEFAULT", ""],
  ["CREATE MATERIALIZED VIEW m2 AS SELECT count(*) FROM t JOIN m1 USING (v1)", ""],
  ["SELECT * FROM m2", "100"],
  ["SHOW MATERIALIZED VIEWS", "m1 m2"],
  ["DROP TABLE t", /^2BP01 /],
  ["DELETE FROM t", ""],
  ["FLUSH", ""],
  ["SELECT count(*) FROM m1", "0"],
  ["ALTER SYSTEM SET checkpoint_frequency TO 2", ""],
  ["SELECT setting FROM pg_settings WHERE name = 'checkpoint_frequency'", "2"],
  ["ALTER SYSTEM SET checkpoint_frequency TO 0", /^22023 0 is outside the valid range/],
  ["ALTER SYSTEM SET checkpoint_frequency TO DEFAULT", ""],
  ["ALTER SYSTEM SET time_travel_retention_ms = 600000", ""],
  ["SHOW time_travel_retention_ms", "10min"],
  ["ALTER SYSTEM SET time_travel_retention_ms TO DEFAULT", ""],
  ["SHOW enable_tracing", "off"],
  ["ALTER SYSTEM SET enable_tracing TO true", ""],
  ["SHOW enable_tracing", "on"],
  ["ALTER SYSTEM SET enable_tracing TO DEFAULT", ""],
  ["SET RW_IMPLICIT_FLUSH TO true", ""],
  ["SHOW RW_IMPLICIT_FLUSH", "on"],
  ["SET RW_IMPLICIT_FLUSH TO DEFAULT", ""],
  [
    `CREATE SOURCE src1 (v INT) WITH (connector = 'datagen', fields.v.kind = 'sequence',
      fields.v.start = '1', fields.v.end = '5', datagen.split.num = '1') FORMAT PLAIN ENCODE JSON`,
    "",
  ],
  ["CREATE SOURCE src2 (v INT) WITH (connector = 'datagen')", ""],
  ["CREATE SINK sink1 AS SELECT * FROM m1 WITH (connector = 'blackhole')", ""],
  ["CREATE SINK sink2 AS SELECT * FROM m2 WITH (connector = 'blackhole')", ""],
  ["ALTER SOURCE src1 SWAP WITH src2", ""],
  ["ALTER SINK sink1 SWAP WITH sink2", ""],
  ["ALTER SINK sink1 SWAP WITH src1", /^42809 "src1" is not a sink/],
  ["SHOW CREATE SOURCE src1", "public.src1"],
  ["DROP SOURCE src1", ""],
  ["DROP SOURCE src2", ""],
  ["DROP SINK sink1", ""],
  ["DROP SINK sink2", ""],
  ["SET source_rate_limit = 7", ""],
  ["SET sink_rate_limit TO 8", ""],
  ["CREATE SOURCE src1 (v INT) WITH (connector = 'datagen')", ""],
  ["CREATE SOURCE src2 (v INT) WITH (connector = 'datagen', source_rate_limit = 9)", ""],
  ["CREATE SINK sink1 FROM m1 WITH (connector = 'blackhole')", ""],
  ["SELECT rate_limit FROM rw_sources ORDER BY name", "7 9"],
  ["SELECT rate_limit FROM rw_sinks", "8"],
  ["SET source_rate_limit TO DEFAULT", ""],
  ["RESET sink_rate_limit", ""],
  ["DROP SOURCE src1", ""],
  ["DROP SOURCE src2", ""],
  ["DROP SINK sink1", ""],
  ["RECOVER", ""],
  ["DROP MATERIALIZED VIEW m2", ""],
  ["DROP MATERIALIZED VIEW m1", ""],
  ["DROP TABLE t", ""],
  // What is behind these is not there, so they are not there either.
  ["SHOW state_store", /^42704 unrecognized configuration parameter/],
  ["SET SINK_DECOUPLE = true", ""],
  ["SET sink_decouple = default", ""],
  ["SET sink_decouple = false", /^0A000 sink_decouple = off is not supported/],
  ["SET STREAMING_PARALLELISM = 1", ""],
  ["SHOW streaming_parallelism", "1"],
  ["SET streaming_parallelism TO DEFAULT", ""],
  ["SET STREAMING_PARALLELISM = 4", /^0A000 /],
  ["SET rw_streaming_enable_delta_join = false", ""],
  ["SET query_mode TO local", ""],
  ["SET query_mode TO distributed", /^0A000 /],
  ["SET allow_drop_cascade = true", ""],
  ["CREATE MATERIALIZED VIEW e AS SELECT 1 EMIT ON WINDOW CLOSE", /^0A000 /],
  ["ALTER MATERIALIZED VIEW m1 SET PARALLELISM = 2", /^0A000 /],
  // An append-only table is as good as a source for a sink that takes no changes.
  ["CREATE TABLE p (v1 int) APPEND ONLY", ""],
  ["CREATE TABLE c (v1 int)", ""],
  ["CREATE SINK s1 FROM p WITH (connector = 'blackhole', type = 'append-only')", ""],
  [
    "CREATE SINK s2 FROM c WITH (connector = 'blackhole', type = 'append-only')",
    /^22023 a sink of type "append-only" needs rows that never change HINT Add "force_append_only/,
  ],
  [
    `CREATE SINK s2 FROM c
      WITH (connector = 'blackhole', type = 'append-only', force_append_only = 'true')`,
    "",
  ],
  [
    "CREATE SINK s3 FROM p WITH (connector = 'blackhole', force_append_only = 'true')",
    /^22023 option "force_append_only" is for sinks of type "append-only"/,
  ],
  ["DROP TABLE p, c CASCADE", ""],
];

describe("what RisingWave's scripts say about jobs", () => {
  let stage: JobStage;

  before(async () => {
    stage = await JobStage.open();
  });
  after(() => stage.close());

  it("is answered, or refused by name", async () => {
    for (const [text, answer] of SCRIPT) {
      let said = "";
      const wrong = await stage.wrong(text).catch((error: unknown) => String(error));
      if (wrong !== undefined) said = wrong;
      else if (/^(SELECT|SHOW)/.test(text)) {
        said = (await stage.ask(text)).map(([first]) => first).join(" ");
      }
      if (typeof answer === "string") expect(said, text).to.equal(answer);
      else expect(said, text).to.match(answer);
    }
  });
});
