/**
 * Records what a PostgreSQL 15 server makes of values of every type, for test/sql/values.test.ts.
 * `PG_PORT=5432 npx tsx tools/record-values.ts [name …]`; without PG_PORT one is started. The
 * server gets the database values_of_types.
 */

import { ValueAsker } from "../test/sql/values/asker.ts";
import { writeGolden } from "../test/sql/values/golden.ts";
import { askAbout } from "../test/sql/values/record.ts";
import { subjects } from "../test/sql/values/subjects.ts";
import { openOracle } from "../test/support/postgres.ts";

const SEED = 15;

const running = await openOracle();
const postgres = await ValueAsker.open(running);
const wanted = process.argv.slice(2);
for (const subject of subjects) {
  if (wanted.length > 0 && !wanted.includes(subject.name)) continue;
  const answered = await askAbout(postgres, subject, SEED);
  writeGolden(subject.name, answered);
  console.log(`${subject.name}: ${answered.length} statements`);
}
postgres.close();
await running.close();
