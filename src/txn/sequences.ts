/**
 * SEQUENCES count outside transactions: ROLLBACK does not undo nextval, and no value leaves twice, crash or
 * not. So a value leaves only from a reservation that is durable: a mark in the log says "nextval goes on
 * behind last", and values up to there may be handed out from memory. A mark reserves 32 values, and twice
 * as many each time when one statement needs more.
 *
 *   state      last, called      as PostgreSQL's sequence relation: the next value is `last` until it was called
 *              available         how many more values the newest durable mark covers
 *
 * A storage (pg_class.relfilenode) has one state for ever; RESTART makes a new storage, in the transaction.
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
  /** The size of the next reservation. */
  batch: number;
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
  /** What the running pass has taken, so that a pass that ends in a Wait gives it back. */
  #taken: { readonly state: State; readonly before: SequencePoint }[] = [];

  constructor(load: (db: Oid, storage: Oid) => SequencePoint | undefined, log: MarkLog) {
    this.#load = load;
    this.#log = log;
  }

  /** A statement begins: reservations start small again. */
  beginStatement(): void {
    for (const { state } of this.#taken) state.batch = RESERVED_MIN;
    this.#taken = [];
  }

  /** The pass ended in a Wait and will run again: its values were shown to nobody. */
  rewind(): void {
    for (const { state, before } of this.#taken.reverse()) {
      state.last = before.last;
      state.called = before.called;
      state.available++;
    }
    this.#taken = [];
  }

  /** Throws a Wait when no durable reservation is left, 2200H at the sequence's end. */
  nextval(db: Oid, storage: Oid, rules: SequenceRules): bigint {
    const state = this.#stateOf(db, storage, rules);
    if (state.increment !== rules.increment) {
      state.increment = rules.increment;
      state.available = 0;
    }
    const value = following(state, rules);
    if (state.available === 0) this.#reserve(state, rules, value);
    this.#taken.push({ state, before: { last: state.last, called: state.called } });
    state.last = value;
    state.called = true;
    state.available--;
    return value;
  }

  /** What the sequence relation shows. */
  point(db: Oid, storage: Oid, rules: SequenceRules): SequencePoint {
    const { last, called } = this.#stateOf(db, storage, rules);
    return { last, called };
  }

  /** Takes effect at once; durable with the next flush, which the transaction's end waits for. */
  setval(db: Oid, storage: Oid, rules: SequenceRules, value: bigint, called: boolean): void {
    if (value < rules.min || value > rules.max) throw outOfBounds(value, rules);
    const state = this.#stateOf(db, storage, rules);
    state.last = value;
    state.called = called;
    state.available = 0;
    this.#log.queueMarks([{ kind: "sequence", db, storage, last: value, called }]);
  }

  /** The first value of a new storage, where it is not the START value. */
  start(db: Oid, storage: Oid, first: bigint): void {
    this.#log.queueMarks([{ kind: "sequence", db, storage, last: first, called: false }]);
    this.#states.set(keyOf(db, storage), newState(db, storage, { last: first, called: false }));
  }

  /** Marks that say where each sequence really stands: logged at a clean stop, no value is skipped. */
  exactMarks(): Mark[] {
    const marks: Mark[] = [];
    for (const { db, storage, last, called, available } of this.#states.values()) {
      if (available > 0) marks.push({ kind: "sequence", db, storage, last, called });
    }
    return marks;
  }

  #stateOf(db: Oid, storage: Oid, rules: SequenceRules): State {
    const key = keyOf(db, storage);
    let state = this.#states.get(key);
    if (!state) {
      const point = this.#load(db, storage) ?? { last: rules.start, called: false };
      state = newState(db, storage, point);
      this.#states.set(key, state);
    }
    return state;
  }

  #reserve(state: State, rules: SequenceRules, value: bigint): void {
    if (state.pending === undefined) {
      const count = countFrom(value, rules, state.batch);
      const last = value + BigInt(count - 1) * rules.increment;
      const { db, storage } = state;
      const reserved = () => {
        state.available = count;
        state.batch = Math.min(state.batch * 2, RESERVED_MAX);
        state.pending = undefined;
      };
      const durable = this.#log.appendMarks([
        { kind: "sequence", db, storage, last, called: true },
      ]);
      if (durable === undefined) return reserved();
      state.pending = durable.then(reserved);
    }
    throw new ReservationWait(rules.name, state.pending);
  }
}

class ReservationWait extends Wait {
  readonly what: string;
  readonly #durable: Promise<void>;

  constructor(sequence: string, durable: Promise<void>) {
    super();
    this.what = `values of sequence "${sequence}"`;
    this.#durable = durable;
  }

  override start(): Waiting {
    return { done: this.#durable, cancel: () => {} };
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

/** How many values, this one included, there are before the sequence's bound, at most `wanted`. */
function countFrom(value: bigint, rules: SequenceRules, wanted: number): number {
  const room = rules.increment > 0n ? rules.max - value : rules.min - value;
  const steps = room / rules.increment + 1n;
  return steps < BigInt(wanted) ? Number(steps) : wanted;
}

const outOfBounds = (value: bigint, rules: SequenceRules): SqlError =>
  new SqlError(
    "22003",
    `setval: value ${value} is out of bounds for sequence "${rules.name}" (${rules.min}..${rules.max})`,
  );
