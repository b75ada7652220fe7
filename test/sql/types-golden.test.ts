/**
 * Text and binary of types against what PostgreSQL 15 answered; tools/record-golden.ts records the
 * answers.
 */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { toHex } from "../../src/sql/types/codec.ts";
import { decodeBinary, encodeBinary, formatText, parseText } from "../../src/sql/types/type-io.ts";
import { contextWith } from "./functions-support.ts";

interface Golden {
  readonly type: string;
  readonly oid: number;
  readonly typmod: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly input: string;
  readonly text?: string;
  readonly binary?: string | null;
  readonly error?: readonly (string | null)[];
}

const golden: Golden[] = readFileSync(new URL("types-golden.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

function answer(one: Golden) {
  const context = contextWith(one.settings);
  const type = oid(one.oid);
  try {
    const value = parseText(type, one.input, one.typmod, context);
    const text = formatText(type, value, context, one.typmod);
    if (one.binary === null || one.binary === undefined) return { text };
    const bytes = encodeBinary(type, value, context, one.typmod);
    const back = decodeBinary(type, bytes, -1, context);
    return { text, binary: toHex(bytes), again: formatText(type, back, context, one.typmod) };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { detail, hint } = error.fields;
    return { error: [error.code, error.message, detail ?? null, hint ?? null] };
  }
}

describe("text and binary of types", () => {
  const types = [...new Set(golden.map((one) => one.type))];
  for (const type of types) {
    const cases = golden.filter((one) => one.type === type);
    it(`reads and prints ${type} as PostgreSQL does`, () => {
      const found = cases.map((one) => ({ input: one.input, ...answer(one) }));
      const wanted = cases.map(({ input, text, binary, error }) =>
        error
          ? { input, error }
          : binary === null
            ? { input, text }
            : { input, text, binary, again: text },
      );
      expect(found).to.deep.equal(wanted);
    });
  }
});
