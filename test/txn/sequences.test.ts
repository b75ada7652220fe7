import { expect } from "chai";
import fc from "fast-check";
import { oid, xid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { Allocator } from "../../src/txn/allocator.ts";
import { type SequenceRules, Sequences } from "../../src/txn/sequences.ts";
import { Wait } from "../../src/txn/wait.ts";
import type { Mark } from "../../src/wal/fragment.ts";
import { DB } from "./fixture.ts";

const STORAGE = oid(20_000);
const rules = (more: Partial<SequenceRules> = {}): SequenceRules => ({
  name: "q",
  start: 1n,
  increment: 1n,
  min: 1n,
  max: 2n ** 63n - 1n,
  cycle: false,
  ...more,
});
type SequenceMark = Extract<Mark, { kind: "sequence" }>;

/** A log of marks. What is durable when the power is cut is all that the next Sequences sees. */
class MarkDisk {
  readonly durable: SequenceMark[] = [];
  queued: SequenceMark[] = [];
  /** Reservations are durable when `flush` is called, instead of at once. */
  late = false;
  #waiting: (() => void)[] = [];

  open(): Sequences {
    this.queued = [];
    return new Sequences(
      (db, storage) => {
        const mark = this.durable.findLast((each) => each.db === db && each.storage === storage);
        return mark && { last: mark.last, called: mark.called };
      },
      {
        queueMarks: (marks) => {
          this.queued.push(...(marks as SequenceMark[]));
        },
        appendMarks: (marks) => {
          this.queued.push(...(marks as SequenceMark[]));
          if (this.late) return new Promise<void>((resolve) => this.#waiting.push(resolve));
          this.flush();
          return undefined;
        },
      },
    );
  }

  flush(): void {
    this.durable.push(...this.queued.splice(0));
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** One statement: passes until one needs no wait. */
async function nextval(sequences: Sequences, by: SequenceRules, statement = {}): Promise<bigint> {
  for (;;) {
    try {
      return sequences.nextval(DB, STORAGE, by, statement);
    } catch (wait) {
      if (!(wait instanceof Wait)) throw wait;
      await wait.start().done;
    }
  }
}
const take = async (sequences: Sequences, count: number, by: SequenceRules): Promise<bigint[]> => {
  const values: bigint[] = [];
  for (let at = 0; at < count; at++) values.push(await nextval(sequences, by));
  return values;
};
const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(SqlError);
  return [(error as SqlError).code, (error as SqlError).message];
};

describe("sequences", () => {
  let disk: MarkDisk;
  let sequences: Sequences;
  beforeEach(() => {
    disk = new MarkDisk();
    sequences = disk.open();
  });

  it("count from the start value by the increment", async () => {
    expect(await take(sequences, 3, rules({ start: 5n, increment: 3n }))).to.deep.equal([
      5n,
      8n,
      11n,
    ]);
    expect(sequences.point(DB, STORAGE, rules())).to.include({ last: 11n, called: true });
  });

  it("show their start value before anybody called them", () => {
    const point = sequences.point(DB, STORAGE, rules({ start: 7n }));
    expect(point).to.deep.equal({ last: 7n, called: false, available: 0 });
  });

  it("reserve 32 values by one mark", async () => {
    await take(sequences, 33, rules());
    expect(disk.durable.map((mark) => mark.last)).to.deep.equal([32n, 64n]);
  });

  it("reserve twice as many each time one statement comes back for more", async () => {
    const statement = {};
    for (let at = 0; at < 33; at++) await nextval(sequences, rules(), statement);
    await nextval(sequences, rules(), {});
    for (let at = 0; at < 200; at++) await nextval(sequences, rules(), {});
    const sizes = disk.durable.map((mark, at) => mark.last - (disk.durable[at - 1]?.last ?? 0n));
    expect(sizes).to.deep.equal([32n, 64n, 32n, 32n, 32n, 32n, 32n].slice(0, sizes.length));
  });

  it("give a value only when its reservation is durable", async () => {
    disk.late = true;
    const value = nextval(sequences, rules());
    expect(() => sequences.nextval(DB, STORAGE, rules(), {})).to.throw();
    expect(disk.queued.map((mark) => mark.last)).to.deep.equal([32n]);
    const other = nextval(sequences, rules());
    disk.flush();
    expect(await Promise.all([value, other])).to.deep.equal([1n, 2n]);
    expect(disk.durable).to.have.lengthOf(1);
  });

  it("end at their bound with 2200H, ascending and descending", async () => {
    const up = rules({ max: 3n });
    expect(await take(sequences, 3, up)).to.deep.equal([1n, 2n, 3n]);
    expect(await refusal(nextval(sequences, up))).to.deep.equal([
      "2200H",
      'nextval: reached maximum value of sequence "q" (3)',
    ]);
    const down = rules({ start: -1n, increment: -5n, min: -9n, max: -1n });
    const others = new MarkDisk().open();
    expect(await take(others, 2, down)).to.deep.equal([-1n, -6n]);
    expect(await refusal(nextval(others, down))).to.deep.equal([
      "2200H",
      'nextval: reached minimum value of sequence "q" (-9)',
    ]);
  });

  it("go round where they may", async () => {
    const round = rules({ min: 2n, max: 4n, start: 3n, cycle: true });
    expect(await take(sequences, 5, round)).to.deep.equal([3n, 4n, 2n, 3n, 4n]);
    const down = rules({ min: 2n, max: 4n, start: 3n, increment: -1n, cycle: true });
    const others = new MarkDisk().open();
    expect(await take(others, 4, down)).to.deep.equal([3n, 2n, 4n, 3n]);
  });

  it("reserve up to the ends of int8 and not beyond", async () => {
    const high = rules({ start: 2n ** 63n - 2n, increment: 2n ** 62n });
    expect(await take(sequences, 1, high)).to.deep.equal([2n ** 63n - 2n]);
    expect(disk.durable.map((mark) => mark.last)).to.deep.equal([2n ** 63n - 2n]);
    expect(await refusal(nextval(sequences, high))).to.have.property("0", "2200H");
  });

  it("go on behind setval, or at it when it was not called", async () => {
    await take(sequences, 2, rules());
    sequences.setval(DB, STORAGE, rules(), 100n, true);
    expect(await take(sequences, 1, rules())).to.deep.equal([101n]);
    sequences.setval(DB, STORAGE, rules(), 7n, false);
    expect(await take(sequences, 2, rules())).to.deep.equal([7n, 8n]);
    expect(
      await refusal((async () => sequences.setval(DB, STORAGE, rules(), 0n, true))()),
    ).to.deep.equal([
      "22003",
      'setval: value 0 is out of bounds for sequence "q" (1..9223372036854775807)',
    ]);
  });

  it("forget a reservation that setval overtook while it was being written", async () => {
    disk.late = true;
    const value = nextval(sequences, rules());
    sequences.setval(DB, STORAGE, rules(), 1000n, true);
    disk.flush();
    disk.late = false;
    expect(await value).to.equal(1001n);
    expect(disk.durable.map((mark) => mark.last)).to.deep.equal([32n, 1000n, 1032n]);
  });

  it("count reservations anew when the increment changes", async () => {
    await take(sequences, 2, rules());
    disk.late = true;
    const by10 = rules({ increment: 10n });
    const value = nextval(sequences, by10);
    expect(() => sequences.nextval(DB, STORAGE, by10, {})).to.throw();
    disk.flush();
    expect(await value).to.equal(12n);
    expect(disk.durable.at(-1)?.last).to.equal(322n);
  });

  it("skip nothing over a clean stop", async () => {
    await take(sequences, 5, rules());
    disk.queued.push(...(sequences.exactMarks() as SequenceMark[]));
    disk.flush();
    expect(await take(disk.open(), 2, rules())).to.deep.equal([6n, 7n]);
  });

  it("start a storage elsewhere", async () => {
    sequences.start(DB, STORAGE, 50n);
    disk.flush();
    expect(await take(sequences, 1, rules())).to.deep.equal([50n]);
  });

  it("never give a value twice, whenever the power is cut", async () => {
    const act = fc.oneof(
      { arbitrary: fc.integer({ min: 1, max: 40 }).map((count) => ({ take: count })), weight: 5 },
      { arbitrary: fc.constantFrom({ cut: true }, { stop: true }), weight: 1 },
      { arbitrary: fc.constantFrom(1n, 3n, 7n).map((increment) => ({ increment })), weight: 1 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
        const log = new MarkDisk();
        let open = log.open();
        let by = rules();
        let last = 0n;
        for (const one of acts) {
          if ("increment" in one) by = rules({ increment: one.increment });
          else if ("take" in one) {
            for (const value of await take(open, one.take, by)) {
              expect(value > last, `${value} after ${last}`).to.equal(true);
              last = value;
            }
          } else {
            if ("stop" in one) log.queued.push(...(open.exactMarks() as SequenceMark[]));
            if ("stop" in one) log.flush();
            open = log.open();
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("the allocator", () => {
  it("gives each id once, from a range whose mark was queued before", () => {
    const marks: Mark[] = [];
    const allocator = new Allocator(oid(16384), xid(3), (mark) => marks.push(mark));
    for (let at = 0; at < 20_000; at++) {
      const next = allocator.oid();
      expect(next).to.equal(16384 + at);
      const mark = marks.at(-1);
      expect(mark?.kind === "oid" && mark.next > next).to.equal(true);
    }
    expect(marks).to.have.lengthOf(3);
    for (let at = 0; at < 3_000; at++) expect(allocator.xid()).to.equal(3 + at);
    expect(marks.slice(3)).to.deep.equal([
      { kind: "xid", next: 1027 },
      { kind: "xid", next: 2051 },
      { kind: "xid", next: 3075 },
    ]);
  });

  it("goes on behind the marks, so what a crash forgot is never used again", () => {
    const marks: Mark[] = [];
    const first = new Allocator(oid(16384), xid(3), (mark) => marks.push(mark));
    const used = [first.oid(), first.oid()];
    const next = marks.find((mark) => mark.kind === "oid");
    const second = new Allocator(oid(Number(next?.kind === "oid" && next.next)), xid(3), () => {});
    expect(second.oid()).to.be.greaterThan(Math.max(...used));
  });

  it("reserves nothing for whoever asks for nothing", () => {
    const marks: Mark[] = [];
    new Allocator(oid(16384), xid(3), (mark) => marks.push(mark));
    expect(marks).to.deep.equal([]);
  });
});
