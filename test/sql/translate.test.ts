import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { goldenFiles, readGolden } from "./translate-golden.ts";
import { QueryBench } from "./translate-support.ts";

describe("translated queries", () => {
  let bench: QueryBench;
  before(async () => {
    await loadGrammar();
    bench = new QueryBench();
  });
  after(() => bench.close());

  const answer = (query: string): readonly string[] => {
    try {
      return bench.show(query);
    } catch (error) {
      if (error instanceof SqlError) return [`ERROR ${error.code}: ${error.message}`];
      throw error;
    }
  };

  for (const file of goldenFiles()) {
    describe(`of ${file.pathname.replace(/.*\//, "")}`, () => {
      for (const { query, answer: recorded } of readGolden(file)) {
        it(`answer as PostgreSQL: ${query.slice(0, 120)}`, () => {
          expect(answer(query)).to.deep.equal(recorded);
        });
      }
    });
  }
});
