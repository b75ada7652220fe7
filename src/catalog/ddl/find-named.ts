/** Objects by a name of their own, and by a name in a schema. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { addressOf } from "../describe.ts";
import { getUsable } from "../names.ts";
import type { NamedKind, QualifiedKind } from "../object-name.ts";
import type { Columns, Relation, Tuple } from "../relation.ts";
import { pgAm } from "../relations/pg-am.ts";
import { pgAuthid } from "../relations/pg-authid.ts";
import { pgCollation } from "../relations/pg-collation.ts";
import { pgConversion } from "../relations/pg-conversion.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgEventTrigger } from "../relations/pg-event-trigger.ts";
import { pgExtension } from "../relations/pg-extension.ts";
import { pgForeignDataWrapper } from "../relations/pg-foreign-data-wrapper.ts";
import { pgForeignServer } from "../relations/pg-foreign-server.ts";
import { pgLanguage } from "../relations/pg-language.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import { pgPublication } from "../relations/pg-publication.ts";
import { pgStatisticExt } from "../relations/pg-statistic-ext.ts";
import { pgSubscription } from "../relations/pg-subscription.ts";
import { pgTablespace } from "../relations/pg-tablespace.ts";
import { pgTsConfig } from "../relations/pg-ts-config.ts";
import { pgTsDict } from "../relations/pg-ts-dict.ts";
import { pgTsParser } from "../relations/pg-ts-parser.ts";
import { pgTsTemplate } from "../relations/pg-ts-template.ts";
import type { QualifiedName } from "../statement.ts";
import { pathOfFunctions } from "../temporary-names.ts";
import type { DdlContext } from "./context.ts";
import { searchPathOf } from "./lookup.ts";
import type { FoundObject, Ownership } from "./object-ownership.ts";
import type { RoleTuple } from "./role-lookup.ts";

interface Kind {
  readonly relation: Relation;
  /** The unique index by name. */
  readonly index: string;
  /** Column of the owner; absent: superusers' alone. */
  readonly owner?: string;
  /** As "must be owner of" has it, where that is not the kind's own word. */
  readonly noun?: string;
  /** SQLSTATE when there is none; 42704 if absent. */
  readonly missing?: string;
}

const named: Readonly<Record<NamedKind, Kind>> = {
  "access method": { relation: pgAm as unknown as Relation, index: "name" },
  database: {
    relation: pgDatabase as unknown as Relation,
    index: "datname",
    owner: "datdba",
    missing: "3D000",
  },
  "event trigger": {
    relation: pgEventTrigger as unknown as Relation,
    index: "evtname",
    owner: "evtowner",
  },
  extension: { relation: pgExtension as unknown as Relation, index: "name", owner: "extowner" },
  "foreign-data wrapper": {
    relation: pgForeignDataWrapper as unknown as Relation,
    index: "name",
    owner: "fdwowner",
  },
  language: { relation: pgLanguage as unknown as Relation, index: "name", owner: "lanowner" },
  publication: {
    relation: pgPublication as unknown as Relation,
    index: "pubname",
    owner: "pubowner",
  },
  role: { relation: pgAuthid as unknown as Relation, index: "rolname" },
  schema: {
    relation: pgNamespace as unknown as Relation,
    index: "nspname",
    owner: "nspowner",
    missing: "3F000",
  },
  server: {
    relation: pgForeignServer as unknown as Relation,
    index: "name",
    owner: "srvowner",
    noun: "foreign server",
  },
  subscription: {
    relation: pgSubscription as unknown as Relation,
    index: "subname",
    owner: "subowner",
  },
  tablespace: {
    relation: pgTablespace as unknown as Relation,
    index: "spcname",
    owner: "spcowner",
  },
};

type Row = Tuple<Columns> & { readonly [column: string]: unknown; readonly oid: Oid };

export function findNamed(context: DdlContext, noun: NamedKind, name: string): FoundObject {
  const kind = named[noun];
  const { catalog } = context;
  // Subscriptions are told apart by database, too.
  const key = noun === "subscription" ? [catalog.database, name] : [name];
  const row = catalog.find(kind.relation, kind.index, key) as Row | undefined;
  if (!row) throw new SqlError(kind.missing ?? "42704", `${noun} "${name}" does not exist`);
  return found(kind, row, noun, name);
}

function found(kind: Kind, row: Row, noun: string, name: string): FoundObject {
  const ownership: Ownership =
    kind.relation.oid === pgAuthid.oid
      ? { by: "rolecreators", role: row as unknown as RoleTuple }
      : kind.owner === undefined
        ? { by: "superusers" }
        : { by: "owner", owner: row[kind.owner] as Oid, noun: kind.noun ?? noun, name };
  const address = addressOf(kind.relation.oid, row.oid);
  return { address, shared: kind.relation.layout.shared, ownership };
}

const qualified: Readonly<Record<QualifiedKind, Kind>> = {
  collation: {
    relation: pgCollation as unknown as Relation,
    index: "name_enc_nsp",
    owner: "collowner",
  },
  conversion: {
    relation: pgConversion as unknown as Relation,
    index: "name_nsp",
    owner: "conowner",
  },
  "statistics object": {
    relation: pgStatisticExt as unknown as Relation,
    index: "name",
    owner: "stxowner",
  },
  "text search configuration": {
    relation: pgTsConfig as unknown as Relation,
    index: "cfgname",
    owner: "cfgowner",
  },
  "text search dictionary": {
    relation: pgTsDict as unknown as Relation,
    index: "dictname",
    owner: "dictowner",
  },
  "text search parser": { relation: pgTsParser as unknown as Relation, index: "prsname" },
  "text search template": { relation: pgTsTemplate as unknown as Relation, index: "tmplname" },
};

/** UTF8, and whatever the encoding is. */
const COLLATION_ENCODINGS = [6, -1];

export function findQualified(
  context: DdlContext,
  noun: QualifiedKind,
  name: QualifiedName,
): FoundObject {
  const kind = qualified[noun];
  const shown = nameText(name);
  for (const namespace of namespacesOf(context, name)) {
    const keys =
      noun === "collation"
        ? COLLATION_ENCODINGS.map((encoding) => [name.name, encoding, namespace])
        : [[name.name, namespace]];
    for (const key of keys) {
      const row = context.catalog.find(kind.relation, kind.index, key) as Row | undefined;
      if (row) return found(kind, row, noun, shown);
    }
  }
  const what = noun === "collation" ? `"${shown}" for encoding "UTF8"` : `"${shown}"`;
  throw new SqlError("42704", `${noun} ${what} does not exist`);
}

/** As the client wrote it. */
export const nameText = ({ database, schema, name }: QualifiedName): string =>
  [database, schema, name].filter((part) => part !== undefined).join(".");

/** Where a name of no relation or type is looked for: its schema, or the path. 3F000, 0A000. */
export function namespacesOf(context: DdlContext, name: QualifiedName): readonly Oid[] {
  if (name.database !== undefined && name.database !== context.databaseName) {
    const message = `cross-database references are not implemented: ${nameText(name)}`;
    throw new SqlError("0A000", message).at(name.position);
  }
  if (name.schema === undefined) return pathOfFunctions(context.catalog, searchPathOf(context));
  return [getUsable(context.catalog, name.schema, context.user.oid, name.position).oid];
}
