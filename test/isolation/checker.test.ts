/** The checker finds what it is there for: histories with one thing wrong, written out. */
import { expect } from "chai";
import { checkHistory } from "./checker.ts";
import type { Append, Level, Read, Transaction } from "./history.ts";

const append = (key: number, value: number, undone = false): Append => ({
  kind: "append",
  key,
  value,
  undone,
});
const read = (key: number, ...values: number[]): Read => ({
  kind: "read",
  statement: 1,
  startedAt: 1,
  key,
  values,
});

/** `committedAt`: undefined = rolled back. Every transaction starts at 1. */
const transaction = (
  name: string,
  level: Level,
  committedAt: number | undefined,
  ...operations: (Append | Read)[]
): Transaction => ({ name, level, startedAt: 1, committedAt, operations });

const faultsOf = (end: Readonly<Record<number, number[]>>, ...transactions: Transaction[]) =>
  checkHistory({
    transactions,
    end: new Map(Object.entries(end).map(([key, values]) => [Number(key), values])),
  });

describe("the checker of histories", () => {
  const [RC, RR, SER] = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"] as const;

  it("has nothing against what is right", () => {
    const one = transaction("A", SER, 5, append(1, 10), read(1, 10), append(2, 11));
    const two = transaction("B", SER, 6, read(1, 10), append(2, 12), read(2, 11, 12));
    expect(faultsOf({ 1: [10], 2: [11, 12] }, one, two)).to.deep.equal([]);
  });

  it("finds a dirty read", () => {
    const one = transaction("A", RC, undefined, append(1, 10));
    const two = transaction("B", RC, 6, read(1, 10));
    expect(faultsOf({ 1: [] }, one, two)).to.include(
      "B reads 10 in key 1, which A never committed (G1a)",
    );
  });

  it("finds a read of what a savepoint took back", () => {
    const one = transaction("A", RC, 5, append(1, 10, true));
    const two = transaction("B", RC, 6, read(1, 10));
    expect(faultsOf({ 1: [10] }, one, two)).to.include.members([
      "at the end, key 1 has 10, which A took back (G1a)",
      "B reads 10 in key 1, which A took back (G1a)",
    ]);
  });

  it("finds a commit that is lost, and one that is not seen by who came later", () => {
    const one = transaction("A", RC, 5, append(1, 10));
    expect(faultsOf({ 1: [] }, one)).to.deep.equal(["A committed 10 in key 1, which is lost"]);
    const late = { ...transaction("B", RR, 9, read(1)), startedAt: 7 };
    expect(faultsOf({ 1: [10] }, one, late)).to.deep.equal([
      "B misses 10 of A in key 1, which was acknowledged before",
    ]);
  });

  it("finds an overwritten update, as the list is not the one that was read", () => {
    const one = transaction("A", RR, 5, read(1), append(1, 10), read(1, 10));
    const two = transaction("B", RR, 6, read(1), append(1, 11), read(1, 11));
    expect(faultsOf({ 1: [11] }, one, two)).to.include("A committed 10 in key 1, which is lost");
  });

  it("finds half a transaction, where one snapshot is promised", () => {
    const one = transaction("A", RC, 5, append(1, 10), append(2, 11));
    const fault = "B reads 10 in key 1, but misses 11 of A in key 2 (G1b)";
    const reads = [read(1, 10), { ...read(2), statement: 2 }];
    const end = { 1: [10], 2: [11] };
    expect(faultsOf(end, one, transaction("B", RR, 6, ...reads))).to.include(fault);
    expect(faultsOf(end, one, transaction("B", RC, 6, ...reads))).to.deep.equal([]);
    expect(faultsOf(end, one, transaction("B", RC, 6, read(1, 10), read(2)))).to.include(fault);
  });

  it("finds who does not read what it has written", () => {
    const one = transaction("A", RC, 5, append(1, 10), read(1));
    expect(faultsOf({ 1: [10] }, one)).to.include("A does not read its own writes: key 1 = ");
  });

  it("finds write skew, at SERIALIZABLE alone", () => {
    const skew = (level: Level) =>
      faultsOf(
        { 1: [10], 2: [11] },
        transaction("A", level, 5, read(1), append(2, 11)),
        transaction("B", level, 6, read(2), append(1, 10)),
      );
    expect(skew(SER)).to.deep.equal(["G2: A -rw(1)-> B, B -rw(2)-> A"]);
    expect(skew(RR)).to.deep.equal([]);
  });

  it("finds a cycle of writes", () => {
    const one = transaction("A", RC, 5, append(1, 10), append(2, 13));
    const two = transaction("B", RC, 6, append(1, 11), append(2, 12));
    const faults = faultsOf({ 1: [10, 11], 2: [12, 13] }, one, two);
    expect(faults).to.deep.equal(["G1c: A -ww(1)-> B, B -ww(2)-> A"]);
  });
});
