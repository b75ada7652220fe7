/**
 * Records what a PostgreSQL 15 server answers to statements that change rows, for
 * test/rows/rows.test.ts: those of test/rows/regressions.sql, and some stories by chance.
 * `npx tsx tools/record-rows.ts`, with PG_PORT as in test/support/postgres.ts.
 */
import { errorOf, Talker } from "../test/rows/chance/answers.ts";
import { Story } from "../test/rows/chance/story.ts";
import { type Recorded, regressions, writeRecorded } from "../test/rows/recorded.ts";
import { openOracle } from "../test/support/postgres.ts";

const SEED = 15;
const STORIES = 6;
const DATABASE = "dml_recorded";

const address = await openOracle();
const postgres = await Talker.open(address, DATABASE);
const first: Recorded[] = [];
for (const sql of regressions()) first.push({ sql, answer: await postgres.run(sql) });
const stories = [first];
for (let number = 1; number <= STORIES; number++) {
  const story = new Story(SEED, number);
  const lines: Recorded[] = [];
  for (let sql = story.next(); sql !== undefined; sql = story.next()) {
    const answer = await postgres.run(sql);
    story.told(errorOf(answer) !== undefined);
    lines.push({ sql, answer });
  }
  stories.push(lines);
}
writeRecorded(stories);
console.log(`${stories.flat().length} statements`);
postgres.close();
await Talker.drop(address, DATABASE);
await address.close();
