/**
 * VIEWS AS POSTGRESQL PRINTS THEM: the corpus that tools/record-views.ts recorded, and views of
 * chance. With VIEW_RUNS, their number, PostgreSQL 15 is asked of the latter too
 * (support/postgres.ts); without, printing must settle. SEED repeats a run.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { openOracle } from "../../support/postgres.ts";
import { seedOfRun } from "../../support/random.ts";
import { viewOfSeed } from "./cases.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { openCatalogd, openPostgres, type ViewServer } from "./servers.ts";

interface Recorded {
  readonly sql: string;
  readonly outcome: Outcome;
}

const GIVEN = process.env["VIEW_RUNS"];
const RUNS = Number(GIVEN ?? 50);
const SHOWN = 20;

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

  const seed = seedOfRun();
  const wanted = GIVEN === undefined ? "settle when read back" : "are PostgreSQL's";
  it(`${RUNS} of chance ${wanted} (SEED=${seed})`, async function () {
    this.timeout(0);
    const oracle = GIVEN === undefined ? undefined : await openOracle();
    const postgres = oracle && (await openPostgres(oracle.url));
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
      const shown = different.slice(0, SHOWN).join("\n");
      expect(different.length, `SEED=${seed}\n${shown}\n`).to.equal(0);
    } finally {
      await postgres?.close();
      await oracle?.close();
    }
  });
});

/**
 * What is printed of a view that was made from a printed text is that text. PostgreSQL's texts are
 * not always read back: it numbers "*VALUES*" anew, and reads (- 1) in ORDER BY as a number. Of
 * XMLTABLE it shows no aliases of columns, and it shows those of SEARCH and CYCLE, which have none.
 */
async function settle(server: ViewServer, outcome: Outcome): Promise<boolean> {
  if ("error" in outcome || !outcome.again) return true;
  if (/"\*VALUES\*|\(- \d|XMLTABLE| SEARCH | CYCLE /.test(outcome.plain.join("\n"))) return true;
  if (!Array.isArray(outcome.again)) throw new Error(JSON.stringify(outcome));
  const third = await outcomeOf(server, `CREATE VIEW v AS ${outcome.again.join("\n")}`);
  expect(third).not.to.have.any.keys("error", "again");
  return true;
}
