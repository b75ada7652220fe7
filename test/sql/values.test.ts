/**
 * Values of every type against what PostgreSQL 15 answered; tools/record-values.ts records it. In
 * the long run VALUES_RUNS rounds with values by chance, against a server that runs; SEED repeats
 * them.
 */
import { expect } from "chai";
import { OwnServer } from "../support/own-server.ts";
import { type OraclePostgres, openOracle } from "../support/postgres.ts";
import { seedOfRun } from "../support/random.ts";
import { ValueAsker } from "./values/asker.ts";
import { type Answered, readGolden } from "./values/golden.ts";
import { askAbout } from "./values/record.ts";
import { subjects } from "./values/subjects.ts";

const RUNS = Number(process.env["VALUES_RUNS"] ?? 0);

/** A float's minus zero is kept as zero. */
const withoutMinusZero = (line: string): string =>
  line.replaceAll(/(?<=["{,([ ])-0(?=["},)\] ])/g, "0");

describe("values of types", () => {
  let server: OwnServer;
  let catalogd: ValueAsker;

  before(async () => {
    server = await OwnServer.open();
    catalogd = await ValueAsker.open(server);
  });
  after(async () => {
    catalogd.close();
    await server.close();
  });

  async function expectSame(answered: readonly Answered[]): Promise<void> {
    const answers = await Promise.all(answered.map(({ statement }) => catalogd.ask(statement)));
    for (const [at, { statement, answer }] of answered.entries()) {
      const wanted = answer.map(withoutMinusZero);
      expect(answers[at]?.map(withoutMinusZero), statement).to.deep.equal(wanted);
    }
  }

  for (const { name } of subjects) {
    it(`${name} is as PostgreSQL has it`, () => expectSame(readGolden(name)));
  }

  if (RUNS === 0) return;
  const seed = seedOfRun();

  describe(`by chance, ${RUNS} rounds (SEED=${seed})`, () => {
    let running: OraclePostgres;
    let postgres: ValueAsker;
    before(async function () {
      this.timeout(60_000);
      running = await openOracle();
      postgres = await ValueAsker.open(running);
    });
    after(async () => {
      postgres?.close();
      await running?.close();
    });

    for (const subject of subjects) {
      it(`${subject.name} is as PostgreSQL has it`, async function () {
        this.timeout(0);
        for (let run = 0; run < RUNS; run++) {
          await expectSame(await askAbout(postgres, subject, seed + run * 2));
        }
      });
    }
  });
});
