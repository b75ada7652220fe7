import { expect } from "chai";
import fc from "fast-check";
import { DataCorrupted } from "../../src/base/assert.ts";
import { ByteReader, ByteWriter, checksum } from "../../src/base/bytes.ts";

describe("bytes", () => {
  it("read back as written, however small the buffer was", () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.string({ unit: "grapheme", maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.nat(0xffff),
        fc.double(),
        (integer, text, bytes, big, short, float) => {
          const writer = new ByteWriter(0);
          writer.varint(integer);
          writer.string(text);
          writer.lengthAndBytes(bytes);
          writer.u64(big);
          writer.i64(BigInt.asIntN(64, big));
          writer.u16(short);
          writer.f64(float);
          const reader = new ByteReader(writer.bytes());
          expect(reader.varint()).to.equal(integer);
          expect(reader.string()).to.equal(text);
          expect(reader.lengthAndBytes()).to.deep.equal(bytes);
          expect(reader.u64()).to.equal(big);
          expect(reader.i64()).to.equal(BigInt.asIntN(64, big));
          expect(reader.u16()).to.equal(short);
          expect(reader.f64()).to.deep.equal(float);
          expect(reader.remaining).to.equal(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("hold the integers around each length of a varint", () => {
    for (let bits = 0; bits <= 53; bits++) {
      for (const value of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
        if (value > Number.MAX_SAFE_INTEGER) continue;
        const writer = new ByteWriter();
        writer.varint(value);
        expect(new ByteReader(writer.bytes()).varint(), `${value}`).to.equal(value);
        expect(writer.length).to.equal(Math.max(1, Math.ceil(value.toString(2).length / 7)));
      }
    }
  });

  it("are refused if an integer is not in its one shortest form", () => {
    const read = (hex: string) => () => new ByteReader(Buffer.from(hex, "hex")).varint();
    expect(read("8000")).to.throw(DataCorrupted, "longer than it needs");
    expect(read("ffffffffffffffff7f")).to.throw(DataCorrupted, "exceeds 53 bits");
    expect(read("ff")).to.throw(DataCorrupted, "1 bytes wanted and 0 are left");
  });

  it("can be patched and taken back", () => {
    const writer = new ByteWriter();
    writer.u8(7);
    const at = writer.reserve(4);
    writer.string("gone");
    writer.patchU32(at, 0xfffffffe);
    writer.truncate(5);
    expect(writer.bytes().toString("hex")).to.equal("07fffffffe");
    writer.reset();
    expect(writer.length).to.equal(0);
    expect(() => writer.truncate(1)).to.throw("cannot truncate");
  });

  it("are not read beyond a limit", () => {
    const reader = new ByteReader(Buffer.from([1, 2, 3]));
    const before = reader.limit(1);
    expect(reader.u8()).to.equal(1);
    expect(() => reader.u8()).to.throw(DataCorrupted);
    reader.unlimit(before);
    expect(reader.u16()).to.equal(0x0203);
    expect(() => new ByteReader(Buffer.alloc(2)).limit(3)).to.throw(DataCorrupted);
  });

  it("have the checksum that everyone knows as CRC-32", () => {
    expect(checksum(Buffer.from("123456789"), 0)).to.equal(0xcbf43926);
    const half = checksum(Buffer.from("1234"), 0);
    expect(checksum(Buffer.from("56789"), half)).to.equal(0xcbf43926);
  });
});
