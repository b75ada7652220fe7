/** Conversions of single characters; what PostgreSQL says of whole texts is in test/psql. */
import { expect } from "chai";
import { type Charset, charsetOf, isConvertible } from "../../src/catalog/charsets.ts";
import { encodingName } from "../../src/catalog/encodings.ts";

const MULTIBYTE = /^(EUC|SJIS|SHIFT|BIG5|GBK|UHC|GB18030|JOHAB)/;

const encodings = Array.from({ length: 42 }, (_, number) => encodingName(number)).filter(
  (name) => isConvertible(name) && charsetOf(name) !== undefined,
);

/** Characters of the plane that the encoding has, controls left out. */
function characters(charset: Charset): string[] {
  const found: string[] = [];
  for (let point = 0xa0; point < 0x1_0000; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const text = String.fromCodePoint(point);
    try {
      charset.encode(text);
      found.push(text);
    } catch {
      // It has not.
    }
  }
  return found;
}

describe("conversions of encodings", () => {
  it("are there for all but one", () => {
    expect(encodings).to.have.length(39);
    expect(charsetOf("UTF8")).to.equal(undefined);
    expect(isConvertible("MULE_INTERNAL")).to.equal(false);
  });

  it("lead back where they came from, character by character", () => {
    for (const name of ["LATIN1", "KOI8U", "EUC_KR", "BIG5"]) {
      const charset = charsetOf(name) as Charset;
      const text = characters(charset).join("a");
      expect(text.length, name).to.be.above(MULTIBYTE.test(name) ? 10_000 : 90);
      const isSame = charset.decode(charset.encode(text)) === text;
      expect(isSame, name).to.equal(true);
    }
  });

  it("count up where GB18030 does", () => {
    const charset = charsetOf("GB18030") as Charset;
    for (const [text, bytes] of [
      ["\u0080", "81308130"],
      ["\uffff", "8431a439"],
      ["\u{10000}", "90308130"],
      ["\u{10ffff}", "e3329a35"],
    ] as const) {
      expect(charset.encode(text).toString("hex")).to.equal(bytes);
      expect(charset.decode(Buffer.from(bytes, "hex"))).to.equal(text);
    }
  });

  it("may be cut anywhere", () => {
    for (const name of ["SJIS", "EUC_TW", "GB18030", "EUC_JIS_2004"]) {
      const charset = charsetOf(name) as Charset;
      const bytes = charset.encode("日a本語");
      for (let at = 0; at <= bytes.length; at++) {
        const first = charset.decodePart(bytes.subarray(0, at), false);
        const second = charset.decodePart(bytes.subarray(first.used), true);
        expect([first.error, second.error]).to.deep.equal([undefined, undefined]);
        expect(first.text + second.text, `${name} at ${at}`).to.equal("日a本語");
      }
    }
  });

  it("name the bytes that are no character", () => {
    for (const [name, bytes, message] of [
      ["SJIS", "6195", 'invalid byte sequence for encoding "SJIS": 0x95'],
      ["EUC_JP", "8fa1", 'invalid byte sequence for encoding "EUC_JP": 0x8f 0xa1'],
      ["GB18030", "813081", 'invalid byte sequence for encoding "GB18030": 0x81 0x30 0x81'],
      ["LATIN1", "6100", 'invalid byte sequence for encoding "LATIN1": 0x00'],
    ] as const) {
      const charset = charsetOf(name) as Charset;
      expect(() => charset.decode(Buffer.from(bytes, "hex"))).to.throw(message);
    }
  });
});
