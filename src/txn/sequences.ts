/**
 * SEQUENCES count outside transactions: ROLLBACK does not undo nextval, and no value leaves twice,
 * crash or not. So a value leaves only from a reservation that is durable: a mark in the log says
 * "nextval goes on behind last", and values up to there may be handed out from memory. A mark
 * reserves 32 values, and twice as many each time when one statement needs more.
 *
 *   state      last, called      as PostgreSQL's sequence relation: the next value is `last` until
 *   it was called
 *              available         how many more values the newest durable mark covers
 *
 * A storage (pg_class.relfilenode) has one state for ever; RESTART makes a new storage, in the
 * transaction.
 */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import type { Mark } from "../wal/fragment.ts";
import { Wait, type Waiting } from "./wait.ts";

/** What pg_sequence says. */
export interface SequenceRules {
  readonly name: string;
  readonly start: bigint;
  readonly increment: bigint;
  readonly min: bigint;
  readonly max: bigint;
  readonly cycle: boolean;
}

export interface SequencePoint {
  readonly last: bigint;
  readonly called: boolean;
}

interface State {
  readonly db: Oid;
  readonly storage: Oid;
  last: bigint;
  called: boolean;
  available: number;
  /** The increment that the reservation was computed with. */
  increment: bigint;
  /** The size of the newest reservation, and the statement that it was made for. */
  batch: number;
  reservedFor: object | undefined;
  pending: Promise<void> | undefined;
}

/** Where marks go; see sequencer.ts. */
export interface MarkLog {
  appendMarks(marks: readonly Mark[]): void | Promise<void>;
  queueMarks(marks: readonly Mark[]): void;
}

const RESERVED_MIN = 32;
const RESERVED_MAX = 65536;

export class Sequences {
  readonly #states = new Map<string, State>();
  readonly #load: (db: Oid, storage: Oid) => SequencePoint | undefined;
  readonly #log: MarkLog;
  constructor(load: (db: Oid, storage: Oid) => SequencePoint | undefined, log: MarkLog) {
    this.#load = load;
    this.#log = log;
  }

  /**
   * Throws a Wait when no durable reservation is left, 2200H at the sequence's end. It reads and
   * writes memory only: it is called while the pages are busy with the query that calls it.
   * `statement` identifies the statement that asks, which gets twice as many values each time it
   * comes back for more.
   */
  nextval(db: Oid, storage: Oid, rules: SequenceRules, statement: object): bigint {
    const state = this.#states.get(keyOf(db, storage));
    if (!state || state.available === 0 || state.increment !== rules.increment) {
      throw new ReservationWait(rules.name, () => this.#reserve(db, storage, rules, statement));
    }
    const value = following(state, rules);
    state.last = value;
    state.called = true;
    state.available--;
    return value;
  }

  /**
   * What the sequence relation shows; `available` values more may be taken before the log is
   * written again.
   */
  point(db: Oid, storage: Oid, rules: SequenceRules): SequencePoint & { available: number } {
    const { last, called, available } = this.#stateOf(db, storage, rules.start);
    return { last, called, available };
  }

  /** The same while the pages are busy: throws a Wait when it has to be read from them. */
  pointInMemory(db: Oid, storage: Oid, rules: SequenceRules): SequencePoint {
    const state = this.#states.get(keyOf(db, storage));
    if (state) return state;
    throw new ReservationWait(rules.name, () => {
      this.#stateOf(db, storage, rules.start);
      return undefined;
    });
  }

  /** The last value that left a storage; `start` when none did. */
  last(db: Oid, storage: Oid, start: bigint): bigint {
    return this.#stateOf(db, storage, start).last;
  }

  /** Takes effect at once; durable with the next flush, which the transaction's end waits for. */
  setval(db: Oid, storage: Oid, rules: SequenceRules, value: bigint, called: boolean): void {
    if (value < rules.min || value > rules.max) throw outOfBounds(value, rules);
    const state = newState(db, storage, { last: value, called });
    this.#states.set(keyOf(db, storage), state);
    this.#log.queueMarks([{ kind: "sequence", db, storage, last: value, called }]);
  }

  /** The first value of a new storage, where it is not the START value. */
  start(db: Oid, storage: Oid, first: bigint): void {
    this.#log.queueMarks([{ kind: "sequence", db, storage, last: first, called: false }]);
    this.#states.set(keyOf(db, storage), newState(db, storage, { last: first, called: false }));
  }

  /** A storage of another database begins where this one stands. */
  copy(from: Oid, to: Oid, storage: Oid, start: bigint): void {
    const { last, called } = this.#stateOf(from, storage, start);
    this.#log.queueMarks([{ kind: "sequence", db: to, storage, last, called }]);
    this.#states.set(keyOf(to, storage), newState(to, storage, { last, called }));
  }

  /**
   * Marks that say where each sequence really stands: logged at a clean stop, no value is skipped.
   */
  exactMarks(): Mark[] {
    const marks: Mark[] = [];
    for (const { db, storage, last, called, available } of this.#states.values()) {
      if (available > 0) marks.push({ kind: "sequence", db, storage, last, called });
    }
    return marks;
  }

  #stateOf(db: Oid, storage: Oid, start: bigint): State {
    const key = keyOf(db, storage);
    let state = this.#states.get(key);
    if (!state) {
      const point = this.#load(db, storage) ?? { last: start, called: false };
      state = newState(db, storage, point);
      this.#states.set(key, state);
    }
    return state;
  }

  /** Makes values durable; undefined when that took no waiting. */
  #reserve(
    db: Oid,
    storage: Oid,
    rules: SequenceRules,
    statement: object,
  ): Promise<void> | undefined {
    const state = this.#stateOf(db, storage, rules.start);
    if (state.pending !== undefined) return state.pending;
    // Somebody else may have reserved since the Wait was thrown.
    if (state.available > 0 && state.increment === rules.increment) return undefined;
    // What an older reservation left was counted with the old increment.
    state.available = 0;
    state.increment = rules.increment;
    state.batch =
      state.reservedFor === statement ? Math.min(state.batch * 2, RESERVED_MAX) : RESERVED_MIN;
    state.reservedFor = statement;
    const value = following(state, rules);
    const count = countFrom(value, rules, state.batch);
    const last = value + BigInt(count - 1) * rules.increment;
    const reserved = () => {
      state.available = count;
      state.pending = undefined;
    };
    const durable = this.#log.appendMarks([{ kind: "sequence", db, storage, last, called: true }]);
    if (durable === undefined) {
      reserved();
      return undefined;
    }
    state.pending = durable.then(reserved);
    return state.pending;
  }
}

class ReservationWait extends Wait {
  readonly what: string;
  readonly #reserve: () => Promise<void> | undefined;

  constructor(sequence: string, reserve: () => Promise<void> | undefined) {
    super();
    this.what = `values of sequence "${sequence}"`;
    this.#reserve = reserve;
  }

  override start(): Waiting {
    return { done: this.#reserve() ?? Promise.resolve(), cancel: () => {} };
  }
}

const keyOf = (db: Oid, storage: Oid): string => `${db}.${storage}`;

const newState = (db: Oid, storage: Oid, point: SequencePoint): State => ({
  db,
  storage,
  last: point.last,
  called: point.called,
  available: 0,
  increment: 0n,
  batch: RESERVED_MIN,
  reservedFor: undefined,
  pending: undefined,
});

/** The value that comes next; 2200H when there is none. */
function following(state: SequencePoint, rules: SequenceRules): bigint {
  if (!state.called) return state.last;
  const next = state.last + rules.increment;
  if (next <= rules.max && next >= rules.min) return next;
  const ascending = rules.increment > 0n;
  if (rules.cycle) return ascending ? rules.min : rules.max;
  const [what, bound] = ascending ? ["maximum", rules.max] : ["minimum", rules.min];
  throw new SqlError(
    "2200H",
    `nextval: reached ${what} value of sequence "${rules.name}" (${bound})`,
  );
}

/** How many values, this one included, there are up to the sequence's bound, at most `wanted`. */
function countFrom(value: bigint, rules: SequenceRules, wanted: number): number {
  const room = rules.increment > 0n ? rules.max - value : rules.min - value;
  const steps = room / rules.increment + 1n;
  // A first value may lie behind a bound that was moved since.
  if (steps < 1n) return 1;
  return steps < BigInt(wanted) ? Number(steps) : wanted;
}

const outOfBounds = (value: bigint, rules: SequenceRules): SqlError =>
  new SqlError(
    "22003",
    `setval: value ${value} is out of bounds for sequence "${rules.name}" (${rules.min}..${rules.max})`,
  );
