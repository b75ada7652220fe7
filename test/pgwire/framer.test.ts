import { expect } from "chai";
import fc from "fast-check";
import { SqlError } from "../../src/base/sql-error.ts";
import { Framer, UnanswerableFrame } from "../../src/pgwire/framer.ts";
import { say } from "../support/wire-client.ts";

const LIMIT = 1024 * 1024;

function frames(framer: Framer, chunks: readonly Buffer[]): string[] {
  const found: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      if (frame.type === 0) framer.expectMessages();
      found.push(`${frame.type} ${frame.bytes.toString("hex", frame.start, frame.end)}`);
    }
  }
  return found;
}

const conversation = Buffer.concat([
  say.Startup({ user: "u", database: "d" }),
  say.Query("select 1"),
  say.Parse("s", "select $1", [25]),
  say.Bind("", "s", ["x", null]),
  say.Sync(),
  say.Query("y".repeat(500)),
  say.Terminate(),
]);

describe("the framer", () => {
  it("finds the same frames wherever the stream is cut", () => {
    const whole = frames(new Framer(LIMIT), [conversation]);
    expect(whole).to.have.length(7);
    for (let cut = 1; cut < conversation.length; cut++) {
      const chunks = [conversation.subarray(0, cut), conversation.subarray(cut)];
      expect(frames(new Framer(LIMIT), chunks)).to.deep.equal(whole);
    }
    const bytes = Array.from(conversation, (byte) => Buffer.from([byte]));
    expect(frames(new Framer(LIMIT), bytes)).to.deep.equal(whole);
  });

  it("finds the same frames for any cuts", () => {
    const whole = frames(new Framer(LIMIT), [conversation]);
    const cuts = fc.array(fc.nat(conversation.length), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (positions) => {
        const ends = [...positions.sort((a, b) => a - b), conversation.length];
        const chunks = ends.map((end, i) => conversation.subarray(i === 0 ? 0 : ends[i - 1], end));
        expect(frames(new Framer(LIMIT), chunks)).to.deep.equal(whole);
      }),
    );
  });

  it("never writes over bytes that it has handed out", () => {
    const framer = new Framer(LIMIT);
    framer.expectMessages();
    const first = say.Query("a".repeat(100));
    framer.push(Buffer.from(first.subarray(0, 50)));
    framer.push(Buffer.from(first.subarray(50)));
    const frame = framer.next();
    const view = frame?.bytes.subarray(frame.start, frame.end);
    for (let i = 0; i < 100; i++) {
      framer.push(say.Query("b".repeat(100)).subarray(0, 60));
      framer.push(say.Query("b".repeat(100)).subarray(60));
      framer.next();
    }
    expect(view?.toString()).to.equal(`${"a".repeat(100)}\0`);
  });

  it("takes no memory for a length that is only claimed", () => {
    const framer = new Framer(64 * LIMIT);
    framer.expectMessages();
    const before = process.memoryUsage().arrayBuffers;
    framer.push(Buffer.from([0x51, 0x03, 0xff, 0xff, 0xff]));
    expect(framer.next()).to.equal(undefined);
    framer.push(Buffer.from("select"));
    expect(framer.next()).to.equal(undefined);
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(LIMIT);
  });

  const header = (type: string, length: number) => {
    const bytes = Buffer.alloc(5);
    bytes.write(type);
    bytes.writeInt32BE(length, 1);
    return bytes;
  };
  const thrown = (bytes: Buffer): unknown => {
    const framer = new Framer(LIMIT);
    framer.expectMessages();
    framer.push(bytes);
    try {
      return framer.next();
    } catch (error) {
      return error;
    }
  };

  it("judges every type byte and length", () => {
    for (let type = 0; type < 256; type++) {
      const letter = String.fromCharCode(type);
      const known = "BCDEFHPQSXcdf".includes(letter);
      const large = "BFPQd".includes(letter);
      const error = thrown(Buffer.from([type]));
      if (!known) {
        expect(error).to.include({
          code: "08P01",
          severity: "FATAL",
          message: `invalid frontend message type ${type}`,
        });
        continue;
      }
      expect(error).to.equal(undefined);
      for (const length of [3, 0, -1, -2147483648, 2147483647, 0x3fffffff]) {
        expect(thrown(header(letter, length)), `${letter} ${length}`).to.be.instanceOf(
          UnanswerableFrame,
        );
      }
      const beyondSmall = thrown(header(letter, 10_001));
      if (large) expect(beyondSmall).to.equal(undefined);
      else expect(beyondSmall).to.be.instanceOf(UnanswerableFrame);
      expect(thrown(header(letter, 10_000))).to.equal(undefined);
      if (!large) continue;
      expect(thrown(header(letter, LIMIT + 4))).to.equal(undefined);
      const tooLarge = thrown(header(letter, LIMIT + 5));
      expect(tooLarge).to.be.instanceOf(SqlError);
      expect(tooLarge).to.include({ code: "54000", severity: "FATAL" });
    }
  });
});
