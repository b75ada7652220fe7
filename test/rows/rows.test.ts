/**
 * STATEMENTS THAT CHANGE ROWS, by chance, against PostgreSQL 15: SQLSTATE, message, detail, tag and
 * rows. What it answered to some hundred is recorded (tools/record-rows.ts); with DML_RUNS, which
 * is a number of statements, new ones are asked of it too: see support/postgres.ts. SEED repeats
 * a run.
 */
import { expect } from "chai";
import { OwnServer } from "../support/own-server.ts";
import { openOracle } from "../support/postgres.ts";
import { seedOfRun } from "../support/random.ts";
import { errorOf, isOtherOrder, isSame, Talker } from "./chance/answers.ts";
import { Story } from "./chance/story.ts";
import { readRecorded } from "./recorded.ts";

const RUNS = Number(process.env["DML_RUNS"] ?? 0);
const [RECORDED, BY_CHANCE] = ["dml_recorded", "dml_by_chance"];

describe("statements that change rows", function () {
  this.timeout(0);
  let server: OwnServer;

  before(async () => {
    server = await OwnServer.open();
  });
  after(() => server.close());

  const stories = readRecorded();
  const count = stories.reduce((sum, { length }) => sum + length, 0);
  it(`${count} that are recorded are answered as by PostgreSQL`, async () => {
    const catalogd = await Talker.open(server, RECORDED);
    for (const story of stories) {
      for (const { sql, answer } of story) {
        const ours = await catalogd.run(sql);
        if (!isSame(ours, answer)) expect(ours, sql).to.deep.equal(answer);
      }
    }
    catalogd.close();
  });

  if (RUNS === 0) return;
  const seed = seedOfRun();

  it(`${RUNS} by chance are answered as by PostgreSQL (SEED=${seed})`, async () => {
    const address = await openOracle();
    const postgres = await Talker.open(address, BY_CHANCE);
    const catalogd = await Talker.open(server, BY_CHANCE);
    try {
      let otherOrder = 0;
      for (let asked = 0, number = 1; asked < RUNS; number++) {
        const story = new Story(seed, number);
        const done = await compare(catalogd, postgres, story, `story ${number}`);
        asked += done.asked;
        otherOrder += done.otherOrder;
      }
      expect(otherOrder, "stories that another order of mistakes ended").to.be.below(
        5 + RUNS / 500,
      );
    } finally {
      for (const side of [catalogd, postgres]) side.close();
      await Talker.drop(address, BY_CHANCE);
      await address.close();
    }
  });
});

/** A story ends where another mistake is found first: from there on the rows are not the same. */
async function compare(
  catalogd: Talker,
  postgres: Talker,
  story: Story,
  name: string,
): Promise<{ asked: number; otherOrder: number }> {
  const said: string[] = [];
  for (let text = story.next(); text !== undefined; text = story.next()) {
    said.push(text);
    const theirs = await postgres.run(text);
    const ours = await catalogd.run(text);
    if (!isSame(ours, theirs)) {
      if (isOtherOrder(ours, theirs)) {
        for (const side of [postgres, catalogd]) await side.run("ROLLBACK");
        return { asked: said.length, otherOrder: 1 };
      }
      expect(ours, `${name}:\n${said.join(";\n")}`).to.deep.equal(theirs);
    }
    story.told(errorOf(theirs) !== undefined);
  }
  return { asked: said.length, otherOrder: 0 };
}
