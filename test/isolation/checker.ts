/**
 * WHAT NO HISTORY MAY SHOW, by the level of the transaction that it happened to. Names are Adya's,
 * http://pmg.csail.mit.edu/papers/adya-phd.pdf.
 *
 *   all levels        a read of what was taken back (G1a) or of half a transaction (G1b), a list
 *                     that is no beginning of the last one, an acknowledged commit that is not
 *                     there or not seen by who came later, a cycle of ww and wr (G0, G1c), and
 *                     within one statement two snapshots
 *   REPEATABLE READ   a second snapshot, a lost update, a cycle with one rw (G-single)
 *   SERIALIZABLE      a cycle (G2)
 */
import { describeCycle, type Edge, Graph } from "./graph.ts";
import type { Append, History, Read, Transaction } from "./history.ts";

interface Writer {
  readonly transaction: Transaction;
  readonly append: Append;
}

/** Everything that is wrong with a history, in words. */
export function checkHistory(history: History): string[] {
  return new Checker(history).faults();
}

class Checker {
  readonly #history: History;
  readonly #writers = new Map<number, Writer>();
  readonly #faults: string[] = [];

  constructor(history: History) {
    this.#history = history;
    for (const transaction of history.transactions) {
      for (const append of transaction.operations) {
        if (append.kind === "append") this.#writers.set(append.value, { transaction, append });
      }
    }
  }

  faults(): string[] {
    this.#checkEnd();
    for (const transaction of this.#history.transactions) {
      this.#checkReads(transaction);
      this.#checkSnapshots(transaction);
    }
    this.#checkCycles();
    return this.#faults;
  }

  #say(fault: string): void {
    this.#faults.push(fault);
  }

  /** What was acknowledged is there, once, and nothing else is. */
  #checkEnd(): void {
    const there = new Set<number>();
    for (const [key, values] of this.#history.end) {
      for (const value of values) {
        if (there.has(value)) this.#say(`value ${value} is in key ${key} twice`);
        there.add(value);
        const fault = this.#whyUnseen(value, key);
        if (fault !== undefined) this.#say(`at the end, key ${key} has ${value}, ${fault}`);
      }
    }
    for (const [value, { transaction, append }] of this.#writers) {
      if (transaction.committedAt === undefined || append.undone || there.has(value)) continue;
      this.#say(`${transaction.name} committed ${value} in key ${append.key}, which is lost`);
    }
  }

  /** Why nobody else may see the value. */
  #whyUnseen(value: number, key: number): string | undefined {
    const writer = this.#writers.get(value);
    if (!writer || writer.append.key !== key) return "which nobody appended to it";
    const { transaction, append } = writer;
    if (append.undone) return `which ${transaction.name} took back (G1a)`;
    if (transaction.committedAt === undefined) {
      return `which ${transaction.name} never committed (G1a)`;
    }
    return undefined;
  }

  #checkReads(transaction: Transaction): void {
    const own = new Map<number, number[]>();
    for (const operation of transaction.operations) {
      if (operation.kind === "append") {
        if (operation.undone) continue;
        const { key, value } = operation;
        own.set(key, [...(own.get(key) ?? []), value]);
      } else {
        const mine = own.get(operation.key) ?? [];
        const others = operation.values.slice(0, operation.values.length - mine.length);
        if (operation.values.slice(others.length).join() !== mine.join()) {
          this.#say(`${transaction.name} does not read its own writes: ${describeRead(operation)}`);
        }
        this.#checkOthers(transaction, operation, others);
      }
    }
  }

  /** What others wrote, as a read shows it. */
  #checkOthers({ name }: Transaction, read: Read, others: readonly number[]): void {
    const { key } = read;
    const end = this.#history.end.get(key) ?? [];
    for (const value of others) {
      const fault = this.#whyUnseen(value, key);
      if (fault !== undefined) this.#say(`${name} reads ${value} in key ${key}, ${fault}`);
    }
    if (others.some((value, at) => value !== end[at])) {
      this.#say(`${name} reads ${describeRead(read)}, but the end is ${end.join(",")}`);
    }
  }

  /**
   * Reads of one snapshot: every other transaction is in it with all that it wrote, or not at all;
   * those that were acknowledged before it was taken are.
   */
  #checkSnapshots(transaction: Transaction): void {
    const groups = new Map<number, Read[]>();
    for (const read of transaction.operations) {
      if (read.kind !== "read") continue;
      const snapshot = transaction.level === "READ COMMITTED" ? read.statement : 0;
      groups.set(snapshot, [...(groups.get(snapshot) ?? []), read]);
    }
    for (const reads of groups.values()) {
      const since =
        transaction.level === "READ COMMITTED" ? reads[0]?.startedAt : transaction.startedAt;
      this.#checkSnapshot(transaction, reads, since ?? 0);
    }
  }

  #checkSnapshot(transaction: Transaction, reads: readonly Read[], since: number): void {
    for (const other of this.#history.transactions) {
      if (other === transaction || other.committedAt === undefined) continue;
      let seen: Append | undefined;
      let unseen: Append | undefined;
      for (const append of other.operations) {
        if (append.kind !== "append" || append.undone) continue;
        for (const { key, values } of reads) {
          if (key !== append.key) continue;
          if (values.includes(append.value)) seen = append;
          else unseen = append;
        }
      }
      if (!unseen) continue;
      const { name } = transaction;
      const missing = `misses ${unseen.value} of ${other.name} in key ${unseen.key}`;
      if (seen) this.#say(`${name} reads ${seen.value} in key ${seen.key}, but ${missing} (G1b)`);
      if (other.committedAt < since) this.#say(`${name} ${missing}, which was acknowledged before`);
    }
  }

  #checkCycles(): void {
    const of = (...levels: string[]) =>
      new Set(
        this.#history.transactions
          .filter(({ level, committedAt }) => committedAt !== undefined && levels.includes(level))
          .map(({ name }) => name),
      );
    const graph = this.#graph();
    const isWrite = ({ kind }: Edge) => kind !== "rw";
    this.#sayCycle("G1c", graph.cycle(isWrite, "ww") ?? graph.cycle(isWrite, "wr"));
    const within = (names: ReadonlySet<string>) => (edge: Edge) =>
      names.has(edge.from) && names.has(edge.to);
    const repeatable = within(of("REPEATABLE READ", "SERIALIZABLE"));
    const serializable = within(of("SERIALIZABLE"));
    const single = graph.cycle((edge) => isWrite(edge) && repeatable(edge), "rw");
    this.#sayCycle("G-single", single);
    if (!single) this.#sayCycle("G2", graph.cycle(serializable, "rw"));
  }

  #sayCycle(name: string, cycle: readonly Edge[] | undefined): void {
    if (cycle) this.#say(`${name}: ${describeCycle(cycle)}`);
  }

  #graph(): Graph {
    const graph = new Graph();
    const writerOf = (value: number | undefined) =>
      value === undefined ? undefined : this.#writers.get(value)?.transaction.name;
    for (const [key, values] of this.#history.end) {
      values.forEach((value, at) => {
        const [from, to] = [writerOf(values[at - 1]), writerOf(value)];
        if (from && to) graph.add({ from, to, kind: "ww", key });
      });
    }
    for (const { name, committedAt, operations } of this.#history.transactions) {
      if (committedAt === undefined) continue;
      for (const read of operations) {
        if (read.kind !== "read") continue;
        const { key, values } = read;
        const before = writerOf(values.at(-1));
        const next = writerOf((this.#history.end.get(key) ?? [])[values.length]);
        if (before) graph.add({ from: before, to: name, kind: "wr", key });
        if (next) graph.add({ from: name, to: next, kind: "rw", key });
      }
    }
    return graph;
  }
}

const describeRead = ({ key, values }: Read): string => `key ${key} = ${values.join(",")}`;
