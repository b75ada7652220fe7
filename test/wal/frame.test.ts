import { expect } from "chai";
import fc from "fast-check";
import { DataCorrupted } from "../../src/base/assert.ts";
import { ByteReader, ByteWriter } from "../../src/base/bytes.ts";
import { bulkOf, epoch, oid, xid } from "../../src/base/ids.ts";
import type { Value } from "../../src/base/value.ts";
import type { Frame, Mark, Mutation, RowChange } from "../../src/wal/fragment.ts";
import { decodeFrames, encodeFrame } from "../../src/wal/frame.ts";
import { decodeRow, encodeRow } from "../../src/wal/value-codec.ts";

const scalar = fc.oneof(
  fc.constantFrom<Value>(null, true, false, 0, -1, -0, 63, 64, 8255, 8256, 2105407, 2105408, ""),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ maxLength: 80 }),
  fc.uint8Array({ maxLength: 20 }),
);
const value: fc.Arbitrary<Value> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 20 }),
  fc.array(fc.array(scalar, { maxLength: 3 }), { maxLength: 3 }),
);
const row = fc.array(value, { maxLength: 40 });
const bulkId = fc.nat().map((value) => bulkOf(xid(value)));
const anyStorage = fc.integer({ min: 1, max: 2 ** 32 - 1 }).map(oid);
const anyOid = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(oid);
const fewOids = fc.constantFrom(1259, 1249, 1247).map(oid);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), rel: fewOids, db: fewOids, row }),
  fc.record({ kind: fc.constant("update" as const), rel: anyOid, db: fewOids, key: row, row }),
  fc.record({ kind: fc.constant("delete" as const), rel: fewOids, db: anyOid, key: row }),
);
const mark: fc.Arbitrary<Mark> = fc.oneof(
  fc.record({ kind: fc.constant("oid" as const), next: anyOid }),
  fc.record({ kind: fc.constant("xid" as const), next: fc.maxSafeNat().map(xid) }),
  fc.record({
    kind: fc.constant("sequence" as const),
    db: anyOid,
    storage: anyOid,
    last: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    called: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("abandoned" as const), bulk: bulkId }),
);
const position = fc.nat({ max: 2000 });
const rowChange: fc.Arbitrary<RowChange> = fc.oneof(
  fc.record({
    kind: fc.constant("add" as const),
    storage: fewOids,
    version: fc.oneof(fc.nat({ max: 3 }), fc.maxSafeNat()),
    row,
  }),
  fc.record({
    kind: fc.constant("end" as const),
    storage: fewOids,
    version: fc.nat({ max: 3 }),
    next: fc.maxSafeNat(),
  }),
  fc.record({
    kind: fc.constant("index" as const),
    storage: anyStorage,
    index: anyOid,
    columns: fc.array(position, { maxLength: 4 }),
    keys: position,
  }),
  fc.record({
    kind: fc.constant("entry" as const),
    storage: fewOids,
    version: fc.nat({ max: 3 }),
    keys: row,
  }),
);
const rowChanges = fc.array(rowChange, { maxLength: 8 });
const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    kind: fc.constant("commit" as const),
    epoch: fc.maxSafeNat().map(epoch),
    xid: fc.maxSafeNat().map(xid),
    info: fc.record({
      user: fc.string({ unit: "grapheme" }),
      session: fc.nat(),
      time: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      statement: fc.string({ unit: "grapheme", maxLength: 200 }),
    }),
    mutations: fc.array(mutation, { maxLength: 6 }),
    rows: rowChanges,
    bulks: fc.array(bulkId, { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant("bulk" as const), bulk: bulkId, rows: rowChanges }),
  fc.record({ kind: fc.constant("marks" as const), marks: fc.array(mark, { maxLength: 5 }) }),
  fc.record({
    kind: fc.constant("part" as const),
    xid: fc.maxSafeNat().map(xid),
    mutations: fc.array(mutation, { maxLength: 6 }),
  }),
);

function encoded(frames: readonly Frame[]): Uint8Array {
  const writer = new ByteWriter(16);
  for (const each of frames) encodeFrame(writer, each);
  return new Uint8Array(writer.bytes());
}

describe("frames", () => {
  it("decode to what was encoded, several in one payload", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 4 }), (frames) => {
        expect(decodeFrames(encoded(frames))).to.deep.equal(frames);
      }),
      { numRuns: 200 },
    );
  });

  it("never decode from a payload that was cut", () => {
    const sample = fc.sample(frame, { numRuns: 10, seed: 7 });
    for (const each of sample) {
      const bytes = encoded([each]);
      for (let length = 1; length < bytes.length; length++) {
        expect(() => decodeFrames(bytes.subarray(0, length)), `cut at ${length}`).to.throw(
          DataCorrupted,
        );
      }
    }
  });

  it("decode or throw DataCorrupted, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(1, 2, 3, 4), (bytes, kind) => {
        const header = Uint8Array.from([kind, 0, 0, 0, bytes.length]);
        try {
          decodeFrames(Buffer.concat([header, bytes]));
        } catch (error) {
          expect(error).to.be.instanceOf(DataCorrupted);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("refuse a frame with bytes behind its last mutation", () => {
    const bytes = encoded([{ kind: "marks", marks: [{ kind: "oid", next: oid(16384) }] }]);
    const longer = Buffer.concat([bytes, Buffer.from([0])]);
    longer[4] = (longer[4] as number) + 1;
    expect(() => decodeFrames(longer)).to.throw(DataCorrupted, "1 bytes follow the end");
  });

  it("keep their bytes", () => {
    const frames: Frame[] = [
      {
        kind: "commit",
        epoch: epoch(300),
        xid: xid(700),
        info: { user: "ada", session: 3, time: 811_296_000_000_000n, statement: "create schema s" },
        mutations: [
          { kind: "insert", rel: oid(2615), db: oid(5), row: [16384, "s", 10, null] },
          { kind: "update", rel: oid(2615), db: oid(5), key: [2200], row: [true, -1, 1.5, 7n] },
          { kind: "delete", rel: oid(2608), db: oid(0), key: [["é", ""], -5n, Uint8Array.of(9)] },
        ],
        rows: [
          { kind: "index", storage: oid(16400), index: oid(16401), columns: [0, 2], keys: 2 },
          { kind: "add", storage: oid(16400), version: 1, row: [1n, "a", null] },
          { kind: "add", storage: oid(16400), version: 2, row: [2n, "b", Uint8Array.of(7)] },
          { kind: "end", storage: oid(16400), version: 1, next: 2 },
          { kind: "entry", storage: oid(16402), version: 2, keys: ["x"] },
        ],
        bulks: [bulkOf(xid(5))],
      },
      {
        kind: "marks",
        marks: [
          { kind: "oid", next: oid(16416) },
          { kind: "xid", next: xid(732) },
          { kind: "sequence", db: oid(5), storage: oid(16390), last: 33n, called: true },
        ],
      },
      { kind: "part", xid: xid(1), mutations: [] },
      {
        kind: "bulk",
        bulk: bulkOf(xid(9)),
        rows: [{ kind: "add", storage: oid(16400), version: 3, row: [] }],
      },
    ];
    expect(Buffer.from(encoded(frames)).toString("hex")).to.equal(
      "0100000087ac02bc0503616461030002e1de91e340000f63726561746520736368656d61207303" +
        "01b7140504e01fc041730a900e01c858049293963ff8000000000000970703b0140003829a02c3" +
        "a94098fffffffffffffffb99010905039080019180010200020209010397014161901903970241" +
        "629901070a01021492800101417801858080808080800802000000160301a0800102dc05030586" +
        "800100000000000000210103000000020100040000000f898080808080800801019080010300",
    );
  });
});

describe("values", () => {
  it("decode to what was encoded", () => {
    fc.assert(
      fc.property(row, (values) => {
        const writer = new ByteWriter(16);
        encodeRow(writer, values);
        const reader = new ByteReader(writer.bytes());
        expect(decodeRow(reader)).to.deep.equal(values);
        expect(reader.remaining).to.equal(0);
      }),
      { numRuns: 300 },
    );
  });

  it("take one byte if they are common", () => {
    for (const common of [null, true, false, 0, 63, -1, "", []] as Value[]) {
      const writer = new ByteWriter();
      encodeRow(writer, [common]);
      expect(writer.length, JSON.stringify(common)).to.equal(2);
    }
  });

  it("do not nest without end", () => {
    const deep = Buffer.from(`01${"81".repeat(100)}00`, "hex");
    expect(() => decodeRow(new ByteReader(deep))).to.throw(DataCorrupted, "nested too deeply");
  });

  it("beyond 64 bits are refused", () => {
    expect(() => encodeRow(new ByteWriter(), [2n ** 63n])).to.throw("does not fit 64 bits");
  });
});
