/**
 * EXPRESSIONS BY CHANCE in DEFAULT, CHECK, generated columns and views, with EXPRESSION_RUNS, their
 * number: PostgreSQL 15 is asked too (support/postgres.ts), of what it prints and of what it makes
 * of that. SEED repeats a run.
 */
import { expect } from "chai";
import fc from "fast-check";
import { type OraclePostgres, openOracle } from "../support/postgres.ts";
import { seedOfRun } from "../support/random.ts";
import {
  type Answer,
  answerOf,
  CatalogdServer,
  PostgresServer,
  prepare,
} from "./expressions/answers.ts";
import type { Case } from "./expressions/cases.ts";
import { comparable, isAboutColumn } from "./expressions/compare.ts";
import { type OpenEngine, openEngine } from "./expressions/engine.ts";
import { randomCases } from "./expressions/random-cases.ts";
import { ViewColumns } from "./expressions/view-columns.ts";

const RUNS = Number(process.env["EXPRESSION_RUNS"] ?? 0);
/** Samples are made in parts, each of a seed of its own: all at once would fill the memory. */
const PART = 500;
const SHOWN = 20;
/** Expressions name their own database, which is dev here; a server may have one of that name. */
const DATABASE = "xpr";
const withNames = (answer: Answer): Answer =>
  JSON.parse(JSON.stringify(answer).replaceAll(`${DATABASE}.`, "dev."));

/** What is printed, as an expression: a view's CASE begins on a line of its own. */
const printed = (answer: Answer): string =>
  "plain" in answer ? answer.plain.replace(/^ SELECT\n\s+/, "") : "";

/**
 * Known to differ: PostgreSQL's planner has computed what is constant in a generation expression
 * before it is judged. So it may fail over values, and a call that is not immutable may be gone.
 */
function isOfPlanner({ place }: Case, theirs: Answer, ours: Answer): boolean {
  if (place !== "generated") return false;
  if ("error" in theirs) {
    const { code, message } = theirs.error;
    return /^(22|42P22|XX)/.test(String(code)) || /^unit .* not supported/.test(String(message));
  }
  return "error" in ours && ours.error["code"] === "42P17";
}

function* cases(seed: number): Generator<Case> {
  const random = randomCases();
  for (let done = 0; done < RUNS; done += PART) {
    const numRuns = Math.min(PART, RUNS - done);
    yield* fc.sample(random, { numRuns, seed: (seed + done) | 0 });
  }
}

function suite(): void {
  const seed = seedOfRun();
  let engine: OpenEngine;
  let oracle: OraclePostgres;
  let postgres: PostgresServer;
  let ask: (one: Case) => Promise<Answer>;

  before(async function () {
    this.timeout(0);
    oracle = await openOracle();
    postgres = await PostgresServer.connect(await oracle.createDatabase(DATABASE));
    await prepare(postgres);
    engine = await openEngine();
    const server = new CatalogdServer(engine.session);
    await prepare(server);
    const views = new ViewColumns();
    ask = (one) => answerOf(one.place === "view" ? views : server, one);
  });
  after(async () => {
    await engine?.close();
    await postgres?.end();
    await oracle?.close();
  });

  it(`${RUNS} print as in PostgreSQL, and so when read back (SEED=${seed})`, async function () {
    this.timeout(0);
    const different: string[] = [];
    const compare = async (one: Case): Promise<string> => {
      const theirText = one.text.replaceAll(/\bdev\./g, `${DATABASE}.`);
      const theirAnswer = await answerOf(postgres, { ...one, text: theirText });
      const wanted = withNames(theirAnswer);
      if (isAboutColumn(one, wanted)) return "";
      const answer = await ask(one);
      const [theirs, ours] = [wanted, answer].map((each) => JSON.stringify(comparable(each)));
      if (theirs !== ours && !isOfPlanner(one, wanted, answer))
        different.push(`${JSON.stringify(one)}\n- ${theirs}\n+ ${ours}`);
      return printed(wanted);
    };
    for (const one of cases(seed)) {
      const text = await compare(one);
      if (text !== "" && text !== one.text) await compare({ ...one, text });
    }
    const shown = different.slice(0, SHOWN).join("\n");
    expect(different.length, `SEED=${seed}\n${shown}\n`).to.equal(0);
  });
}

if (RUNS > 0) describe("expressions by chance", suite);
