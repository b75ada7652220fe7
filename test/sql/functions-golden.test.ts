/** Functions against what PostgreSQL 15 answered; tools/record-golden.ts records the answers. */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type Recorded, replay } from "./functions-replay.ts";

const golden: Recorded[] = readFileSync(new URL("functions-golden.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

describe("functions", () => {
  for (const signature of new Set(golden.map((one) => one.signature))) {
    it(`${signature} answers as PostgreSQL does`, () => {
      for (const one of golden) {
        if (one.signature !== signature) continue;
        const wanted = one.error ? { error: one.error } : { rows: one.rows };
        expect(replay(one), JSON.stringify(one.args)).to.deep.equal(wanted);
      }
    });
  }
});
