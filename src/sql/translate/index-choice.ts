/**
 * WHICH INDEX REACHES THE ROWS of a user's table: the first of its keys are compared with what is
 * known before a row is read. Each is told as it is found in the index, and the conditions stay
 * beside it: an index may reach more rows, never less.
 */
import type { Oid } from "../../base/ids.ts";
import type { Expression } from "../bind/tree.ts";
import type { NativeComparison } from "../functions/registry.ts";
import { emitMembership, losesBlanks } from "./arrays.ts";
import type { Emitter } from "./emitter.ts";
import { isOid } from "./oids.ts";
import { orderKey } from "./order-keys.ts";
import type { Scope } from "./scope.ts";
import type { TypeFacts } from "./translation.ts";
import { isVolatile } from "./volatile.ts";
import { references } from "./walk.ts";

export interface UserIndex {
  readonly relation: Oid;
  readonly storage: Oid;
  /** Attribute numbers of its keys, all of them plain columns. */
  readonly attributes: readonly number[];
  /** Of each key the type whose sort key it keeps; undefined: the column as it is stored. */
  readonly keyTypes: readonly (Oid | undefined)[];
  /** No two rows that a statement sees have the same keys. */
  readonly unique: boolean;
}

type Membership = Extract<Expression, { kind: "arrayOperator" }>;

interface Bound {
  readonly comparison: NativeComparison;
  readonly value: Expression;
}

/** What is known of a column. */
interface Known {
  equal?: Expression;
  /** By the sort keys of its type. */
  equalKey?: Expression;
  among?: Membership;
  low?: Bound;
  high?: Bound;
}

/** An interval with one end may be nearly all rows. */
const BOTH_ENDS = 2;

/** What is known of rows that are read in the order of an index, whatever it leaves out. */
export function termsInOrder(
  emitter: Emitter,
  index: UserIndex,
  table: number,
  conjuncts: readonly Expression[],
): readonly Term[] {
  const reading = new Reading(emitter, table, false);
  for (const conjunct of conjuncts) reading.see(conjunct);
  return termsOf(index, reading.known, 1);
}

/** What one key of an index is compared with. */
type Term =
  | { readonly kind: "equal"; readonly value: Expression; readonly keyType: Oid | undefined }
  | { readonly kind: "among"; readonly list: Membership }
  | { readonly kind: "within"; readonly bounds: readonly Bound[] };

export interface Reached {
  readonly index: UserIndex;
  readonly terms: readonly Term[];
}

/**
 * The index that is likely to reach the fewest rows of a table. `joins`: values of the tables
 * beside it count as known; those that SQLite cannot find by an index of its own always do.
 */
export function findIndex(
  emitter: Emitter,
  indexes: readonly UserIndex[],
  table: number,
  conjuncts: readonly Expression[],
  joins: boolean,
): Reached | undefined {
  if (indexes.length === 0) return undefined;
  const reading = new Reading(emitter, table, joins);
  for (const conjunct of conjuncts) reading.see(conjunct);
  let best: Reached | undefined;
  for (const index of indexes) {
    const terms = termsOf(index, reading.known, BOTH_ENDS);
    if (terms.length === 0) continue;
    const found = { index, terms };
    if (!best || worth(found) > worth(best)) best = found;
  }
  return best;
}

function termsOf(
  { attributes, keyTypes }: UserIndex,
  columns: ReadonlyMap<number, Known>,
  ends: number,
): readonly Term[] {
  const terms: Term[] = [];
  for (const [at, attribute] of attributes.entries()) {
    const known = columns.get(attribute) ?? {};
    const keyType = keyTypes[at];
    const value = keyType === undefined ? known.equal : known.equalKey;
    if (value) {
      terms.push({ kind: "equal", value, keyType });
      continue;
    }
    if (keyType !== undefined) break;
    const { among: list, low, high } = known;
    if (list) {
      terms.push({ kind: "among", list });
      continue;
    }
    const bounds = [low, high].filter((bound) => bound !== undefined);
    if (bounds.length >= ends) terms.push({ kind: "within", bounds });
    break;
  }
  return terms;
}

const WORTH = { equal: 4, among: 3, within: 1 } as const;
const ONE_ROW = 1000;

function worth({ index, terms }: Reached): number {
  const all = terms.reduce((sum, { kind }) => sum + WORTH[kind], 0);
  const isOne = index.unique && all === WORTH.equal * index.attributes.length;
  return isOne ? ONE_ROW + all : all;
}

/** The conditions that an entry of the index must satisfy. */
export function termConditions(
  emitter: Emitter,
  scope: Scope,
  entries: string,
  terms: readonly Term[],
): string[] {
  return terms.flatMap((term, at) => {
    const key = `${entries}.k${at + 1}`;
    if (term.kind === "among") return [emitMembership(emitter, scope, term.list, key)];
    if (term.kind === "within") {
      return term.bounds.map(
        ({ comparison, value }) => `${key} ${comparison} ${emitter.expression(scope, value)}`,
      );
    }
    const { value, keyType: type } = term;
    const text = emitter.expression(scope, value);
    const { collation } = value;
    return [`${key} = ${type === undefined ? text : orderKey(emitter, text, { type, collation })}`];
  });
}

const TURNED: Readonly<Record<NativeComparison, NativeComparison>> = {
  ...{ "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=" },
};

class Reading {
  readonly known = new Map<number, Known>();
  readonly #emitter: Emitter;
  readonly #table: number;
  readonly #joins: boolean;

  constructor(emitter: Emitter, table: number, joins: boolean) {
    this.#emitter = emitter;
    this.#table = table;
    this.#joins = joins;
  }

  see(conjunct: Expression): void {
    const { registry, types } = this.#emitter.context;
    if (conjunct.kind !== "operator" && conjunct.kind !== "arrayOperator") return;
    if (conjunct.inputCollation !== undefined) return;
    const called = registry.scalar(conjunct.function);
    if (conjunct.kind === "arrayOperator") {
      if (conjunct.any && called?.native === "=") this.#among(conjunct);
      return;
    }
    const [left, right] = conjunct.args;
    if (!left || !right) return;
    if (called?.native) {
      const [one, other] = [asStored(left), asStored(right)];
      this.#compared(one, called.native, other);
      this.#compared(other, TURNED[called.native], one);
    } else if (called?.equatesKeys) {
      const [one, other] = [withoutDomain(types, left), withoutDomain(types, right)];
      this.#equalKey(one, other);
      this.#equalKey(other, one);
    }
  }

  #compared(side: Expression, comparison: NativeComparison, value: Expression): void {
    const known = this.#columnOf(side, value, this.#joins);
    if (!known) return;
    const bound = { comparison, value };
    if (comparison === "=") known.equal ??= value;
    else if (comparison.startsWith(">")) known.low ??= bound;
    else if (comparison !== "<>") known.high ??= bound;
  }

  #equalKey(side: Expression, value: Expression): void {
    const known = this.#columnOf(side, value, true);
    if (known) known.equalKey ??= value;
  }

  #among(list: Membership): void {
    const known = this.#columnOf(asStored(list.left), list.array, this.#joins);
    if (known) known.among ??= list;
  }

  /** What is known of the column that is compared with a value; undefined: the value is not. */
  #columnOf(side: Expression, value: Expression, joins: boolean): Known | undefined {
    const table = this.#table;
    if (side.kind !== "column" || side.levelsUp > 0 || side.table !== table) return undefined;
    const isOpen = references(value).some(
      (column) => column.levelsUp === 0 && (!joins || column.table === table),
    );
    // What has another value for each row is no value of the index.
    if (isOpen || isVolatile(this.#emitter.context, value)) return undefined;
    const known = this.known.get(side.attribute) ?? {};
    this.known.set(side.attribute, known);
    return known;
  }
}

/** What is compared as it is stored: an int4 as an oid is another number, and text as char(n). */
function asStored(side: Expression): Expression {
  if (side.kind !== "relabel" || isOid(side.type) !== isOid(side.arg.type)) return side;
  return losesBlanks(side.arg.type, side.type) ? side : asStored(side.arg);
}

/** A column that is taken as one of another type has other keys, but for that under a domain. */
const withoutDomain = (types: TypeFacts, side: Expression): Expression =>
  side.kind === "relabel" && types.base(side.type) === types.base(side.arg.type) ? side.arg : side;
