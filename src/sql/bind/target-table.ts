/** The table that INSERT, UPDATE, DELETE and MERGE change: found, checked, and its columns. */
import type { RangeVar } from "@pgsql/types";
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { appendOnlyTable, isAppendOnly } from "../../catalog/append-only.ts";
import { refuseForeign } from "../../catalog/foreign-tables.ts";
import { withDescendants } from "../../catalog/inheritance.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAttrdef } from "../../catalog/relations/pg-attrdef.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { decodeTree } from "./codec.ts";
import type { RelationFacts } from "./facts.ts";
import { aliasOf, visibleItem } from "./range-table.ts";
import { findRelation, relationEntry, variableTable } from "./relation.ts";
import type { NamespaceItem, Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";
import { valueByType } from "./type-default.ts";

export interface TargetColumn {
  readonly number: number;
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
  readonly collation: Oid;
  readonly identity: string;
  readonly isGenerated: boolean;
  readonly hasDefault: boolean;
}

export interface Target {
  readonly relation: RelationFacts;
  /** Without dropped ones. */
  readonly columns: readonly TargetColumn[];
  readonly item: NamespaceItem;
}

/** Resolves and locks the table, and adds it to the range table; not yet to the namespace. */
export function bindTargetTable(scope: Scope, node: RangeVar, verb: string): Target {
  if (variableTable(scope, node)) {
    const message = `relation "${node.relname}" cannot be the target of a modifying statement`;
    throw new SqlError("0A000", message);
  }
  const relation = findRelation(scope, node);
  if (verb === "MERGE") checkMergeable(relation);
  const { lockTarget, catalog } = scope.binding.context;
  refuseForeign(catalog, relation);
  if (relation.relkind !== "v") checkKind(catalog, relation, verb);
  // Partitions are locked when it is known which are read, and written.
  const isAlone = verb === "INSERT" || node.inh !== true || relation.relkind === "p";
  for (const table of isAlone ? [relation.oid] : withDescendants(catalog, relation.oid)) {
    lockTarget?.(table);
  }
  const entry = relationEntry(scope, relation, aliasOf(node.alias), node.inh ?? false);
  const table = scope.addEntry(entry);
  const qualified = {
    schema: scope.names.namespaceName(relation.namespace),
    relation: relation.oid,
  };
  const item = visibleItem(entry, table, node.alias ? undefined : qualified);
  return { relation, columns: columnsOf(scope, relation.oid), item };
}

function checkMergeable({ relkind, name }: RelationFacts): void {
  const kinds: Readonly<Record<string, string>> = {
    ...{ v: "views", S: "sequences", m: "materialized views", f: "foreign tables" },
  };
  const kind = kinds[relkind];
  if (kind === undefined) return;
  const detail = `This operation is not supported for ${kind}.`;
  throw new SqlError("0A000", `cannot execute MERGE on relation "${name}"`, { detail });
}

/** Throws unless it is a table of users'; a view is for through-views.ts. */
export function checkKind(catalog: CatalogReader, relation: RelationFacts, verb: string): void {
  const { oid, relkind, name } = relation;
  switch (relkind) {
    case "r":
    case "p":
      if (oid >= FIRST_USER_OID) return checkAppendOnly(catalog, relation, verb);
      throw new SqlError("42501", `permission denied: "${name}" is a system catalog`);
    case "S":
      throw new SqlError("42809", `cannot change sequence "${name}"`);
    case "m":
      throw new SqlError("42809", `cannot change materialized view "${name}"`);
    case "x":
      throw new SqlError("42809", `cannot change source "${name}"`);
    case "t":
      throw new SqlError("42809", `cannot change TOAST relation "${name}"`);
    default:
      throw notSupported(`${verb} of this kind of relation`);
  }
}

function checkAppendOnly(catalog: CatalogReader, { oid, name }: RelationFacts, verb: string) {
  if (verb !== "UPDATE" && verb !== "DELETE") return;
  const row = catalog.find(pgClass, "key", [oid]);
  if (row && isAppendOnly(row)) throw appendOnlyTable(verb, name);
}

export function columnsOf(scope: Scope, relation: Oid): TargetColumn[] {
  const rows = scope.binding.context.catalog.list(pgAttribute, "key", [relation]);
  return rows
    .filter((row) => row.attnum > 0 && !row.attisdropped)
    .sort((a, b) => a.attnum - b.attnum)
    .map((row) => ({
      number: row.attnum,
      name: row.attname,
      type: row.atttypid,
      typmod: row.atttypmod,
      collation: row.attcollation,
      identity: row.attidentity,
      isGenerated: row.attgenerated === "s",
      hasDefault: row.atthasdef,
    }));
}

/** 42703 for a name that is none of the columns. */
export function targetColumn(
  scope: Scope,
  target: Target,
  name: string,
  location: number | undefined,
): TargetColumn {
  const found = target.columns.find((column) => column.name === name);
  if (found) return found;
  const message = `column "${name}" of relation "${target.relation.name}" does not exist`;
  throw new SqlError("42703", message).at(scope.at(location));
}

/** What a column gets when it is given no value: its default, an identity's next value, or NULL. */
export function defaultOf(
  scope: Scope,
  target: Pick<Target, "relation">,
  column: TargetColumn,
): Expression {
  const { context } = scope.binding;
  const { type, typmod, collation } = column;
  if (column.identity !== "") {
    const sequence = context.identitySequence?.(target.relation.oid, column.number);
    if (sequence !== undefined) return nextvalOf(sequence, column);
  }
  const stored = column.hasDefault
    ? context.catalog.find(pgAttrdef, "adrelid_adnum", [target.relation.oid, column.number])
    : undefined;
  if (stored) return decodeTree(stored.adbin);
  const under = valueByType(context.types, type, collation);
  return under ?? { kind: "constant", value: null, type, typmod, collation };
}

const NEXTVAL = 1574 as Oid;
const [INT8, REGCLASS, NONE] = [20 as Oid, 2205 as Oid, 0 as Oid];
/** int8 → int4 and int2: identities are of these types. */
const narrowing: ReadonlyMap<number, Oid> = new Map([
  [23, 480 as Oid],
  [21, 714 as Oid],
]);

/** An identity's sequence is given as its negative, for nobody needs a privilege for it. */
function nextvalOf(sequence: Oid, { type }: TargetColumn): Expression {
  const next: Expression = {
    kind: "function",
    function: NEXTVAL,
    args: [
      { kind: "constant", value: -BigInt(sequence), type: REGCLASS, typmod: -1, collation: NONE },
    ],
    returnsSet: false,
    variadic: false,
    form: "call",
    type: INT8,
    typmod: -1,
    collation: NONE,
  };
  const cast = narrowing.get(type);
  if (cast === undefined) return next;
  return { ...next, function: cast, args: [next], form: "implicit", type } as Expression;
}
