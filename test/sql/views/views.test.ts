/**
 * VIEWS AS POSTGRESQL PRINTS THEM: the corpus that tools/record-views.ts recorded, and views of
 * chance. With PG_PORT, the port of a PostgreSQL 15 server at 127.0.0.1 of which root is a
 * superuser, it is asked of the latter too; without, printing must settle. VIEW_RUNS is their
 * number.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { seedOfRun } from "../../support/random.ts";
import { viewOfSeed } from "./cases.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { openCatalogd, openPostgres, type ViewServer } from "./servers.ts";

interface Recorded {
  readonly sql: string;
  readonly outcome: Outcome;
}

const RUNS = Number(process.env["VIEW_RUNS"] ?? 50);
const PORT = process.env["PG_PORT"];

describe("views", () => {
  let catalogd: ViewServer;
  before(async () => {
    catalogd = await openCatalogd();
  });
  after(() => catalogd.close());

  const corpus = readFileSync(new URL("corpus.jsonl", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Recorded);
  for (let first = 0; first < corpus.length; first += 100) {
    const part = corpus.slice(first, first + 100);
    it(`${first + 1} to ${first + part.length} of the corpus are PostgreSQL's`, async function () {
      this.timeout(120_000);
      for (const { sql, outcome } of part) {
        expect(await outcomeOf(catalogd, sql), sql).to.deep.equal(outcome);
      }
    });
  }

  const wanted = PORT === undefined ? "settle when read back" : "are PostgreSQL's";
  it(`${RUNS} of chance ${wanted}`, async function () {
    this.timeout(0);
    const seed = seedOfRun();
    const url = `postgresql://root@127.0.0.1:${PORT}/postgres`;
    const postgres = PORT === undefined ? undefined : await openPostgres(url);
    const different: string[] = [];
    const property = fc.asyncProperty(fc.noShrink(fc.nat(2 ** 31 - 1)), async (number) => {
      const sql = viewOfSeed(number);
      const ours = await outcomeOf(catalogd, sql);
      if (!postgres) return settle(catalogd, ours);
      const theirs = await outcomeOf(postgres, sql);
      if (JSON.stringify(ours) !== JSON.stringify(theirs)) different.push(`view ${number}: ${sql}`);
      return true;
    });
    try {
      await fc.assert(property, { seed, numRuns: RUNS });
      expect(different, `SEED=${seed}`).to.deep.equal([]);
    } finally {
      await postgres?.close();
    }
  });
});

/**
 * What is printed of a view that was made from a printed text is that text. PostgreSQL's texts are
 * not always read back: it numbers "*VALUES*" anew, and reads (- 1) in ORDER BY as a number.
 */
async function settle(server: ViewServer, outcome: Outcome): Promise<boolean> {
  if ("error" in outcome || !outcome.again) return true;
  if (/"\*VALUES\*|\(- \d/.test(outcome.plain.join("\n"))) return true;
  if (!Array.isArray(outcome.again)) throw new Error(JSON.stringify(outcome));
  const third = await outcomeOf(server, `CREATE VIEW v AS ${outcome.again.join("\n")}`);
  expect(third).not.to.have.any.keys("error", "again");
  return true;
}
