/** Widths of values, held against what pg_column_size says of them in tables of PostgreSQL 15. */
import { expect } from "chai";
import { dataBytesOf, varlenaBytes } from "../../src/sql/rows/stored-width.ts";
import { T } from "../../src/sql/types/type-oids.ts";

describe("the width of a value in PostgreSQL's tables", () => {
  const numbers: readonly (readonly [string, number])[] = [
    ["0", 3],
    ["0.00", 3],
    ["1", 5],
    ["-1.50", 7],
    ["10000", 5],
    ["12345678.9", 9],
    ["0.0001", 5],
    ["0.00001234", 5],
    ["1000000000000", 5],
    ["NaN", 3],
    ["-Infinity", 3],
    ["123456789012345678901234567890.123456789", 25],
    ["5.0000", 5],
    ["99990001", 7],
    [`1${"0".repeat(300)}`, 7],
    [`0.${"0".repeat(99)}1`, 7],
    [`1${"2".repeat(250)}`, 132],
  ];
  for (const [text, width] of numbers) {
    it(`of numeric ${text.slice(0, 42)}, ${text.length} characters`, () => {
      expect(varlenaBytes(dataBytesOf(T.numeric, -1)(text), true)).to.equal(width);
    });
  }

  it("of texts, whose length takes one byte or four", () => {
    const width = (text: string, typmod = -1, type = T.text) =>
      varlenaBytes(dataBytesOf(type, typmod)(text), true);
    expect(width("x".repeat(126))).to.equal(127);
    expect(width("x".repeat(127))).to.equal(131);
    // char(5) is filled up with spaces.
    expect(width("é", 9, T.bpchar)).to.equal(7);
  });
});
