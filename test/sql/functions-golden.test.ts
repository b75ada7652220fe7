/** Functions against what PostgreSQL 15 answered; tools/record-golden.ts records the answers. */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { type Recorded, replay } from "./functions-replay.ts";

const recorded = (file: string): Recorded[] =>
  readFileSync(new URL(file, import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const families = readdirSync(new URL("functions/", import.meta.url))
  .filter((file) => file.endsWith(".jsonl"))
  .map((file) => `functions/${file}`);

for (const file of ["functions-golden.jsonl", ...families]) {
  const golden = recorded(file);
  describe(`functions of ${file}`, () => {
    for (const signature of new Set(golden.map((one) => one.signature))) {
      it(`${signature} answers as PostgreSQL does`, () => {
        for (const one of golden) {
          if (one.signature !== signature) continue;
          const wanted = one.error ? { error: one.error } : { rows: one.rows };
          expect(replay(one), JSON.stringify([one.args, one.settings])).to.deep.equal(wanted);
        }
      });
    }
  });
}
