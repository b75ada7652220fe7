/**
 * Writes the answers of the golden files anew, from a PostgreSQL 15 server:
 *   npx tsx test/sql/translate-record.ts postgres://user@host:port/database
 * Debian: apt-get install postgresql-15. Any database without objects of users will do.
 */
import { writeFileSync } from "node:fs";
import pg from "pg";
import { goldenFiles, readGolden, shown, writeGolden } from "./translate-golden.ts";

const [, , connectionString] = process.argv;
const client = new pg.Client({ connectionString });
await client.connect();
await client.query("SET timezone = 'UTC'");
const types = { getTypeParser: () => (text: string) => text };

for (const file of goldenFiles()) {
  const recorded = [];
  for (const { head, query } of readGolden(file)) {
    recorded.push({ head, query, answer: await ask(query) });
  }
  writeFileSync(file, writeGolden(recorded));
}
await client.end();

async function ask(text: string): Promise<string[]> {
  try {
    const { fields, rows } = await client.query<(string | null)[], never>({
      text,
      rowMode: "array",
      types,
    } as never);
    const head = fields.map(({ name, dataTypeID, dataTypeModifier }) =>
      dataTypeModifier < 0 ? `${name}:${dataTypeID}` : `${name}:${dataTypeID}(${dataTypeModifier})`,
    );
    const values = rows as unknown as (string | null)[][];
    return [head.join(" | "), ...values.map((row) => row.map(shown).join(" | "))];
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return [`ERROR ${code}: ${message}`];
  }
}
