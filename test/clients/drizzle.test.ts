/** drizzle-kit pull, which reads a database's tables. It looks for drizzle-orm beside it. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { runProgram } from "../support/client-program.ts";
import { answersAsOnPostgres } from "../support/introspection.ts";
import { temporaryDirectory } from "../support/server.ts";

const PROGRAM = join(dirname(createRequire(import.meta.url).resolve("drizzle-kit")), "bin.cjs");

interface Snapshot {
  readonly tables: Readonly<Record<string, { readonly indexes: Readonly<Record<string, Index>> }>>;
}
interface Index {
  readonly columns: { opclass?: string }[];
}

describe("drizzle-kit", () => {
  answersAsOnPostgres("drizzle-kit", async ({ host, port, user, database }) => {
    const directory = temporaryDirectory();
    const settings = {
      dialect: "postgresql",
      schemaFilter: ["public", "app"],
      out: "pulled",
      dbCredentials: { url: `postgresql://${user}@${host}:${port}/${database}` },
    };
    writeFileSync(join(directory, "drizzle.config.json"), JSON.stringify(settings));
    const { code, out, err } = await runProgram(process.execPath, [PROGRAM, "pull"], { directory });
    expect(code, out + err).to.equal(0);
    const snapshot = readFileSync(join(directory, "pulled/meta/0000_snapshot.json"), "utf8");
    return normalised(JSON.parse(snapshot));
  });
});

/**
 * Tables stand in the order in which their queries, which run side by side, were answered. Which
 * of an index's operator classes each of its columns is said to have depends on the order of a
 * join's rows.
 */
function normalised({ tables, ...others }: Snapshot): Snapshot {
  for (const index of Object.values(tables).flatMap((table) => Object.values(table.indexes))) {
    if (index.columns.length > 1) for (const column of index.columns) delete column.opclass;
  }
  const sorted = Object.entries(tables).sort(([one], [other]) => (one < other ? -1 : 1));
  return { ...others, tables: Object.fromEntries(sorted) };
}
