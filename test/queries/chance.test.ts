/**
 * QUERIES BY CHANCE, right ones and wrong ones. With QUERY_RUNS, their number, PostgreSQL 15 is
 * asked too (support/postgres.ts); without, a query is held against itself as a view and as that
 * view is printed, and nothing may fail in a way that no client caused. SEED repeats a run.
 *
 * What may be answered otherwise:
 *   - NOT_COMPARED of asker.ts
 *   - PostgreSQL shows a line of context for its functions that are in SQL
 *   - a wrong query fails over a value (classes 21 and 22) in what the other side never computes:
 *     PostgreSQL computes all columns of a WITH that is read twice, and constants before all rows
 *   - PostgreSQL moves a condition on ordinal_position below information_schema.columns, to rows of
 *     system columns, whose numbers are no cardinal_number
 */
import { expect } from "chai";
import { OwnServer } from "../support/own-server.ts";
import { openOracle } from "../support/postgres.ts";
import { Random, seedOfRun } from "../support/random.ts";
import { Asker, inOrder, NOT_COMPARED } from "./asker.ts";
import { Generator } from "./chance/generator.ts";
import { mutate } from "./chance/mutations.ts";
import { filled } from "./chance/relations.ts";
import { corpusSchema } from "./corpus.ts";

const GIVEN = process.env["QUERY_RUNS"];
const RUNS = Number(GIVEN ?? 60);
const WRONG_SHARE = 0.2;
const SHOWN = 10;
const MOVED_BELOW = /cardinal_number_domain_check/;
const OF_VALUES = /^ErrorResponse ERROR 2[12]/;

const errorOf = (lines: readonly string[]): string | undefined =>
  lines.find((line) => line.startsWith("ErrorResponse"));
const rowsOf = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith(" ")).sort();
const columnsOf = ([first = ""]: readonly string[]): readonly string[] =>
  first.match(/\("[^"]*" \d/g) ?? [];

const withoutContext = (line: string): string =>
  line.replace(/ where="SQL function [^"]* statement 1"/, "");

const lacking = (lines: readonly string[], others: readonly string[]): string =>
  lines
    .filter((line) => !others.includes(line))
    .slice(0, SHOWN)
    .join("\n  ");

describe("queries by chance", () => {
  const seed = seedOfRun();
  const schema = corpusSchema() + filled;
  let server: OwnServer;
  let catalogd: Asker;

  before(async () => {
    server = await OwnServer.open();
    catalogd = await Asker.open(server, schema);
  });
  after(async () => {
    catalogd.close();
    await server.close();
  });

  const generator = (run: number) => new Generator(new Random(seed).fork(run));
  const anything = (run: number) => generator(run).anything();
  const wrong = (run: number) => mutate(anything(run), new Random(seed + 1).fork(run));

  /** What differs, in words; undefined: nothing, or what may. */
  async function difference(
    postgres: Asker,
    text: string,
    isWrong: boolean,
  ): Promise<string | undefined> {
    const wanted = inOrder(text, await postgres.ask({ text })).map(withoutContext);
    const answer = inOrder(text, await catalogd.ask({ text }));
    if (wanted.join("\n") === answer.join("\n")) return undefined;
    const errors = [wanted, answer].map((lines) => errorOf(lines) ?? "");
    if (errors.some((error) => NOT_COMPARED.test(error))) return undefined;
    if (MOVED_BELOW.test(errorOf(wanted) ?? "")) return undefined;
    if (isWrong && errors.some((error) => OF_VALUES.test(error))) return undefined;
    return `${text}\n- ${lacking(wanted, answer)}\n+ ${lacking(answer, wanted)}`;
  }

  if (GIVEN !== undefined) {
    it(`${RUNS} are answered as by PostgreSQL (SEED=${seed})`, async function () {
      this.timeout(0);
      const oracle = await openOracle();
      const postgres = await Asker.open(oracle, schema);
      const found: string[] = [];
      for (let run = 0; run < RUNS; run++) {
        const isWrong = new Random(seed + 2).fork(run).chance(WRONG_SHARE);
        const text = isWrong ? wrong(run) : anything(run);
        const differs = await difference(postgres, text, isWrong);
        if (differs !== undefined) found.push(`${run}: ${differs}`);
      }
      postgres.close();
      await oracle.close();
      const shown = found.slice(0, SHOWN).join("\n\n");
      expect(found.length, `SEED=${seed}\n${shown}\n`).to.equal(0);
    });
    return;
  }

  it(`${RUNS} mean the same as views, and as those are printed (SEED=${seed})`, async function () {
    this.timeout(0);
    for (let run = 0; run < RUNS; run++) {
      const text = generator(run).query();
      const before = await catalogd.ask({ text });
      const failed = errorOf(before);
      expect(failed ?? "", text).not.to.match(/ XX|is not supported/);
      if (failed !== undefined) continue;
      const names = columnsOf(before).map((_, at) => `c${at + 1}`);
      const definition = `CREATE VIEW chance(${names.join(", ")}) AS ${text}`;
      const made = await catalogd.ask({ text: definition });
      expect(errorOf(made), text).to.equal(undefined);
      // What was answered in time may take longer now: the machine has others to serve.
      await catalogd.ask({ text: "SET statement_timeout = '5min'" });
      // The catalogs have the view now, and the query may count what they have.
      const wanted = await catalogd.ask({ text });
      for (const again of ["SELECT * FROM chance", await printedView(catalogd)]) {
        const answer = await catalogd.ask({ text: again });
        expect(errorOf(answer), again).to.equal(undefined);
        expect(rowsOf(answer), again).to.deep.equal(rowsOf(wanted));
      }
      for (const end of ["DROP VIEW chance", "RESET statement_timeout"]) {
        await catalogd.ask({ text: end });
      }
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
