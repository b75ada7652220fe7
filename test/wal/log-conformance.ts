/** WHAT EVERY LOG DOES, whatever it is made of: one suite that each implementation runs. */
import { expect } from "chai";
import { lsn } from "../../src/base/ids.ts";
import { ENTRY_BYTES_MAX } from "../../src/wal/limits.ts";
import {
  AppendError,
  type AppendFailure,
  DivergedError,
  type Entry,
  type Leadership,
  type Log,
  type Position,
  TrimmedError,
} from "../../src/wal/log.ts";

export interface LogUnderTest {
  /** A log that is not open yet. The next one goes on with what the one before stored. */
  create(): Log;
  destroy(): Promise<void>;
}

type Mode = "now" | "pooled";

export async function appendAll(
  log: Log,
  leadership: Leadership,
  from: Position,
  payloads: readonly Uint8Array[],
  mode: Mode = "pooled",
): Promise<Position> {
  let position = from;
  for (const payload of payloads) position = await log.append(leadership, position, payload, mode);
  return position;
}

export async function failureOf(
  append: () => Position | Promise<Position>,
): Promise<AppendFailure> {
  try {
    await append();
  } catch (error) {
    expect(error).to.be.instanceOf(AppendError);
    return (error as AppendError).failure;
  }
  throw new Error("the append succeeded");
}

export const payload = (number: number, size = 40): Uint8Array =>
  Buffer.from(`entry ${number} `.padEnd(size, "."));

export const numbered = (count: number, size = 40): Uint8Array[] =>
  Array.from({ length: count }, (_, at) => payload(at + 1, size));

export const textsOf = (entries: readonly Entry[]): string[] =>
  entries.map((entry) => Buffer.from(entry.payload).toString());

export const texts = (payloads: readonly Uint8Array[]): string[] =>
  payloads.map((each) => Buffer.from(each).toString());

async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

export function describeLog(name: string, start: () => Promise<LogUnderTest>): void {
  describe(name, () => {
    let subject: LogUnderTest;
    let log: Log;
    let first: Position;
    let leadership: Leadership;

    beforeEach(async () => {
      subject = await start();
      log = subject.create();
      first = (await log.open()).first;
      leadership = await log.campaign();
    });

    afterEach(async () => {
      await log.close();
      await subject.destroy();
    });

    it("starts empty, at position 0", async () => {
      expect(first).to.deep.equal({ lsn: lsn(0n), chain: 0n });
      expect(await log.head()).to.deep.equal(first);
      expect(await log.read(first, 10)).to.deep.equal([]);
    });

    for (const mode of ["now", "pooled"] as const) {
      it(`reads what was appended, in order (${mode})`, async () => {
        const payloads = numbered(20);
        const head = await appendAll(log, leadership, first, payloads, mode);
        expect(await log.head()).to.deep.equal(head);
        const entries = await log.read(first, 100);
        expect(textsOf(entries)).to.deep.equal(texts(payloads));
        let position = first;
        for (const entry of entries) {
          expect(entry.position).to.deep.equal(position);
          expect(entry.term).to.equal(leadership.term);
          position = entry.next;
        }
        expect(position).to.deep.equal(head);
      });
    }

    it("reads from any position, up to a limit", async () => {
      const payloads = numbered(12);
      await appendAll(log, leadership, first, payloads);
      const entries = await log.read(first, 100);
      for (const [at, entry] of entries.entries()) {
        const part = await log.read(entry.position, 5);
        expect(textsOf(part)).to.deep.equal(texts(payloads.slice(at, at + 5)));
      }
    });

    it("lets the caller use its buffer again as soon as append has returned", async () => {
      const bytes = Buffer.from("first");
      const appended = log.append(leadership, first, bytes, "pooled");
      bytes.fill("x");
      await appended;
      expect(textsOf(await log.read(first, 1))).to.deep.equal(["first"]);
    });

    it("goes on where it ended when it is opened again", async () => {
      const head = await appendAll(log, leadership, first, numbered(9));
      const { incarnation } = { incarnation: leadership.term };
      await log.close();
      log = subject.create();
      const info = await log.open();
      expect(info.head).to.deep.equal(head);
      expect(info.first).to.deep.equal(first);
      const next = await log.campaign();
      expect(next.term > incarnation).to.equal(true);
      await log.append(next, head, payload(10), "now");
      expect(textsOf(await log.read(first, 100))).to.deep.equal(texts(numbered(10)));
    });

    it("keeps its incarnation", async () => {
      await log.close();
      log = subject.create();
      const before = (await log.open()).incarnation;
      await log.close();
      log = subject.create();
      expect((await log.open()).incarnation).to.equal(before);
    });

    it("has a conflict if the entry was meant for another position", async () => {
      const second = await log.append(leadership, first, payload(1), "now");
      const elsewhere = { lsn: second.lsn, chain: second.chain ^ 1n };
      const beyond = { lsn: lsn(second.lsn + 8n), chain: second.chain };
      for (const position of [first, elsewhere, beyond]) {
        const append = () => log.append(leadership, position, payload(2), "pooled");
        expect(await failureOf(append)).to.equal("conflict");
      }
      await log.append(leadership, second, payload(2), "now");
      expect(textsOf(await log.read(first, 9))).to.deep.equal(texts(numbered(2)));
    });

    it("fences a leader whose term is over, or who has released it", async () => {
      const rival = await log.campaign();
      expect(rival.term > leadership.term).to.equal(true);
      const late = () => log.append(leadership, first, payload(1), "now");
      expect(await failureOf(late)).to.equal("fenced");
      await leadership.release();
      const second = await log.append(rival, first, payload(1), "now");
      await rival.release();
      const released = () => log.append(rival, second, payload(2), "pooled");
      expect(await failureOf(released)).to.equal("fenced");
      expect(textsOf(await log.read(first, 9))).to.deep.equal(texts(numbered(1)));
    });

    it("refuses an entry that is too large and goes on", async () => {
      const append = () => log.append(leadership, first, Buffer.alloc(ENTRY_BYTES_MAX + 1), "now");
      expect(await failureOf(append)).to.equal("too-large");
      await log.append(leadership, first, payload(1), "now");
    });

    it("refuses a position of another history", async () => {
      await appendAll(log, leadership, first, numbered(3));
      const [, second] = await log.read(first, 2);
      const at = (second as Entry).position;
      const head = await log.head();
      for (const position of [
        { ...at, chain: at.chain ^ 1n },
        { ...head, chain: head.chain ^ 1n },
        { lsn: lsn(at.lsn + 1n), chain: at.chain },
        { lsn: lsn(head.lsn + 1n), chain: head.chain },
      ]) {
        const error = await rejection(log.read(position, 1));
        expect(error, `at ${position.lsn}`).to.be.instanceOf(DivergedError);
      }
    });

    it("trims what nobody needs and says so to whoever asks for it", async () => {
      const head = await appendAll(log, leadership, first, numbered(40, 100));
      const entries = await log.read(first, 100);
      const middle = (entries[30] as Entry).position;
      await log.trim(middle);
      const kept = await log.read(middle, 100);
      expect(textsOf(kept)).to.deep.equal(textsOf(entries.slice(30)));
      expect(await rejection(log.read(first, 1))).to.be.instanceOf(TrimmedError);
      await log.trim(middle);
      await log.append(leadership, head, payload(41), "now");
      await log.close();
      log = subject.create();
      const info = await log.open();
      expect(info.first.lsn > first.lsn && info.first.lsn <= middle.lsn).to.equal(true);
      expect(await log.read(info.first, 100)).to.have.lengthOf.greaterThan(10);
    });

    it("never trims beyond the head", async () => {
      const head = await appendAll(log, leadership, first, numbered(5));
      await log.trim(head);
      expect(await log.head()).to.deep.equal(head);
      await log.append(leadership, head, payload(6), "now");
      expect(textsOf(await log.read(head, 2))).to.deep.equal(texts([payload(6)]));
    });

    it("is followed: every entry once, in order, and signs of life between", async () => {
      const abort = new AbortController();
      const seen: string[] = [];
      let signs = 0;
      const following = (async () => {
        for await (const entry of log.tail(first, abort.signal)) {
          if (entry === undefined) {
            signs++;
            continue;
          }
          seen.push(...textsOf([entry]));
          if (seen.length === 30) abort.abort();
        }
      })();
      const middle = await appendAll(log, leadership, first, numbered(10));
      while (signs === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      const rest = numbered(30).slice(10);
      await appendAll(log, leadership, middle, rest);
      await following;
      expect(seen).to.deep.equal(texts(numbered(30)));
    });

    it("ends its followers when it is closed", async () => {
      const following = (async () => {
        for await (const entry of log.tail(first, new AbortController().signal)) void entry;
      })();
      await new Promise((resolve) => setTimeout(resolve, 5));
      await log.close();
      await following;
    });

    it("tells a follower of another history", async () => {
      const elsewhere = { lsn: lsn(7n), chain: 1n };
      const entries = log.tail(elsewhere, new AbortController().signal)[Symbol.asyncIterator]();
      expect(await rejection(entries.next())).to.be.instanceOf(DivergedError);
    });

    it("takes one append at a time", async () => {
      const flying = log.append(leadership, first, payload(1), "pooled");
      expect(() => log.append(leadership, first, payload(2), "now")).to.throw("one append");
      await flying;
    });
  });
}
