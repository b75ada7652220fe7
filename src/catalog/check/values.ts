/**
 * What the declarations say of single values: references, uniqueness, lengths of names, stored
 * trees.
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import type { Row, Value } from "../../base/value.ts";
import { loggedRelations, relationByName, relationByOid } from "../all-relations.ts";
import { DATABASE_CLASS } from "../class-oids.ts";
import type { Columns, Relation, Tuple } from "../relation.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgLargeobjectMetadata } from "../relations/pg-largeobject-metadata.ts";
import { pgShdepend } from "../relations/pg-shdepend.ts";
import { type DatabaseView, type Faults, textOf } from "./view.ts";

/** The row by its key: `pg_class 16390`. */
export const rowText = (relation: Relation, row: { readonly values: Row }): string =>
  `${relation.name} ${relation.keyOf(row.values).join(" ")}`;

/**
 * Every value of a column that `references` a relation is the key of a row, or 0 where that means
 * none.
 */
export function* checkReferences(view: DatabaseView): Faults {
  for (const relation of loggedRelations) {
    for (const [at, [name, column]] of Object.entries(relation.columns).entries()) {
      const target =
        column.references === undefined ? undefined : relationByName(column.references);
      if (!target) continue;
      for (const row of view.examined(relation)) {
        for (const value of [row.values[at] ?? null].flat()) {
          if (value === null || view.find(target, value) || isOwnCatalog(target, value)) continue;
          if (value === 0 && mayBeNone(relation, name, column.initial, row)) continue;
          yield `${rowText(relation, row)}: ${name} is ${value}, which ${target.name} has not`;
        }
      }
    }
  }
}

/** Catalogs of rw_catalog have no rows of pg_class. */
const isOwnCatalog = (target: Relation, value: Value): boolean =>
  target.name === pgClass.name && relationByOid(value as Oid)?.schema === "rw_catalog";

/** 0 is "none" in an array, and where the declaration makes it the initial value. */
function mayBeNone(
  relation: Relation,
  column: string,
  initial: unknown,
  row: Tuple<Columns>,
): boolean {
  if (initial === 0 || Array.isArray(row.values[relation.columnNames.indexOf(column)])) return true;
  if (relation.name === pgShdepend.name) return column === "dbid";
  return relation.name === pgAttribute.name && pgAttribute.view(row.values).attisdropped;
}

/** The key and the unique indexes tell visible rows apart. */
export function* checkUniqueness(view: DatabaseView): Faults {
  for (const relation of loggedRelations) {
    const { key, indexes } = relation.layout;
    const own = view.own(relation);
    yield* duplicates(relation, "key", key, own);
    for (const name of relation.unique) {
      const columns = indexes[relation.indexNumbers.get(name) ?? -1] ?? [];
      yield* duplicates(relation, name, columns, own.length > 0 ? view.all(relation) : []);
    }
  }
}

/** The same of the built-in and the shared rows among themselves. */
export function* duplicates(
  relation: Relation,
  index: string,
  columns: readonly number[],
  rows: readonly { readonly values: Row }[],
): Faults {
  const seen = new Set<string>();
  for (const { values } of rows) {
    const text = textOf(columns.map((at) => values[at] as Value));
    if (seen.has(text)) {
      yield `${relation.name} has more than one row with (${text.split("\0").join(", ")}) in ${index}`;
    }
    seen.add(text);
  }
}

const NAME_TYPE = 19;
/** NAMEDATALEN - 1 */
const NAME_BYTES_MAX = 63;

export function* checkNames(view: DatabaseView): Faults {
  for (const relation of loggedRelations) {
    for (const [at, [name, { type }]] of Object.entries(relation.columns).entries()) {
      if (type !== NAME_TYPE) continue;
      for (const row of view.examined(relation)) {
        const bytes = Buffer.byteLength(String(row.values[at]));
        if (bytes === 0) yield `${rowText(relation, row)}: ${name} is empty`;
        if (bytes <= NAME_BYTES_MAX) continue;
        yield `${rowText(relation, row)}: ${name} takes ${bytes} bytes, more than ${NAME_BYTES_MAX}`;
      }
    }
  }
}

/** Only nullable columns hold null. */
export function* checkNulls(view: DatabaseView): Faults {
  for (const relation of loggedRelations) {
    for (const [at, [name, { nullable }]] of Object.entries(relation.columns).entries()) {
      if (nullable) continue;
      for (const row of view.examined(relation)) {
        if (row.values[at] === null) yield `${rowText(relation, row)}: ${name} is null`;
      }
    }
  }
}

/** Databases and large objects take any oid that whoever makes one says. */
export const TOLD_OIDS: ReadonlySet<Oid> = new Set([DATABASE_CLASS, pgLargeobjectMetadata.oid]);

/** Whatever has an oid got it from the allocator, unless it is the system's. */
export function* checkOids(view: DatabaseView): Faults {
  const { nextOid } = view.cluster;
  for (const relation of loggedRelations) {
    const at = relation.columnNames.indexOf("oid");
    if (at < 0 || TOLD_OIDS.has(relation.oid)) continue;
    for (const row of view.examined(relation)) {
      const oid = Number(row.values[at]);
      if (oid > 0 && (oid < FIRST_USER_OID || oid < nextOid)) continue;
      yield `${rowText(relation, row)}: its oid is not below ${nextOid}, the next one to be given out`;
    }
  }
}

const NODE_TREE_TYPE = 194;
/** How PostgreSQL writes that there is no tree where a column must have one. */
const NO_TREE = "<>";

/** A stored tree as the codec above reads it; `decode` throws when it cannot. */
export const checkTrees = (decode: (text: string) => unknown) =>
  function* trees(view: DatabaseView): Faults {
    for (const relation of loggedRelations) {
      for (const [at, [name, { type }]] of Object.entries(relation.columns).entries()) {
        if (type !== NODE_TREE_TYPE) continue;
        for (const row of view.examined(relation)) {
          const text = row.values[at];
          if (typeof text !== "string" || text === NO_TREE) continue;
          try {
            decode(text);
          } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            yield `${rowText(relation, row)}: ${name} does not decode: ${why}`;
          }
        }
      }
    }
  };
