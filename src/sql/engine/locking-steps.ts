/**
 * SUB-SELECTS THAT LOCK ROWS are steps of their statement: each runs by itself, once and to its
 * end, before what it stands in, which reads the rows that it locked from a parameter. A sub-select
 * in FROM of a plain SELECT stays where it is: row-locking.ts sees to its rows. So does one that
 * depends on the query around it: it locks rows as they are read, locks-in-place.ts.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type {
  BoundModify,
  BoundPart,
  BoundRuled,
  BoundStep,
  BoundWriting,
} from "../bind/modify.ts";
import type {
  CommonTable,
  GivenRows,
  Query,
  RangeTableEntry,
  RowLocking,
  SelectQuery,
} from "../bind/tree.ts";
import { TEXT } from "../bind/type-oids.ts";
import { TAKEN_ATTRIBUTE } from "../bind/update.ts";
import { readingGiven, tablesRead } from "../bind/with-modifying.ts";
import { walk } from "../translate/walk.ts";
import { isPlain, lockedInPlace, mayLockInside } from "./row-locking.ts";

export interface LockingStep {
  readonly query: Query;
  readonly given: GivenRows;
}

type IsVolatile = (query: Query) => boolean;

/** A SELECT without its steps; their rows come behind the `parameters` that the client gives. */
export function liftFromQuery(
  query: Query,
  parameters: number,
  catalog: CatalogReader,
  isVolatile: IsVolatile,
) {
  const lifting = new Lifting(parameters, catalog, isVolatile);
  return { query: lifting.lift(query, [], true), steps: lifting.steps };
}

/** A statement that writes, with steps more. */
export function liftFromWriting(bound: BoundWriting, catalog: CatalogReader): BoundWriting {
  const { main, steps, parameterTypes } = bound;
  // None of what rules have made is lifted: a statement of theirs that locks rows is refused.
  if (main.kind === "ruled") return refuseIn(bound, main, catalog);
  const lifting = new Lifting(parameterTypes.length + steps.length, catalog, () => false);
  const lifted = [...steps.map(({ part }) => part), main].map((part) => lifting.part(part));
  if (lifting.steps.length === 0 && lifting.inPlace.size === 0) return bound;
  const all = [...parameterTypes, ...[...steps, ...lifting.steps].map(() => TEXT)];
  const whole = (at: number): BoundPart => ({
    ...(lifted[at] as BoundPart),
    parameterTypes: all,
  });
  const more = lifting.steps.map(({ query, given }): BoundStep => {
    return { part: { kind: "select", query, parameterTypes: all }, given, locks: true };
  });
  const before = steps.map((step, at) => ({ ...step, part: whole(at) }));
  return { ...bound, steps: [...before, ...more], main: whole(steps.length) };
}

function refuseIn(
  bound: BoundWriting,
  { parts }: BoundRuled,
  catalog: CatalogReader,
): BoundWriting {
  const lifting = new Lifting(0, catalog, () => false);
  for (const { part } of parts) lifting.part(part);
  if (lifting.steps.length > 0 || lifting.inPlace.size > 0)
    throw notSupported("locking rows in a statement with rules");
  return bound;
}

class Lifting {
  readonly steps: LockingStep[] = [];
  /** Tables of sub-selects that stay where they are. */
  readonly inPlace = new Set<Oid>();
  readonly #before: number;
  readonly #catalog: CatalogReader;
  readonly #isVolatile: IsVolatile;
  /** A query of WITH may stand in several parts of a statement, and runs once. */
  readonly #lifted = new Map<Query, Query>();

  constructor(parameters: number, catalog: CatalogReader, isVolatile: IsVolatile) {
    this.#before = parameters;
    this.#catalog = catalog;
    this.#isVolatile = isVolatile;
  }

  part(part: BoundPart): BoundPart {
    if (part.kind === "select") return { ...part, query: this.lift(part.query, [], true) };
    refuseInRows(part);
    const beside = [
      part.returning,
      part.kind === "insert" && part.onConflict,
      part.kind === "merge" && part.actions,
    ];
    if (part.kind === "insert") {
      return { ...part, source: this.lift(part.source, [], false, beside) };
    }
    const query = this.lift(part.query, [], false, beside) as SelectQuery;
    return { ...part, query: this.inPlace.has(part.table.relation) ? takingRows(query) : query };
  }

  /**
   * `around`: tables of WITH that it may read. `seenTo`: its own locks, and those of plain
   * sub-selects in its FROM, are taken as it runs. `beside`: what else reads its WITH.
   */
  lift(query: Query, around: readonly CommonTable[], seenTo: boolean, beside?: unknown): Query {
    if (!locksInside(query)) return query;
    const known = this.#lifted.get(query);
    if (known) return known;
    const { commonTables, ...body } = query;
    const tables: CommonTable[] = [];
    for (const table of tablesRead([body, beside], commonTables)) {
      const before = [...around, ...tables].filter(({ name }) => name !== table.name);
      tables.push(this.#table(table, table.recursive ? before : [...around, ...tables]));
    }
    const keepsFrom = seenTo && query.kind === "select" && isPlain(query);
    const inside = this.#below(body, [...around, ...tables], keepsFrom) as typeof body;
    const lifted = { ...inside, commonTables: tables } as Query;
    const isStep = !seenTo && locksItself(query);
    const result = isStep ? this.#alone(lifted, around) : lifted;
    this.#lifted.set(query, result);
    return result;
  }

  /** One that calls volatile functions is read by a step and perhaps beside it, and runs once. */
  #table(table: CommonTable, around: readonly CommonTable[]): CommonTable {
    if (table.given) return table;
    const query = this.lift(table.query, around, false);
    const isOnce = query === table.query && !table.recursive && this.#isVolatile(query);
    return { ...table, query: isOnce ? this.#step(query, around) : query };
  }

  /** The node with the queries in it lifted. */
  #below(node: unknown, around: readonly CommonTable[], keepsFrom = false): unknown {
    if (typeof node !== "object" || node === null || node instanceof Uint8Array) return node;
    if (Array.isArray(node)) {
      const mapped = node.map((each) => this.#below(each, around, keepsFrom));
      return mapped.every((each, at) => each === node[at]) ? node : mapped;
    }
    if ("commonTables" in node) return this.lift(node as Query, around, false);
    let changed: Record<string, unknown> | undefined;
    for (const [key, value] of Object.entries(node)) {
      const mapped =
        keepsFrom && key === "query" && isKept(node)
          ? this.lift(value, around, true)
          : this.#below(value, around, keepsFrom && key === "rangeTable");
      if (mapped === value) continue;
      changed ??= { ...node };
      changed[key] = mapped;
    }
    return changed ?? node;
  }

  /** A step, unless it reads the query around it. */
  #alone(query: Query, around: readonly CommonTable[]): Query {
    if (query.kind !== "select" || !isCorrelated(query)) return this.#step(query, around);
    const locked = lockedInPlace(this.#catalog, query);
    for (const { relation } of locked.lockedInPlace?.tables ?? []) this.inPlace.add(relation);
    return locked;
  }

  /** What reads the rows of the query, which has become a step. */
  #step(query: Query, around: readonly CommonTable[]): Query {
    const read = tablesRead(query, around);
    checkAlone(query, read);
    const commonTables = [...read, ...query.commonTables];
    const shown = query.targets.filter(({ junk }) => !junk);
    const given = {
      parameter: this.#before + this.steps.length + 1,
      types: shown.map(({ expression }) => expression.type),
    };
    this.steps.push({ query: atOneLevel({ ...query, commonTables }, 0) as Query, given });
    return readingGiven(shown, given);
  }
}

/** A sub-select in FROM whose locks are taken with those of the query around it. */
const isKept = (entry: object): boolean => {
  const { kind, query } = entry as RangeTableEntry & { readonly query?: Query };
  return kind === "subquery" && query !== undefined && mayLockInside(query);
};

/** Whether it names columns of the query around it. */
function isCorrelated(query: Query): boolean {
  let found = false;
  walk(query, (node, depth) => {
    found ||= node.kind !== "cte" && Number(node["levelsUp"] ?? 0) > depth;
    return !found;
  });
  return found;
}

/** 0A000 for a sub-select that reads what is not there before the query around it runs. */
function checkAlone(query: Query, tables: readonly CommonTable[]): void {
  walk(query, (node, depth) => {
    if (node.kind !== "cte" || Number(node["levelsUp"]) <= depth) return true;
    if (!tables.some(({ name }) => name === node["cte"])) {
      throw notSupported("locking rows in a sub-select of a recursive query");
    }
    return true;
  });
}

/** A sub-select must not lock what the statement has changed: as a row is found, it is told. */
function takingRows(query: SelectQuery): SelectQuery {
  const [version, ...others] = query.targets;
  if (version?.expression.kind !== "column") return query;
  const expression = { ...version.expression, attribute: TAKEN_ATTRIBUTE };
  return { ...query, targets: [{ ...version, expression }, ...others] };
}

/** Tables of WITH, of whatever level around it, are its own now. */
function atOneLevel(node: unknown, depth: number): unknown {
  if (typeof node !== "object" || node === null || node instanceof Uint8Array) return node;
  if (Array.isArray(node)) {
    const mapped = node.map((each) => atOneLevel(each, depth));
    return mapped.every((each, at) => each === node[at]) ? node : mapped;
  }
  const { kind, levelsUp } = node as { readonly kind?: string; readonly levelsUp?: number };
  if (kind === "cte") return Number(levelsUp) > depth ? { ...node, levelsUp: depth } : node;
  let changed: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(node)) {
    const isBelow = key === "query" || (kind === "set" && (key === "left" || key === "right"));
    const mapped = atOneLevel(value, isBelow ? depth + 1 : depth);
    if (mapped === value) continue;
    changed ??= { ...node };
    changed[key] = mapped;
  }
  return changed ?? node;
}

/** 0A000 where the sub-select would run among the rows that are written. */
function refuseInRows(part: BoundModify): void {
  const refuse = (what: string, trees: unknown) => {
    if (locksInside(trees)) throw notSupported(`locking rows in a sub-select of ${what}`);
  };
  refuse("RETURNING", part.returning);
  if (part.kind === "insert") refuse("ON CONFLICT", part.onConflict);
  if (part.kind === "merge") refuse("an action of MERGE", part.actions);
  if ("checkOptions" in part) refuse("what new rows are checked for", part.checkOptions);
}

/** The strength of the first locking clause in it, as it is written behind FOR. */
export function firstLock(query: Query): string | undefined {
  let found: string | undefined;
  walk(query, (node) => {
    const locking = node["locking"] as readonly RowLocking[] | undefined;
    found ??= locking?.[0]?.strength.toUpperCase();
    return found === undefined;
  });
  return found;
}

const locksItself = (query: Query): boolean =>
  query.kind === "select" && query.locking.length > 0 && readsUsers(query);

/** Some select in it, or itself, locks rows of users' tables. */
function locksInside(tree: unknown): boolean {
  let found = false;
  walk(tree, (node) => {
    found ||= node.kind === "select" && locksItself(node as unknown as SelectQuery);
    return !found;
  });
  return found;
}

function readsUsers(query: Query): boolean {
  let found = false;
  walk(query, (node) => {
    const relation = node["relation"];
    if (node.kind === "relation" && typeof relation === "number") {
      found ||= relation >= FIRST_USER_OID;
    }
    return !found;
  });
  return found;
}
