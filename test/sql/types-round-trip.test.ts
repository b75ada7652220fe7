/** Values of chance survive text and binary, and sort keys order as the types do. */
import { expect } from "chai";
import fc from "fast-check";
import { oid } from "../../src/base/ids.ts";
import { comparatorOf } from "../../src/sql/functions/comparisons.ts";
import { encodeArray, listToArray } from "../../src/sql/types/array-value.ts";
import type { Stored } from "../../src/sql/types/codec.ts";
import { floatKey, floatOf } from "../../src/sql/types/floats.ts";
import { checkedInterval, intervalKey } from "../../src/sql/types/intervals.ts";
import { keywords, quoteIdentifier } from "../../src/sql/types/keywords.ts";
import {
  decodeBinary,
  encodeBinary,
  formatText,
  fromValue,
  parseText,
  sortKey,
  toValue,
} from "../../src/sql/types/type-io.ts";
import { T } from "../../src/sql/types/type-oids.ts";
import { context, contextWith, memoryCatalog } from "./functions-support.ts";

const text = fc.string({ unit: "binary" }).filter((one) => !one.includes("\u0000"));
const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 30 }))
  .map(([units, scale]) => parseText(T.numeric, `${units}e-${scale}`, -1, context));
const interval = fc
  .tuple(
    fc.integer({ min: -5000, max: 5000 }),
    fc.integer({ min: -5000, max: 5000 }),
    fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
  )
  .map(([months, days, micros]) => intervalKey(checkedInterval(months, days, micros)));
const timestamp = fc.bigInt({ min: -211813488000000000n, max: 9223371331199999999n });
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value));

const values: readonly (readonly [string, number, fc.Arbitrary<Stored>])[] = [
  ["int8", T.int8, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ["text", T.text, text],
  ["float8", T.float8, fc.double().map(floatKey)],
  ["float4", T.float4, fc.float().map(floatKey)],
  ["numeric", T.numeric, decimal],
  ["bytea", T.bytea, fc.uint8Array()],
  ["uuid", T.uuid, fc.uint8Array({ minLength: 16, maxLength: 16 })],
  ["date", T.date, fc.bigInt({ min: -2451545n, max: 2145031948n })],
  ["time", T.time, fc.bigInt({ min: 0n, max: 86400000000n })],
  ["timestamp", T.timestamp, timestamp],
  ["timestamptz", T.timestamptz, timestamp],
  ["interval", T.interval, interval],
  ["text[]", T.textArray, fc.array(fc.option(text)).map((list) => encodeArray(listToArray(list)))],
];

describe("types, by chance", () => {
  for (const [name, id, arbitrary] of values) {
    const type = oid(id);
    it(`gets every ${name} back from its text and from its bytes`, () => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          const shown = formatText(type, value, context);
          expect(parseText(type, shown, -1, context)).to.deep.equal(value);
          const bytes = encodeBinary(type, value, context);
          expect(decodeBinary(type, bytes, -1, context)).to.deep.equal(value);
        }),
      );
    });
  }

  it("gets every interval back in each style", () => {
    for (const intervalstyle of ["postgres", "postgres_verbose", "iso_8601", "sql_standard"]) {
      const styled = contextWith({ intervalstyle });
      fc.assert(
        fc.property(interval, (value) => {
          const shown = formatText(T.interval, value, styled);
          expect(parseText(T.interval, shown, -1, styled), shown).to.deep.equal(value);
        }),
      );
    }
  });

  it("orders floats by their stored bytes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        const order = Buffer.compare(floatKey(a), floatKey(b));
        expect(order).to.equal(a < b ? -1 : a > b ? 1 : 0);
        expect(floatOf(floatKey(a)) === a).to.equal(true);
      }),
    );
  });

  const keyed: readonly (readonly [string, number, fc.Arbitrary<Stored>])[] = [
    ["numeric", T.numeric, decimal],
    ["interval", T.interval, interval],
    ["jsonb", T.jsonb, json.map((one) => parseText(T.jsonb, one, -1, context))],
  ];
  for (const [name, id, arbitrary] of keyed) {
    it(`orders ${name} by its sort key as its operators do`, () => {
      const compare = comparatorOf(oid(id), context);
      fc.assert(
        fc.property(arbitrary, arbitrary, (a, b) => {
          const keys = [a, b].map((one) => sortKey(oid(id), one, context) as Uint8Array);
          const order = Buffer.compare(keys[0] as Uint8Array, keys[1] as Uint8Array);
          expect(Math.sign(order)).to.equal(Math.sign(compare(a, b)));
        }),
      );
    });
  }

  it("turns catalog values into scalars and back", () => {
    const cases = [
      [T.bool, true, 1n],
      [T.oid, 5, 5n],
      [T.int8, 5n, 5n],
      [T.name, "a", "a"],
      [T.textArray, ["a", null, "b"], '["a",null,"b"]'],
      [T.int2vector, [1, 2], "[1,2]"],
      [T.textArray, null, null],
    ] as const;
    for (const [type, value, scalar] of cases) {
      expect(fromValue(type, value)).to.equal(scalar);
      expect(toValue(type, scalar, memoryCatalog)).to.deep.equal(value);
    }
  });

  it("quotes exactly the key words that are not free", () => {
    for (const { word, category } of keywords) {
      const bare = quoteIdentifier(word) === word;
      expect(bare, word).to.equal(category === "unreserved");
    }
  });
});
