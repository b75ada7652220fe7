/**
 * Expressions in DEFAULT, CHECK, generated columns and views against what PostgreSQL 15 answered;
 * tools/record-expressions.ts records the answers.
 */
import { expect } from "chai";
import { type Answer, answerOf, CatalogdServer, prepare } from "./expressions/answers.ts";
import { type Case, places } from "./expressions/cases.ts";
import { comparable } from "./expressions/compare.ts";
import { type OpenEngine, openEngine } from "./expressions/engine.ts";
import { recorded } from "./expressions/golden.ts";
import { ViewColumns } from "./expressions/view-columns.ts";

describe("expressions", () => {
  let engine: OpenEngine;
  let ask: (one: Case) => Promise<Answer>;
  before(async () => {
    engine = await openEngine();
    const server = new CatalogdServer(engine.session);
    await prepare(server);
    const views = new ViewColumns();
    ask = (one) => answerOf(one.place === "view" ? views : server, one);
  });
  after(() => engine.close());

  for (const place of places) {
    const lines = recorded().filter((one) => one.place === place);
    it(`${lines.length} of ${place} are as PostgreSQL has them`, async () => {
      for (const { answer, ...one } of lines) {
        const ours = await ask(one);
        expect(comparable(ours), one.text).to.deep.equal(comparable(answer));
      }
    });

    it(`${place}: what is printed prints the same again`, async () => {
      for (const { answer, again, ...one } of lines) {
        if (!("plain" in answer) || answer.plain === "") continue;
        const text = answer.plain;
        const ours = await ask({ ...one, text });
        if (again) expect(comparable(ours), text).to.deep.equal(comparable(again));
        else expect("plain" in ours ? ours.plain : ours, text).to.equal(text);
      }
    });
  }
});
