/**
 * Records what a PostgreSQL 15 server makes of expressions, for test/sql/expressions.test.ts:
 * those of test/sql/expressions/regressions.jsonl, and 1,000 of chance.
 * `npx tsx tools/record-expressions.ts postgresql://user@host:port/database`. The database must
 * have collation C, as ours have; it gets the tables x and t2.
 */
import fc from "fast-check";
import { answerOf, PostgresServer, prepare } from "../test/sql/expressions/answers.ts";
import { isAboutColumn } from "../test/sql/expressions/compare.ts";
import { type Recorded, regressions, writeRecorded } from "../test/sql/expressions/golden.ts";
import { randomCases } from "../test/sql/expressions/random-cases.ts";

const RANDOM = 1000;
const SEED = 15;

const postgres = await PostgresServer.connect(process.argv[2] ?? "");
await prepare(postgres);
const random = fc.sample(randomCases(), { numRuns: RANDOM, seed: SEED });
const lines: Recorded[] = [];
for (const one of [...regressions(), ...random]) {
  const answer = await answerOf(postgres, one);
  if (isAboutColumn(one, answer)) continue;
  const printed = "plain" in answer && answer.plain;
  const again = printed ? await answerOf(postgres, { ...one, text: printed }) : answer;
  const isSame = "plain" in again && again.plain === printed;
  lines.push({ ...one, answer, ...(printed && !isSame ? { again } : {}) });
}
writeRecorded(lines);
console.log(`${lines.length} expressions`);
await postgres.end();
