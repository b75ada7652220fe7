/**
 * QUERIES BY CHANCE, right ones and wrong ones. With PG_PORT, the port of a PostgreSQL 15 server at
 * 127.0.0.1 of which root is a superuser, it is asked too; without, a query is held against itself
 * as a view and as that view is printed, and nothing may fail in a way that no client caused.
 * QUERY_RUNS is their number, SEED repeats a run.
 */
import { expect } from "chai";
import { OwnServer } from "../support/own-server.ts";
import { Random, seedOfRun } from "../support/random.ts";
import { Asker, inOrder } from "./asker.ts";
import { Generator } from "./chance/generator.ts";
import { mutate } from "./chance/mutations.ts";

const RUNS = Number(process.env["QUERY_RUNS"] ?? 60);
const PORT = process.env["PG_PORT"];
/** Where PostgreSQL has no plan or no time, or its grammar says what the one of 17 does not. */
const GIVEN_UP = /57014|failed to build any|(subquery|VALUES) in FROM must have an alias/;

const errorOf = (lines: readonly string[]): string | undefined =>
  lines.find((line) => line.startsWith("ErrorResponse"));
const rowsOf = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith(" ")).sort();
const columnsOf = ([first = ""]: readonly string[]): readonly string[] =>
  first.match(/\("[^"]*" \d/g) ?? [];

describe("queries by chance", () => {
  const seed = seedOfRun();
  let server: OwnServer;
  let catalogd: Asker;

  before(async () => {
    server = await OwnServer.open();
    catalogd = await Asker.open(server, "SELECT 1");
  });
  after(async () => {
    catalogd.close();
    await server.close();
  });

  const right = (run: number) => new Generator(new Random(seed).fork(run)).query();
  const wrong = (run: number) => mutate(right(run), new Random(seed + 1).fork(run));

  if (PORT !== undefined) {
    it(`${RUNS} of each kind are answered as by PostgreSQL (SEED=${seed})`, async function () {
      this.timeout(0);
      const postgres = await Asker.open({ host: "127.0.0.1", port: Number(PORT) }, "SELECT 1");
      for (let run = 0; run < RUNS; run++) {
        for (const text of [right(run), wrong(run)]) {
          const wanted = inOrder(text, await postgres.ask({ text }));
          const answer = inOrder(text, await catalogd.ask({ text }));
          if ([wanted, answer].some((lines) => GIVEN_UP.test(errorOf(lines) ?? ""))) continue;
          expect(answer, text).to.deep.equal(wanted);
        }
      }
      postgres.close();
    });
    return;
  }

  it(`${RUNS} mean the same as views, and as those are printed (SEED=${seed})`, async function () {
    this.timeout(0);
    for (let run = 0; run < RUNS; run++) {
      const text = right(run);
      const wanted = await catalogd.ask({ text });
      const failed = errorOf(wanted);
      expect(failed ?? "", text).not.to.match(/ XX|is not supported/);
      if (failed !== undefined) continue;
      const names = columnsOf(wanted).map((_, at) => `c${at + 1}`);
      const definition = `CREATE VIEW chance(${names.join(", ")}) AS ${text}`;
      const made = await catalogd.ask({ text: definition });
      expect(errorOf(made), text).to.equal(undefined);
      for (const again of ["SELECT * FROM chance", await printedView(catalogd)]) {
        const answer = await catalogd.ask({ text: again });
        expect(errorOf(answer), again).to.equal(undefined);
        expect(rowsOf(answer), again).to.deep.equal(rowsOf(wanted));
      }
      await catalogd.ask({ text: "DROP VIEW chance" });
    }
  });

  it(`${RUNS} that are wrong somewhere fail as the client's mistakes (SEED=${seed})`, async function () {
    this.timeout(0);
    for (let run = 0; run < RUNS; run++) {
      const text = wrong(run);
      expect(errorOf(await catalogd.ask({ text })) ?? "", text).not.to.match(/ XX/);
    }
  });
});

async function printedView(asker: Asker): Promise<string> {
  const text = "SELECT pg_get_viewdef('chance'::regclass)";
  const [row = ""] = rowsOf(await asker.ask({ text }));
  return JSON.parse(row.trim()) as string;
}
