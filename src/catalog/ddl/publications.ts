/**
 * PUBLICATIONS: rows that say what would be published; nobody can subscribe to them.
 * https://www.postgresql.org/docs/15/sql-createpublication.html
 */

import type { Oid } from "../../base/ids.ts";
import { SqlError, warning } from "../../base/sql-error.ts";
import {
  NAMESPACE_CLASS,
  PUBLICATION_CLASS,
  PUBLICATION_NAMESPACE_CLASS,
  PUBLICATION_REL_CLASS,
  RELATION_CLASS,
} from "../class-oids.ts";
import type { AlterPublication, CreatePublication, Published } from "../defined-statement.ts";
import { addDependencies, addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { isSuperuser } from "../memberships.ts";
import { type ClassTuple, explicitSearchPath, findAttribute, getNamespace } from "../names.ts";
import { checkMayCreateSchema, checkOwner } from "../privileges.ts";
import type { Tuple } from "../relation.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgPublication } from "../relations/pg-publication.ts";
import { pgPublicationNamespace } from "../relations/pg-publication-namespace.ts";
import { pgPublicationRel } from "../relations/pg-publication-rel.ts";
import { booleanOf, conflicting, type StatementOption, textOf } from "../statement-option.ts";
import { systemColumnNumber } from "../system-columns.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext, StoredExpression } from "./context.ts";
import { dropObjects } from "./drop.ts";
import { findNamed } from "./find-named.ts";
import { lockFound } from "./find-object.ts";
import { getRelation, isSystemNamespace, lockNamespace, lockRelation, nounOf } from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";
import {
  checkColumnList,
  checkMayPublishPartitions,
  type FilteredTable,
  rowFilter,
} from "./publication-filters.ts";
import { notSupportedFor } from "./relation-kinds.ts";

type Publication = Tuple<(typeof pgPublication)["columns"]>;

/** Throws 42501, 42710, 42601, and what its tables and schemas throw. */
export function createPublication(context: DdlContext, statement: CreatePublication): void {
  const { catalog, user } = context;
  const { name, allTables } = statement;
  checkMayCreateSchema(catalog, user.oid);
  const isSuper = isSuperuser(catalog, user.oid);
  const mustBe = (what: string) =>
    new SqlError("42501", `must be superuser to create ${what} publication`);
  if (allTables && !isSuper) throw mustBe("FOR ALL TABLES");
  lockName(context, PUBLICATION_CLASS, undefined, name);
  if (catalog.find(pgPublication, "pubname", [name])) {
    throw new SqlError("42710", `publication "${name}" already exists`);
  }
  const options = optionsOf(statement.options);
  const oid = context.allocateOid();
  const row = { oid, pubname: name, pubowner: user.oid, puballtables: allTables, ...options };
  catalog.insert(pgPublication, row);
  addOwner(catalog, addressOf(PUBLICATION_CLASS, oid), user.oid);
  if (statement.schemas.length > 0 && !isSuper) throw mustBe("FOR TABLES IN SCHEMA");
  const publication = catalog.find(pgPublication, "key", [oid]) as Publication;
  add(context, publication, resolve(context, statement));
  context.notice(
    warning("55000", "wal_level is insufficient to publish logical changes", {
      hint: 'Set wal_level to "logical" before creating subscriptions.',
    }),
  );
}

const PUBLISHED = ["insert", "update", "delete", "truncate"] as const;

function optionsOf(written: readonly StatementOption[]) {
  const seen = new Set<string>();
  const values: Record<string, boolean> = {};
  for (const option of written) {
    const { name } = option;
    if (name !== "publish" && name !== "publish_via_partition_root") {
      throw new SqlError("42601", `unrecognized publication parameter: "${name}"`);
    }
    if (seen.has(name)) throw conflicting(option);
    seen.add(name);
    if (name === "publish") Object.assign(values, publishedBy(textOf(option)));
    else values["pubviaroot"] = booleanOf(option);
  }
  return values;
}

function publishedBy(text: string): Record<string, boolean> {
  const items = text.split(",").map((item) => item.trim());
  const words = items.length === 1 && items[0] === "" ? [] : items;
  for (const word of words) {
    if (word === "" || /\s/.test(word)) {
      throw new SqlError("42601", 'invalid list syntax in parameter "publish"');
    }
    if ((PUBLISHED as readonly string[]).includes(word.toLowerCase())) continue;
    const message = `unrecognized value for publication option "publish": "${word.toLowerCase()}"`;
    throw new SqlError("42601", message);
  }
  const lower = words.map((word) => word.toLowerCase());
  return Object.fromEntries(PUBLISHED.map((each) => [`pub${each}`, lower.includes(each)]));
}

interface Resolved {
  readonly tables: readonly FilteredTable[];
  readonly schemas: readonly Oid[];
}

/** The tables and schemas, each once and locked. */
function resolve(context: DdlContext, { tables, schemas }: Published): Resolved {
  const found = new Map<Oid, FilteredTable>();
  for (const { table, columns, where } of tables) {
    const row = getRelation(context, table);
    lockRelation(context, row.oid, "ShareUpdateExclusive");
    const before = found.get(row.oid);
    const twice = (what: string) =>
      new SqlError("42710", `conflicting or redundant ${what} for table "${row.relname}"`);
    if (before && (where || before.where)) throw twice("WHERE clauses");
    if (before && (columns || before.columns)) throw twice("column lists");
    if (before) continue;
    found.set(row.oid, { row, ...(columns ? { columns } : {}), ...(where ? { where } : {}) });
  }
  const namespaces = new Set(schemas.map((name) => schemaOf(context, name)));
  for (const oid of namespaces) lockNamespace(context, oid, "AccessShare");
  return { tables: [...found.values()], schemas: [...namespaces] };
}

function schemaOf({ catalog, searchPath, user }: DdlContext, name: string | undefined): Oid {
  if (name !== undefined) return getNamespace(catalog, name).oid;
  const [first] = explicitSearchPath(catalog, searchPath, user.oid);
  if (first === undefined)
    throw new SqlError("3F000", "no schema has been selected for CURRENT_SCHEMA");
  return first;
}

function add(context: DdlContext, publication: Publication, { tables, schemas }: Resolved): void {
  const filters = tables.map((table) => rowFilter(context, publication, table));
  const hasSchemas = schemas.length > 0 || namespacesIn(context, publication.oid).length > 0;
  for (const table of tables) checkColumnList(context, publication, table, hasSchemas);
  const members = tablesIn(context, publication.oid);
  if (schemas.length > 0 && members.some(({ prattrs }) => prattrs !== null)) {
    throw new SqlError("22023", `cannot add schema to publication "${publication.pubname}"`, {
      detail:
        "Schemas cannot be added if any tables that specify a column list are already part of the publication.",
    });
  }
  tables.forEach((table, at) => {
    addTable(context, publication, table, filters[at]);
  });
  for (const schema of schemas) addSchema(context, publication, schema);
}

function addTable(
  context: DdlContext,
  { oid: publication, pubname }: Publication,
  { row: table, columns }: FilteredTable,
  filter: StoredExpression | undefined,
): void {
  const { catalog, user } = context;
  checkOwner(catalog, user.oid, table.relowner, nounOf(table), table.relname);
  if (catalog.find(pgPublicationRel, "prrelid_prpubid", [table.oid, publication])) {
    const message = `relation "${table.relname}" is already member of publication "${pubname}"`;
    throw new SqlError("42710", message);
  }
  checkPublishable(table);
  const attributes = columns && numbersOf(context, table, columns);
  const oid = context.allocateOid();
  catalog.insert(pgPublicationRel, {
    ...{ oid, prpubid: publication, prrelid: table.oid },
    ...{ prqual: filter?.tree ?? null, prattrs: attributes ?? null },
  });
  const self = addressOf(PUBLICATION_REL_CLASS, oid);
  const used = [
    ...(filter?.references ?? []).map((each) => addressOf(each.classOid, each.oid, each.subId)),
    ...(attributes ?? []).map((attnum) => addressOf(RELATION_CLASS, table.oid, attnum)),
  ];
  addDependencies(catalog, self, [
    ...used.map((referenced) => ({ referenced, deptype: "n" as const })),
    { referenced: addressOf(PUBLICATION_CLASS, publication), deptype: "a" },
    { referenced: addressOf(RELATION_CLASS, table.oid), deptype: "a" },
  ]);
}

function checkPublishable(table: ClassTuple): void {
  const message = `cannot add relation "${table.relname}" to publication`;
  if (table.relkind !== "r" && table.relkind !== "p") {
    throw new SqlError("22023", message, notSupportedFor(table));
  }
  const what = isSystemNamespace(table.relnamespace)
    ? "system tables"
    : { t: "temporary tables", u: "unlogged tables", p: undefined }[table.relpersistence];
  if (what === undefined) return;
  throw new SqlError("22023", message, {
    detail: `This operation is not supported for ${what}.`,
  });
}

function numbersOf(
  { catalog }: DdlContext,
  table: ClassTuple,
  columns: readonly string[],
): readonly number[] {
  const numbers = new Set<number>();
  for (const name of columns) {
    const column = findAttribute(catalog, table.oid, name);
    if (!column && systemColumnNumber(table, name) !== undefined) {
      const message = `cannot use system column "${name}" in publication column list`;
      throw new SqlError("42P10", message);
    }
    if (!column) {
      const message = `column "${name}" of relation "${table.relname}" does not exist`;
      throw new SqlError("42703", message);
    }
    if (column.attgenerated !== "") {
      const message = `cannot use generated column "${name}" in publication column list`;
      throw new SqlError("42P10", message);
    }
    if (numbers.has(column.attnum)) {
      throw new SqlError("42710", `duplicate column "${name}" in publication column list`);
    }
    numbers.add(column.attnum);
  }
  return [...numbers].sort((a, b) => a - b);
}

function addSchema(
  context: DdlContext,
  { oid: publication, pubname }: Publication,
  schema: Oid,
): void {
  const { catalog } = context;
  const name = catalog.find(pgNamespace, "key", [schema])?.nspname;
  if (catalog.find(pgPublicationNamespace, "pnnspid_pnpubid", [schema, publication])) {
    const message = `schema "${name}" is already member of publication "${pubname}"`;
    throw new SqlError("42710", message);
  }
  if (isSystemNamespace(schema)) {
    throw new SqlError("22023", `cannot add schema "${name}" to publication`, {
      detail: "This operation is not supported for system schemas.",
    });
  }
  const oid = context.allocateOid();
  catalog.insert(pgPublicationNamespace, { oid, pnpubid: publication, pnnspid: schema });
  const self = addressOf(PUBLICATION_NAMESPACE_CLASS, oid);
  addDependency(catalog, self, addressOf(PUBLICATION_CLASS, publication), "a");
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, schema), "a");
}

const tablesIn = ({ catalog }: DdlContext, publication: Oid) =>
  catalog.list(pgPublicationRel, "prpubid", [publication]);
const namespacesIn = ({ catalog }: DdlContext, publication: Oid) =>
  [...catalog.all(pgPublicationNamespace)].filter(({ pnpubid }) => pnpubid === publication);

export function alterPublication(context: DdlContext, { name, action }: AlterPublication): void {
  const { catalog } = context;
  const found = findNamed(context, "publication", name);
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  const publication = catalog.find(pgPublication, "key", [found.address.oid]) as Publication;
  if (action.kind === "options") {
    const options = optionsOf(action.options);
    if (options["pubviaroot"] === false) checkMayPublishPartitions(context, publication);
    catalog.update(pgPublication, publication, options);
    return;
  }
  checkAction(context, publication, action);
  const what = resolve(context, action);
  if (action.kind === "add") return add(context, publication, what);
  if (action.kind === "drop") return remove(context, publication, what);
  const gone = [
    ...tablesIn(context, publication.oid).map(({ oid }) => addressOf(PUBLICATION_REL_CLASS, oid)),
    ...namespacesIn(context, publication.oid).map(({ oid }) =>
      addressOf(PUBLICATION_NAMESPACE_CLASS, oid),
    ),
  ];
  dropObjects(context, gone, true);
  add(context, publication, what);
}

function checkAction(
  { catalog, user }: DdlContext,
  { puballtables, pubname }: Publication,
  action: { readonly kind: string } & Published,
): void {
  const hasSchemas = action.schemas.length > 0;
  if (action.kind !== "drop" && hasSchemas && !isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", "must be superuser to add or set schemas");
  }
  if (!puballtables) return;
  const what = hasSchemas ? "Schemas" : "Tables";
  throw new SqlError("55000", `publication "${pubname}" is defined as FOR ALL TABLES`, {
    detail: `${what} cannot be added to or dropped from FOR ALL TABLES publications.`,
  });
}

function remove(context: DdlContext, { oid }: Publication, { tables, schemas }: Resolved): void {
  const { catalog } = context;
  for (const { row, columns, where } of tables) {
    if (columns) {
      throw new SqlError(
        "42601",
        "column list must not be specified in ALTER PUBLICATION ... DROP",
      );
    }
    const member = catalog.find(pgPublicationRel, "prrelid_prpubid", [row.oid, oid]);
    if (!member) {
      const message = `relation "${row.relname}" is not part of the publication`;
      throw new SqlError("42704", message);
    }
    if (where) {
      const message = "cannot use a WHERE clause when removing a table from a publication";
      throw new SqlError("42601", message);
    }
    dropObjects(context, [addressOf(PUBLICATION_REL_CLASS, member.oid)], true);
  }
  for (const schema of schemas) {
    const member = catalog.find(pgPublicationNamespace, "pnnspid_pnpubid", [schema, oid]);
    if (!member) {
      const name = catalog.find(pgNamespace, "key", [schema])?.nspname;
      const message = `tables from schema "${name}" are not part of the publication`;
      throw new SqlError("42704", message);
    }
    dropObjects(context, [addressOf(PUBLICATION_NAMESPACE_CLASS, member.oid)], true);
  }
}
