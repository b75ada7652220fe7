/**
 * WHO MAY READ WHAT: SELECT on every relation of a query, or on each of the columns that it uses.
 * What a view reads is its owner's affair.
 * https://www.postgresql.org/docs/15/ddl-priv.html
 */
import type { Oid } from "../../base/ids.ts";
import { RELKIND_WORDS } from "../../catalog/describe.ts";
import { type ClassTuple, isSuperuser } from "../../catalog/names.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { BoundModify, BoundWriting } from "../bind/modify.ts";
import type { BoundQuery, RangeTableEntry, SelectQuery } from "../bind/tree.ts";
import { bitsOf, hasPrivilege, kinds } from "../functions/access.ts";
import { walk } from "../translate/walk.ts";

const SELECT = [{ privilege: bitsOf("r"), withGrantOption: false }];

/**
 * The first thing that the role may not read, as its refusal says it. A query is planned all the
 * same: it is refused when it runs. Of `writes` the first table is only written to.
 */
export function whatIsDenied(
  { query }: BoundQuery,
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
  const kind = relation.relkind === "S" ? kinds.sequence : kinds.table;
  const table = { kind, owner: relation.relowner, acl: relation.relacl };
  if (hasPrivilege(catalog, role, table, SELECT)) return undefined;
  if (hasColumns(catalog, role, relation, columns())) return undefined;
  const noun = RELKIND_WORDS[relation.relkind] ?? "relation";
  return `permission denied for ${noun} ${relation.relname}`;
}

/** A query that uses no column needs any. */
function hasColumns(
  catalog: CatalogReader,
  role: Oid,
  relation: ClassTuple,
  used: ReadonlySet<number>,
): boolean {
  const attributes = catalog.list(pgAttribute, "key", [relation.oid]);
  const may = ({ attnum, attacl }: (typeof attributes)[number]) =>
    attnum > 0 &&
    hasPrivilege(
      catalog,
      role,
      { kind: kinds.column, owner: relation.relowner, acl: attacl },
      SELECT,
    );
  if (used.size === 0) return attributes.some(may);
  const isWhole = used.has(0);
  const needed = attributes.filter(
    ({ attnum, attisdropped }) => attnum > 0 && !attisdropped && (isWhole || used.has(attnum)),
  );
  return needed.length > 0 && needed.every(may);
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

const WRITES = { insert: "a", update: "w", delete: "d" } as const;

/** Of the statement itself first, then of what its WITH runs. */
export function whatIsDeniedToWrite(
  { main, steps }: BoundWriting,
  catalog: CatalogReader,
  role: Oid,
): string | undefined {
  if (isSuperuser(catalog, role)) return undefined;
  for (const part of [main, ...steps.map((step) => step.part)]) {
    const denied =
      part.kind === "select"
        ? whatIsDenied(part, catalog, role)
        : whatIsDeniedTo(part, catalog, role);
    if (denied !== undefined) return denied;
  }
  return undefined;
}

/** The table that is changed first, then what is read. */
function whatIsDeniedTo(bound: BoundModify, catalog: CatalogReader, role: Oid): string | undefined {
  const relation = catalog.find(pgClass, "key", [bound.table.relation]);
  if (!relation) return undefined;
  const table = { kind: kinds.table, owner: relation.relowner, acl: relation.relacl };
  const privilege = bitsOf(WRITES[bound.kind]);
  if (!hasPrivilege(catalog, role, table, [{ privilege, withGrantOption: false }])) {
    return `permission denied for table ${relation.relname}`;
  }
  const { parameterTypes } = bound;
  if (bound.kind === "insert") {
    return whatIsDenied({ query: bound.source, parameterTypes }, catalog, role);
  }
  // The old row is looked at only where the statement names its columns.
  const set = bound.kind === "update" ? bound.query.targets.slice(-bound.columns.length) : [];
  const targets = [...set, ...(bound.returning?.targets ?? [])];
  const query = { ...bound.query, targets };
  const isRead = columnsOf(query, 1).size > 0;
  return whatIsDenied({ query, parameterTypes }, catalog, role, isRead ? undefined : query);
}
