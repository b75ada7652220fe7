/** Queries over the catalogs are answered as PostgreSQL 15 answered them. */
import { expect } from "chai";
import { OwnServer } from "../support/own-server.ts";
import { Asker, digested, inOrder } from "./asker.ts";
import { corpusFiles, corpusSchema, readCorpus } from "./corpus.ts";

describe("the corpus of queries", () => {
  let server: OwnServer;
  let asker: Asker;

  before(async () => {
    server = await OwnServer.open();
  });
  after(() => server.close());

  for (const file of corpusFiles()) {
    describe(file, () => {
      before(async () => {
        asker = await Asker.open(server, corpusSchema());
      });
      after(() => asker.close());

      for (const entry of readCorpus(file)) {
        it(`answers ${entry.text.replaceAll(/\s+/g, " ").slice(0, 100)}`, async () => {
          const answer = digested(inOrder(entry.text, await asker.ask(entry)));
          expect(answer, entry.text).to.deep.equal(entry.ours ?? entry.answer);
        });
      }
    });
  }
});
