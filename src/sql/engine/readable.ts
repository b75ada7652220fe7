/**
 * WHO MAY READ WHAT: SELECT on every relation of a query, or on each of the columns that it uses.
 * What a view reads is its owner's affair.
 * https://www.postgresql.org/docs/15/ddl-priv.html
 */
import type { Oid } from "../../base/ids.ts";
import { RELKIND_WORDS } from "../../catalog/describe.ts";
import { isSuperuser } from "../../catalog/names.ts";
import { may, mayColumns, securableRelation } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { isOptionOn } from "../../catalog/relation-options.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { expressionsOf } from "../bind/merge.ts";
import type { BoundWriting, MergeAction, UntypedModify } from "../bind/modify.ts";
import { plainTarget } from "../bind/plain-select.ts";
import type { BoundQuery, RangeTableEntry, SelectQuery } from "../bind/tree.ts";
import { walk } from "../translate/walk.ts";

/**
 * The first thing that the role may not read, as its refusal says it. A query is planned all the
 * same: it is refused when it runs. Of `writes` the first table is only written to.
 */
export function whatIsDenied(
  { query }: Pick<BoundQuery, "query">,
  catalog: CatalogReader,
  role: Oid,
  writes?: SelectQuery,
): string | undefined {
  if (isSuperuser(catalog, role)) return undefined;
  let denied: string | undefined;
  walk(query, (node) => {
    const tables = node["rangeTable"] as readonly RangeTableEntry[] | undefined;
    for (const [at, entry] of tables?.entries() ?? []) {
      const oid =
        entry.kind === "relation"
          ? entry.relation
          : entry.kind === "subquery"
            ? entry.view
            : undefined;
      if (at === 0 && (node as unknown) === writes) continue;
      if (oid !== undefined) denied ??= denial(catalog, role, oid, () => columnsOf(node, at + 1));
    }
    const isView = node.kind === "subquery" && node["view"] !== undefined;
    return denied === undefined && !isView;
  });
  return denied;
}

function denial(
  catalog: CatalogReader,
  role: Oid,
  oid: Oid,
  columns: () => ReadonlySet<number>,
): string | undefined {
  const relation = catalog.find(pgClass, "key", [oid]);
  if (!relation) return undefined;
  if (may(catalog, role, securableRelation(relation), "r")) return undefined;
  if (mayColumns(catalog, role, relation, "r", columns())) return undefined;
  const noun = RELKIND_WORDS[relation.relkind] ?? "relation";
  return `permission denied for ${noun} ${relation.relname}`;
}

/** Attributes of a range table entry that its query, or one inside, refers to; 0 = the row. */
function columnsOf(query: unknown, table: number): ReadonlySet<number> {
  const used = new Set<number>();
  walk(query, (node, depth) => {
    if (node.kind === "column" && node["table"] === table && node["levelsUp"] === depth) {
      used.add(node["attribute"] as number);
    }
    return true;
  });
  return used;
}

/** Letters of the privileges that a statement needs on what it changes. */
function writesOf(bound: UntypedModify): string {
  if (bound.kind === "update") return "w";
  if (bound.kind === "delete") return "d";
  if (bound.kind === "merge") return mergedLetters(bound.actions);
  return bound.onConflict?.action.kind === "update" ? "aw" : "a";
}

function mergedLetters(actions: readonly MergeAction[]): string {
  const letters = { insert: "a", update: "w", delete: "d", nothing: "" };
  return actions.map(({ kind }) => letters[kind]).join("");
}

/** Of the statement itself first, then of what its WITH runs. */
export function whatIsDeniedToWrite(
  { main, steps }: BoundWriting,
  catalog: CatalogReader,
  role: Oid,
): string | undefined {
  for (const part of [main, ...steps.map((step) => step.part)]) {
    const denied =
      part.kind === "select"
        ? whatIsDenied(part, catalog, role)
        : whatIsDeniedTo(part, catalog, role);
    if (denied !== undefined) return denied;
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
  if (!bound.through) return whatIsDeniedOn(bound, catalog, role);
  const { written, views } = bound.through;
  const denied = whatIsDeniedOn(written, catalog, role);
  if (denied !== undefined) return denied;
  const isRead = readsTarget(written);
  for (const { view, base, table, query } of views) {
    const row = catalog.find(pgClass, "key", [view]);
    if (!row) continue;
    const asInvoker = isOptionOn(row.reloptions, "security_invoker");
    const who = asInvoker ? role : row.relowner;
    if (isSuperuser(catalog, who)) continue;
    const below =
      denialToChange(catalog, who, base, written) ??
      (isRead ? denial(catalog, who, base, () => columnsOf(query, table)) : undefined);
    if (below !== undefined) return below;
  }
  return undefined;
}

function whatIsDeniedOn(
  bound: UntypedModify,
  catalog: CatalogReader,
  role: Oid,
): string | undefined {
  if (isSuperuser(catalog, role)) return undefined;
  const { relation } = bound.table;
  const denied = denialToChange(catalog, role, relation, bound);
  if (denied !== undefined) return denied;
  if (bound.kind === "insert") {
    return (
      (readsTarget(bound)
        ? denial(catalog, role, relation, () => columnsOf(readByInsert(bound), 1))
        : undefined) ?? whatIsDenied({ query: bound.source }, catalog, role)
    );
  }
  const query = readingOf(bound);
  return whatIsDenied({ query }, catalog, role, readsTarget(bound) ? undefined : query);
}

function denialToChange(
  catalog: CatalogReader,
  role: Oid,
  oid: Oid,
  bound: UntypedModify,
): string | undefined {
  const relation = catalog.find(pgClass, "key", [oid]);
  if (!relation) return undefined;
  const table = securableRelation(relation);
  if ([...writesOf(bound)].every((letter) => may(catalog, role, table, letter))) return undefined;
  return `permission denied for ${RELKIND_WORDS[relation.relkind] ?? "relation"} ${relation.relname}`;
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

/** The arbiter of ON CONFLICT is looked for in the table, too. */
function readsTarget(bound: UntypedModify): boolean {
  if (bound.kind !== "insert") return columnsOf(readingOf(bound), 1).size > 0;
  const { arbiter, inference } = bound.onConflict ?? {};
  return (
    arbiter !== undefined || inference !== undefined || columnsOf(readByInsert(bound), 1).size > 0
  );
}
