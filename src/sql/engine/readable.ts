/**
 * WHO MAY READ AND WRITE WHAT: SELECT on every relation of a query, or on each of the columns that
 * it uses, UPDATE where it locks rows, and what a statement that writes needs of its table or its
 * columns. What a view names is read and written with its owner's rights.
 * https://www.postgresql.org/docs/15/ddl-priv.html
 */

import { FIRST_USER_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import { kinds } from "../../catalog/acl.ts";
import { RELKIND_WORDS } from "../../catalog/describe.ts";
import { isSuperuser } from "../../catalog/memberships.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import {
  isRowSecured,
  may,
  mayColumns,
  rowSecurityDenial,
  securableRelation,
} from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { isOptionOn } from "../../catalog/relation-options.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { expressionsOf } from "../bind/merge.ts";
import type { BoundRuled, BoundWriting, MergeAction, UntypedModify } from "../bind/modify.ts";
import { plainTarget } from "../bind/plain-select.ts";
import type {
  BoundQuery,
  Column,
  Expression,
  Query,
  RangeTableEntry,
  SelectQuery,
} from "../bind/tree.ts";
import { walk } from "../translate/walk.ts";

/**
 * The first thing that the role may not read, or lock, as its refusal says it. A query is planned
 * all the same: it is refused when it runs. Of `writes` the first table is only written to.
 */
export function whatIsDenied(
  { query }: Pick<BoundQuery, "query">,
  catalog: CatalogReader,
  role: Oid,
  writes?: SelectQuery,
): string | undefined {
  const invoker = isSuperuser(catalog, role) ? undefined : role;
  return deniedIn(query, catalog, { role: invoker, invoker, locks: false }, writes);
}

/**
 * Whose rights hold: of a view's query its owner's, but for functions the user's. undefined = a
 * superuser's, who may do all.
 */
interface Reader {
  readonly role: Oid | undefined;
  readonly invoker: Oid | undefined;
  /** Rows of every relation in FROM are locked. */
  readonly locks: boolean;
}

function deniedIn(
  query: Query | Expression,
  catalog: CatalogReader,
  reader: Reader,
  writes?: SelectQuery,
): string | undefined {
  let denied: string | undefined;
  walk(query, (node) => {
    const tables = node["rangeTable"] as readonly RangeTableEntry[] | undefined;
    for (const [at, entry] of tables?.entries() ?? []) {
      const hidden = entry.kind === "relation" ? entry.security : undefined;
      if (hidden) denied ??= deniedIn(hidden, catalog, { ...reader, locks: false });
      if (at === 0 && (node as unknown) === writes) continue;
      const isLocked = reader.locks || locksTable(node, at + 1);
      denied ??= deniedOf(entry, catalog, { ...reader, locks: isLocked }, () =>
        columnsOf(node, at + 1),
      );
    }
    denied ??= deniedFunction(node, catalog, reader.invoker);
    return denied === undefined && !(node.kind === "subquery" && node["view"] !== undefined);
  });
  return denied;
}

const locksTable = (node: { readonly [part: string]: unknown }, table: number): boolean =>
  ((node["locking"] as SelectQuery["locking"] | undefined) ?? []).some(
    (locking) => locking.table === table,
  );

function deniedOf(
  entry: RangeTableEntry,
  catalog: CatalogReader,
  reader: Reader,
  columns: () => ReadonlySet<number>,
): string | undefined {
  if (entry.kind === "relation") {
    const isSecured = entry.security !== undefined;
    return denialTo(catalog, reader, entry.relation, columns, isSecured);
  }
  if (entry.kind !== "subquery" || entry.view === undefined) return undefined;
  const denied = denialTo(catalog, reader, entry.view, columns);
  if (denied !== undefined || entry.view < FIRST_USER_OID) return denied;
  return deniedInView(entry.query, entry.view, catalog, reader);
}

function deniedInView(
  query: Query,
  view: Oid,
  catalog: CatalogReader,
  reader: Reader,
): string | undefined {
  const row = catalog.find(pgClass, "key", [view]);
  return row && deniedIn(query, catalog, { ...reader, role: readerIn(row, reader, catalog) });
}

/** With whose rights a view's query is read: its owner's, or those of whoever asks. */
export const roleIn = <Role>({ reloptions, relowner }: ClassTuple, invoker: Role): Role | Oid =>
  isOptionOn(reloptions, "security_invoker") ? invoker : relowner;

function readerIn(view: ClassTuple, { invoker }: Reader, catalog: CatalogReader): Oid | undefined {
  const role = roleIn(view, invoker);
  return role === undefined || isSuperuser(catalog, role) ? undefined : role;
}

function denialTo(
  catalog: CatalogReader,
  { role, locks }: Reader,
  oid: Oid,
  columns: () => ReadonlySet<number>,
  isSecured = false,
): string | undefined {
  if (role === undefined) return undefined;
  return (
    denial(catalog, role, oid, "r", columns, isSecured) ??
    (locks ? denial(catalog, role, oid, "w", () => ANY_COLUMN, isSecured) : undefined)
  );
}

const ANY_COLUMN: ReadonlySet<number> = new Set();

/**
 * Of a privilege (a letter) on the whole relation, or on each of the columns. `isSecured`: policies
 * have been put into the statement; without, it is refused where they apply.
 */
function denial(
  catalog: CatalogReader,
  role: Oid,
  oid: Oid,
  letter: string,
  columns: () => ReadonlySet<number>,
  isSecured = false,
): string | undefined {
  if (isSuperuser(catalog, role)) return undefined;
  const relation = catalog.find(pgClass, "key", [oid]);
  if (!relation) return undefined;
  const isGranted =
    may(catalog, role, securableRelation(relation), letter) ||
    (letter !== "d" && mayColumns(catalog, role, relation, letter, columns()));
  if (isGranted) {
    if (isSecured || !isRowSecured(catalog, role, relation)) return undefined;
    return rowSecurityDenial(relation);
  }
  const noun = RELKIND_WORDS[relation.relkind] ?? "relation";
  return `permission denied for ${noun} ${relation.relname}`;
}

const CALLS: ReadonlySet<string | undefined> = new Set(["function", "aggregate", "window"]);

function deniedFunction(
  node: { readonly kind?: string; readonly [part: string]: unknown },
  catalog: CatalogReader,
  role: Oid | undefined,
): string | undefined {
  const called = CALLS.has(node.kind) ? node["function"] : undefined;
  if (called === undefined || role === undefined) return undefined;
  const row = catalog.find(pgProc, "key", [called as Oid]);
  if (!row?.proacl) return undefined;
  const { proowner: owner, proacl: acl, proname } = row;
  if (may(catalog, role, { kind: kinds.function, owner, acl }, "X")) return undefined;
  return `permission denied for function ${proname}`;
}

/** Attributes of a range table entry that its query, or one inside, refers to; 0 = the row. */
function columnsOf(query: unknown, table: number): ReadonlySet<number> {
  const used = new Set<number>();
  const { rangeTable = [] } = query as Partial<SelectQuery>;
  const addOf = (root: unknown) =>
    walk(root, (node, depth) => {
      if (node.kind === "join" && "using" in node) return false;
      // Nobody needs a right to what a policy looks at of the row.
      if (node.kind === "relation" && node["security"] !== undefined) return false;
      if (node.kind !== "column" || node["levelsUp"] !== depth) return true;
      const { table: from, attribute, isKept } = node as unknown as Column;
      if (isKept) return true;
      if (from === table) used.add(attribute);
      const entry = rangeTable[from - 1];
      // Columns of a join are columns of what it joins.
      if (entry?.kind === "join") {
        addOf(attribute === 0 ? entry.columns : entry.columns[attribute - 1]);
      }
      return true;
    });
  addOf(query);
  return used;
}

/** A privilege that a statement needs on what it changes; of a DELETE there are no columns. */
interface Needed {
  readonly letter: "r" | "a" | "w" | "d";
  readonly columns: readonly number[];
}

function neededBy(bound: UntypedModify): readonly Needed[] {
  switch (bound.kind) {
    case "update":
      return [{ letter: "w", columns: bound.columns }];
    case "delete":
      return [{ letter: "d", columns: [] }];
    case "merge":
      return bound.actions.flatMap(neededByAction);
    case "insert": {
      const action = bound.onConflict?.action;
      const updates = action?.kind === "update" ? action.columns : undefined;
      const insert: Needed = { letter: "a", columns: bound.named };
      return updates ? [insert, { letter: "w", columns: updates }] : [insert];
    }
  }
}

function neededByAction(action: MergeAction): readonly Needed[] {
  // Who looks whether there is a row has read it.
  if (action.kind === "nothing") return [{ letter: "r", columns: [] }];
  if (action.kind === "delete") return [{ letter: "d", columns: [] }];
  return [{ letter: action.kind === "insert" ? "a" : "w", columns: action.columns }];
}

/** What a view's columns are in the relation whose rows it shows. */
function throughColumns(needed: readonly Needed[], query: Query, table: number): readonly Needed[] {
  const below = (attnum: number): readonly number[] => {
    const expression = query.kind === "values" ? undefined : query.targets[attnum - 1]?.expression;
    const isColumn = expression?.kind === "column" && expression.table === table;
    return isColumn ? [expression.attribute] : [];
  };
  return needed.map(({ letter, columns }) => ({ letter, columns: columns.flatMap(below) }));
}

/** Of the statement itself first, then of what its WITH runs. */
export function whatIsDeniedToWrite(
  { main, steps }: BoundWriting,
  catalog: CatalogReader,
  role: Oid,
): string | undefined {
  for (const part of [main, ...steps.map((step) => step.part)]) {
    const denied =
      part.kind === "ruled"
        ? whatIsDeniedToRules(part, catalog, role)
        : part.kind === "select"
          ? whatIsDenied(part, catalog, role)
          : whatIsDeniedTo(part, catalog, role);
    if (denied !== undefined) return denied;
  }
  return undefined;
}

/** Whoever owns a relation answers for what its rules do. */
function whatIsDeniedToRules(
  { parts }: BoundRuled,
  catalog: CatalogReader,
  role: Oid,
): string | undefined {
  for (const { part, asked } of parts) {
    const needed = asked.length > 0 ? asked : [{ by: INVALID_OID, bound: part }];
    for (const { by, bound } of needed) {
      const denied = whatIsDeniedTo(bound, catalog, by === INVALID_OID ? role : by);
      if (denied !== undefined) return denied;
    }
  }
  return undefined;
}

/**
 * Of INSERT, UPDATE and DELETE: the table that is changed first, then what they read. Through a
 * view the role needs the view, and the view's owner what is below it.
 */
function whatIsDeniedTo(
  bound: UntypedModify,
  catalog: CatalogReader,
  role: Oid,
): string | undefined {
  const isReplaced = bound.instead && bound.kind !== "insert";
  const shown = isReplaced ? deniedToView(bound.query.rangeTable[0], catalog, role) : undefined;
  if (!bound.through) return whatIsDeniedOn(bound, catalog, role) ?? shown;
  const { written, views } = bound.through;
  const denied = whatIsDeniedOn(written, catalog, role);
  if (denied !== undefined) return denied;
  const isRead = readsTarget(written);
  let needed = neededBy(written);
  for (const { view, base, table, query } of views) {
    const row = catalog.find(pgClass, "key", [view]);
    if (!row) continue;
    const who = roleIn(row, role);
    needed = throughColumns(needed, query, table);
    const isSecured = bound.secured === true && base === bound.table.relation;
    const used = () => columnsOf(query, table);
    const below =
      denialToChange(catalog, who, base, needed, isSecured) ??
      (isRead ? denial(catalog, who, base, "r", used, isSecured) : undefined);
    if (below !== undefined) return below;
  }
  const last = views.at(-1)?.view;
  const view = last && catalog.find(pgClass, "key", [last]);
  if (!view) return shown;
  const who = roleIn(view, role);
  return deniedToCheck(bound, catalog, who) ?? deniedToHide(bound, catalog, who) ?? shown;
}

/** What a view reads whose rows triggers change. */
function deniedToView(
  entry: RangeTableEntry | undefined,
  catalog: CatalogReader,
  role: Oid,
): string | undefined {
  if (entry?.kind !== "subquery" || entry.view === undefined) return undefined;
  const invoker = isSuperuser(catalog, role) ? undefined : role;
  return deniedInView(entry.query, entry.view, catalog, { role: invoker, invoker, locks: false });
}

function whatIsDeniedOn(
  bound: UntypedModify,
  catalog: CatalogReader,
  role: Oid,
): string | undefined {
  const { relation } = bound.table;
  const isSecured = bound.secured === true;
  const denied =
    denialToChange(catalog, role, relation, neededBy(bound), isSecured) ??
    deniedToCheck(bound, catalog, role);
  if (denied !== undefined) return denied;
  if (bound.kind === "insert") {
    return (
      (readsTarget(bound)
        ? denial(catalog, role, relation, "r", () => readColumns(bound, catalog), isSecured)
        : undefined) ?? whatIsDenied({ query: bound.source }, catalog, role)
    );
  }
  const query = readingOf(bound);
  return whatIsDenied({ query }, catalog, role, readsTarget(bound) ? undefined : query);
}

function denialToChange(
  catalog: CatalogReader,
  role: Oid,
  relation: Oid,
  needed: readonly Needed[],
  isSecured = false,
): string | undefined {
  for (const { letter, columns } of needed) {
    const denied = denial(catalog, role, relation, letter, () => new Set(columns), isSecured);
    if (denied !== undefined) return denied;
  }
  return undefined;
}

/** What policies look into to hide rows of the table below views. */
function deniedToHide(bound: UntypedModify, catalog: CatalogReader, role: Oid): string | undefined {
  const target = bound.kind === "insert" ? undefined : bound.query.rangeTable[0];
  const hidden = target?.kind === "relation" ? target.security : undefined;
  const invoker = isSuperuser(catalog, role) ? undefined : role;
  return hidden && deniedIn(hidden, catalog, { role: invoker, invoker, locks: false });
}

/** What policies look into. */
function deniedToCheck(
  bound: UntypedModify,
  catalog: CatalogReader,
  role: Oid,
): string | undefined {
  const own = "checkOptions" in bound ? (bound.checkOptions ?? []) : [];
  const action = bound.kind === "insert" ? bound.onConflict?.action : undefined;
  const { existing = [], changed = [] } = (action?.kind === "update" && action.checks) || {};
  const merged = bound.kind === "merge" ? bound.actions.flatMap(({ checks }) => checks ?? []) : [];
  const ofActions = merged.flatMap((checks) => [...checks.existing, ...checks.changed]);
  const invoker = isSuperuser(catalog, role) ? undefined : role;
  for (const check of [...own, ...existing, ...changed, ...ofActions]) {
    if (!("policy" in check)) continue;
    const reader = { role: invoker, invoker, locks: false };
    const denied = deniedIn(check.condition, catalog, reader);
    if (denied !== undefined) return denied;
  }
  return undefined;
}

/** The old row is looked at only where the statement names its columns. */
function readingOf(bound: Exclude<UntypedModify, { kind: "insert" }>): SelectQuery {
  const set = bound.kind === "update" ? bound.query.targets.slice(-bound.columns.length) : [];
  const merged = bound.kind === "merge" ? bound.actions.flatMap(expressionsOf) : [];
  const computed = merged.map((expression) => plainTarget(expression));
  const targets = [...set, ...computed, ...(bound.returning?.targets ?? [])];
  return { ...bound.query, targets };
}

/** What RETURNING and ON CONFLICT compute of rows of the table. */
const readByInsert = ({ returning, onConflict }: UntypedModify & { readonly kind: "insert" }) => [
  returning,
  onConflict?.action,
];

/** The row that there is, and the one that was proposed. */
const readColumns = (
  bound: UntypedModify & { readonly kind: "insert" },
  catalog?: CatalogReader,
): ReadonlySet<number> => {
  const computed = [1, 2].flatMap((entry) => [...columnsOf(readByInsert(bound), entry)]);
  const [arbiter] = bound.onConflict?.arbiter?.indexes ?? [];
  const index = arbiter && catalog?.find(pgIndex, "key", [arbiter]);
  const keys = index ? index.indkey.slice(0, index.indnkeyatts) : [];
  return new Set([...computed, ...keys.filter((key) => key > 0)]);
};

/** The arbiter of ON CONFLICT is looked for in the table, too. */
export function readsTarget(bound: UntypedModify): boolean {
  if (bound.kind !== "insert") return columnsOf(readingOf(bound), 1).size > 0;
  const { arbiter, inference } = bound.onConflict ?? {};
  return arbiter !== undefined || inference !== undefined || readColumns(bound).size > 0;
}
