import { expect } from "chai";
import fc from "fast-check";
import { planMove } from "../../src/sql/session/cursor-moves.ts";
import { Client } from "./session-client.ts";
import { FakeEngine } from "./session-fake-engine.ts";

const ROWS = 5000;

describe("rows that a cursor keeps", () => {
  let engine: FakeEngine;
  let client: Client;

  beforeEach(async () => {
    engine = new FakeEngine();
    client = await Client.connect(engine);
    await client.query("set work_mem = '64kB'");
  });

  const left = () => engine.spilled.filter(({ removed }) => !removed).length;
  const rowsOf = (lines: readonly string[]) =>
    lines.filter((line) => line.startsWith("D ")).map((line) => Number(line.slice(2)));

  it("are in a file beyond work_mem, and gone with the cursor", async () => {
    await client.query("begin");
    await client.query("declare small cursor for select rows(100)");
    await client.query(`declare large cursor for select batches(${ROWS}, 300)`);
    expect(engine.spilled).to.have.length(0);
    await client.query("fetch small; fetch large");
    expect(left()).to.equal(1);
    expect(rowsOf(await client.query("fetch all large"))).to.have.length(ROWS - 1);
    await client.query("close large");
    expect(left()).to.equal(0);
    await client.query(`declare more cursor for select rows(${ROWS}); fetch more`);
    expect(left()).to.equal(1);
    await client.query("rollback");
    expect(left()).to.equal(0);
    expect(engine.leases).to.equal(0);
  });

  it("stay across COMMIT for a cursor WITH HOLD, until the session ends", async () => {
    await client.query(`declare h cursor with hold for select rows(${ROWS})`);
    expect(left()).to.equal(1);
    expect(rowsOf(await client.query("fetch 2 h"))).to.deep.equal([1, 2]);
    client.session.close();
    expect(left()).to.equal(0);
    expect(engine.leases).to.equal(0);
  });

  it("of a portal, too: it goes on where it was suspended", async () => {
    const { session, sink } = client;
    await client.query("begin");
    await client.do(() => session.parse("", `select batches(${ROWS}, 7)`, [], sink));
    const request = { statement: "", parameterFormats: [], parameters: [], resultFormats: [] };
    await client.do(() => session.bind({ portal: "p", ...request }, sink));
    const heard: number[] = [];
    for (let lines: string[] = []; !lines.includes("C SELECT 0"); ) {
      lines = await client.do(() => session.execute("p", 700, sink));
      heard.push(...rowsOf(lines));
      if (lines.some((line) => line.startsWith("C SELECT"))) break;
    }
    expect(heard).to.deep.equal(Array.from({ length: ROWS }, (_, at) => at + 1));
    session.closePortal("p");
    expect(left()).to.equal(0);
  });

  it("may take as much of the disk as temp_file_limit says", async () => {
    await client.query("set temp_file_limit = '100kB'; begin");
    await client.query("savepoint s");
    await client.query(`declare c cursor for select batches(50000, 500)`);
    expect(await client.query("fetch c")).to.deep.equal([
      "E 53400 temporary file size exceeds temp_file_limit (100kB)",
      "E",
    ]);
    expect(left()).to.equal(0);
    await client.query("rollback to s");
    await client.query(`declare c cursor for select rows(${ROWS})`);
    expect(rowsOf(await client.query("fetch c"))).to.deep.equal([1]);
  });

  it("are the same wherever they lie and however one moves", async () => {
    const move = fc.record({
      direction: fc.constantFrom("forward", "backward", "absolute", "relative" as const),
      count: fc.oneof(fc.integer({ min: -6000, max: 6000 }), fc.integer({ min: -3, max: 3 })),
    });
    const moves = fc.array(move, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        const script = all.map(({ direction, count }) => `fetch ${direction} ${count} c`);
        const texts: string[][] = [];
        for (const memory of ["64kB", "4MB"]) {
          await client.query(`begin; set local work_mem = '${memory}'`);
          await client.query(`declare c scroll cursor for select batches(${ROWS}, 999)`);
          for (const text of script) texts.push(await client.query(text));
          await client.query("rollback");
        }
        const half = texts.length / 2;
        expect(texts.slice(0, half)).to.deep.equal(texts.slice(half));
        expect(texts.slice(0, half).map(rowsOf)).to.deep.equal(all.map(modelOf(ROWS)));
      }),
      { numRuns: 40 },
    );
    expect(left()).to.equal(0);
  });
});

/** A cursor as a child would make it: one row at a time. */
function modelOf(length: number) {
  let position = 0;
  const isRow = () => position >= 1 && position <= length;
  const stepBy = (by: 1 | -1) => {
    position = Math.min(Math.max(position + by, 0), length + 1);
    return isRow() ? [position] : [];
  };
  const goTo = (to: number) => {
    position = Math.min(Math.max(to, 0), length + 1);
    return isRow() && position === to ? [position] : [];
  };
  return ({
    direction,
    count,
  }: {
    readonly direction: string;
    readonly count: number;
  }): number[] => {
    if (direction === "absolute") return goTo(count >= 0 ? count : length + 1 + count);
    if (count === 0) return isRow() ? [position] : [];
    if (direction === "relative") return goTo(position + count);
    const by = (direction === "forward") === count > 0 ? 1 : -1;
    return Array.from({ length: Math.abs(count) }, () => stepBy(by)).flat();
  };
}

describe("a move", () => {
  it("without a row to stand on answers none, and stays within the rows", () => {
    for (const length of [0, 1, 3]) {
      for (let position = 0; position <= length + 1; position++) {
        for (const direction of ["forward", "backward", "absolute", "relative"] as const) {
          for (const count of [-9, -2, -1, 0, 1, 2, 9, Infinity, -Infinity]) {
            if (!Number.isFinite(count) && direction !== "forward" && direction !== "backward")
              continue;
            const moved = planMove({ direction, count, move: false }, { position, length });
            expect(moved.position).to.be.within(0, length + 1);
            expect(moved.from).to.be.within(0, length);
            expect(moved.to).to.be.within(moved.from, length);
          }
        }
      }
    }
  });
});
