/**
 * OBJECT CLASSES: the catalogs of objects that are no relations, and which of their columns say
 * what an object is called, where it is, whose it is and who may use it. A new kind of object with
 * a name is an entry here: COMMENT, ALTER … RENAME, OWNER and SET SCHEMA, DROP and what messages
 * call it follow from that.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/catalog/objectaddress.c
 */
import type { Oid } from "../base/ids.ts";
import { LARGE_OBJECT_CLASS } from "./class-oids.ts";
import type { NamedKind, QualifiedKind } from "./object-name.ts";
import type { CatalogReader } from "./reader.ts";
import type { Columns, Relation } from "./relation.ts";
import { pgAm } from "./relations/pg-am.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgCollation } from "./relations/pg-collation.ts";
import { pgConversion } from "./relations/pg-conversion.ts";
import { pgDatabase } from "./relations/pg-database.ts";
import { pgEventTrigger } from "./relations/pg-event-trigger.ts";
import { pgExtension } from "./relations/pg-extension.ts";
import { pgForeignDataWrapper } from "./relations/pg-foreign-data-wrapper.ts";
import { pgForeignServer } from "./relations/pg-foreign-server.ts";
import { pgLanguage } from "./relations/pg-language.ts";
import { pgLargeobjectMetadata } from "./relations/pg-largeobject-metadata.ts";
import { pgNamespace } from "./relations/pg-namespace.ts";
import { pgOpclass } from "./relations/pg-opclass.ts";
import { pgOperator } from "./relations/pg-operator.ts";
import { pgOpfamily } from "./relations/pg-opfamily.ts";
import { pgProc } from "./relations/pg-proc.ts";
import { pgPublication } from "./relations/pg-publication.ts";
import { pgStatisticExt } from "./relations/pg-statistic-ext.ts";
import { pgSubscription } from "./relations/pg-subscription.ts";
import { pgTablespace } from "./relations/pg-tablespace.ts";
import { pgTsConfig } from "./relations/pg-ts-config.ts";
import { pgTsDict } from "./relations/pg-ts-dict.ts";
import { pgTsParser } from "./relations/pg-ts-parser.ts";
import { pgTsTemplate } from "./relations/pg-ts-template.ts";
import { pgType } from "./relations/pg-type.ts";
import { rwConnection } from "./relations/rw-connection.ts";

interface ColumnNames<Name extends string = string> {
  readonly name: Name;
  readonly namespace?: Name;
  /** Absent: superusers' alone. */
  readonly owner?: Name;
  readonly acl?: Name;
}

export interface ObjectClass extends ColumnNames {
  readonly relation: Relation;
  /** That of its objects, where it is not the relation: they are known by their oids alone. */
  readonly classOid?: Oid;
  /** As messages call an object of it. */
  readonly noun: string;
  /** The unique index by name: of what has a schema, by name and schema. */
  readonly index: string;
  /** As "must be owner of" has it, where that is not the noun. */
  readonly ownerNoun?: string;
  /** SQLSTATE when there is none; 42704 if absent. */
  readonly missing?: string;
}

const inside = <C extends Columns>(
  relation: Relation<C>,
  index: string,
  columns: ColumnNames<keyof C & string>,
  words: Pick<ObjectClass, "ownerNoun" | "missing" | "classOid"> = {},
): Omit<ObjectClass, "noun"> => ({
  relation: relation as unknown as Relation,
  index,
  ...columns,
  ...words,
});

/** What is found by more than its name and schema. */
type OtherKind =
  | "function"
  | "large object"
  | "operator"
  | "operator class"
  | "operator family"
  | "type";

const byNoun: Readonly<Record<NamedKind | QualifiedKind | OtherKind, Omit<ObjectClass, "noun">>> = {
  "access method": inside(pgAm, "name", { name: "amname" }),
  collation: inside(pgCollation, "name_enc_nsp", {
    name: "collname",
    namespace: "collnamespace",
    owner: "collowner",
  }),
  connection: inside(rwConnection, "name_nsp", {
    name: "connname",
    namespace: "connnamespace",
    owner: "connowner",
  }),
  conversion: inside(pgConversion, "name_nsp", {
    name: "conname",
    namespace: "connamespace",
    owner: "conowner",
  }),
  database: inside(
    pgDatabase,
    "datname",
    { name: "datname", owner: "datdba", acl: "datacl" },
    { missing: "3D000" },
  ),
  "event trigger": inside(pgEventTrigger, "evtname", { name: "evtname", owner: "evtowner" }),
  extension: inside(pgExtension, "name", { name: "extname", owner: "extowner" }),
  "foreign-data wrapper": inside(pgForeignDataWrapper, "name", {
    name: "fdwname",
    owner: "fdwowner",
    acl: "fdwacl",
  }),
  function: inside(pgProc, "proname_args_nsp", {
    name: "proname",
    namespace: "pronamespace",
    owner: "proowner",
    acl: "proacl",
  }),
  language: inside(pgLanguage, "name", { name: "lanname", owner: "lanowner", acl: "lanacl" }),
  "large object": inside(
    pgLargeobjectMetadata,
    "key",
    { name: "oid", owner: "lomowner", acl: "lomacl" },
    { classOid: LARGE_OBJECT_CLASS },
  ),
  operator: inside(pgOperator, "oprname_l_r_n", {
    name: "oprname",
    namespace: "oprnamespace",
    owner: "oprowner",
  }),
  "operator class": inside(pgOpclass, "am_name_nsp", {
    name: "opcname",
    namespace: "opcnamespace",
    owner: "opcowner",
  }),
  "operator family": inside(pgOpfamily, "am_name_nsp", {
    name: "opfname",
    namespace: "opfnamespace",
    owner: "opfowner",
  }),
  publication: inside(pgPublication, "pubname", { name: "pubname", owner: "pubowner" }),
  role: inside(pgAuthid, "rolname", { name: "rolname" }),
  schema: inside(
    pgNamespace,
    "nspname",
    { name: "nspname", owner: "nspowner", acl: "nspacl" },
    { missing: "3F000" },
  ),
  server: inside(
    pgForeignServer,
    "name",
    { name: "srvname", owner: "srvowner", acl: "srvacl" },
    { ownerNoun: "foreign server" },
  ),
  "statistics object": inside(pgStatisticExt, "name", {
    name: "stxname",
    namespace: "stxnamespace",
    owner: "stxowner",
  }),
  subscription: inside(pgSubscription, "subname", { name: "subname", owner: "subowner" }),
  tablespace: inside(pgTablespace, "spcname", {
    name: "spcname",
    owner: "spcowner",
    acl: "spcacl",
  }),
  "text search configuration": inside(pgTsConfig, "cfgname", {
    name: "cfgname",
    namespace: "cfgnamespace",
    owner: "cfgowner",
  }),
  "text search dictionary": inside(pgTsDict, "dictname", {
    name: "dictname",
    namespace: "dictnamespace",
    owner: "dictowner",
  }),
  "text search parser": inside(pgTsParser, "prsname", {
    name: "prsname",
    namespace: "prsnamespace",
  }),
  "text search template": inside(pgTsTemplate, "tmplname", {
    name: "tmplname",
    namespace: "tmplnamespace",
  }),
  type: inside(pgType, "typname_nsp", {
    name: "typname",
    namespace: "typnamespace",
    owner: "typowner",
    acl: "typacl",
  }),
};

export const objectClasses = Object.entries(byNoun).map(
  ([noun, rest]): ObjectClass => ({ noun, ...rest }),
);
const byOid = new Map(objectClasses.map((one) => [one.classOid ?? one.relation.oid, one]));
const known = new Map(objectClasses.map((one) => [one.noun, one]));

/** Undefined: objects of the catalog have no name of their own, or are relations. */
export const objectClassOf = (classOid: Oid): ObjectClass | undefined => byOid.get(classOid);
export const objectClassNamed = (noun: keyof typeof byNoun): ObjectClass =>
  known.get(noun) as ObjectClass;

export type ObjectRow = NonNullable<ReturnType<CatalogReader["find"]>> & { readonly oid: Oid };

export interface ObjectFacts {
  readonly name: string;
  readonly namespace: Oid | undefined;
  readonly owner: Oid | undefined;
  /** null: the default privileges. */
  readonly acl: readonly string[] | null;
}

export function factsOf(objects: ObjectClass, row: ObjectRow): ObjectFacts {
  const value = (column: string | undefined): unknown =>
    column === undefined ? undefined : (row as unknown as Record<string, unknown>)[column];
  return {
    name: String(value(objects.name)),
    namespace: value(objects.namespace) as Oid | undefined,
    owner: value(objects.owner) as Oid | undefined,
    acl: (value(objects.acl) as readonly string[] | null | undefined) ?? null,
  };
}

/** Collations of any encoding stand beside those of this one. */
const COLLATION_ENCODINGS = [6, -1];

/** The row with a name: of what has a schema, in one. */
export function findByName(
  catalog: CatalogReader,
  { relation, index }: ObjectClass,
  name: string,
  namespace: Oid | undefined,
): ObjectRow | undefined {
  const within = namespace === undefined ? [] : [namespace];
  const keys =
    relation.oid === pgCollation.oid
      ? COLLATION_ENCODINGS.map((encoding) => [name, encoding, ...within])
      : relation.oid === pgSubscription.oid
        ? [[catalog.database, name]]
        : [[name, ...within]];
  for (const key of keys) {
    const row = catalog.find(relation, index, key);
    if (row) return row as ObjectRow;
  }
  return undefined;
}
