/**
 * Records what a PostgreSQL 15 server makes of views, for the test that replays them:
 * `npx tsx tools/record-views.ts postgresql://user@host:port/database`. It creates the database
 * view_outcomes and drops it again. The views are those of test/sql/views/cases.sql, and generated
 * ones up to the number that the corpus has.
 */
import { writeFileSync } from "node:fs";
import { viewOfSeed, writtenViews } from "../test/sql/views/cases.ts";
import { outcomeOf } from "../test/sql/views/outcome.ts";
import { openPostgres } from "../test/sql/views/servers.ts";

const VIEWS = 500;

const generated = Array.from({ length: VIEWS - writtenViews.length }, (_, at) => viewOfSeed(at));
const server = await openPostgres(process.argv[2] ?? "");
const lines: string[] = [];
for (const sql of [...writtenViews, ...generated]) {
  lines.push(JSON.stringify({ sql, outcome: await outcomeOf(server, sql) }));
}
await server.close();
const file = new URL("../test/sql/views/corpus.jsonl", import.meta.url);
writeFileSync(file, `${lines.join("\n")}\n`);
console.log(`${lines.length} views`);
