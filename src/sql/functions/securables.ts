/**
 * The kinds of objects that privileges are granted on: how each is named and where its owner and
 * ACL are.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { kinds } from "../../catalog/acl.ts";
import { securableLanguage } from "../../catalog/languages.ts";
import { getNamespace } from "../../catalog/names.ts";
import { type Securable, securableRelation, securableSchema } from "../../catalog/privileges.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgForeignDataWrapper } from "../../catalog/relations/pg-foreign-data-wrapper.ts";
import { pgForeignServer } from "../../catalog/relations/pg-foreign-server.ts";
import { pgLanguage } from "../../catalog/relations/pg-language.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgTablespace } from "../../catalog/relations/pg-tablespace.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { regprocedure, regtype, relationNamed } from "../types/reg-types.ts";
import { asOid } from "./define.ts";
import type { FunctionContext } from "./registry.ts";

export interface SecurableKind {
  /** The function that asks about this kind. */
  readonly name: string;
  readonly letters: string;
  readonly resolve: (text: string, context: FunctionContext) => Oid;
  /** undefined = no such object. */
  readonly find: (id: Oid, context: FunctionContext) => Securable | undefined;
}

const missing = (code: string, what: string, name: string) =>
  new SqlError(code, `${what} "${name}" does not exist`);

const findRelation = (id: Oid, { catalog }: FunctionContext): Securable | undefined => {
  const row = catalog.find(pgClass, "key", [id]);
  return row && securableRelation(row);
};

export const securables: readonly SecurableKind[] = [
  {
    name: "has_table_privilege",
    letters: kinds.table.all,
    resolve: (text, context) => relationNamed(text, context).oid,
    find: findRelation,
  },
  {
    name: "has_sequence_privilege",
    letters: kinds.sequence.all,
    resolve(text, context) {
      const row = relationNamed(text, context);
      if (row.relkind !== "S") throw new SqlError("42809", `"${text}" is not a sequence`);
      return row.oid;
    },
    find(id, context) {
      const row = context.catalog.find(pgClass, "key", [id]);
      if (!row || row.relkind === "S") return row && securableRelation(row);
      throw new SqlError("42809", `"${row.relname}" is not a sequence`);
    },
  },
  {
    name: "has_schema_privilege",
    letters: kinds.schema.all,
    resolve: (text, { catalog }) => getNamespace(catalog, text).oid,
    find(id, { catalog }) {
      const row = catalog.find(pgNamespace, "key", [id]);
      return row && securableSchema(row);
    },
  },
  {
    name: "has_database_privilege",
    letters: kinds.database.all,
    resolve(text, { catalog }) {
      const row = catalog.find(pgDatabase, "datname", [text]);
      if (!row) throw missing("3D000", "database", text);
      return row.oid;
    },
    find(id, { catalog }) {
      const row = catalog.find(pgDatabase, "key", [id]);
      return row && { kind: kinds.database, owner: row.datdba, acl: row.datacl };
    },
  },
  {
    name: "has_function_privilege",
    letters: kinds.function.all,
    resolve: (text, context) => asOid(regprocedure.parse(text, -1, context)),
    find(id, { catalog }) {
      const row = catalog.find(pgProc, "key", [id]);
      return row && { kind: kinds.function, owner: row.proowner, acl: row.proacl };
    },
  },
  {
    name: "has_type_privilege",
    letters: kinds.type.all,
    resolve: (text, context) => asOid(regtype.parse(text, -1, context)),
    find(id, { catalog }) {
      const row = catalog.find(pgType, "key", [id]);
      // An array has the privileges of its elements.
      const element = row && row.typlen === -1 && row.typelem !== 0 ? row.typelem : undefined;
      const holder = element === undefined ? row : catalog.find(pgType, "key", [element]);
      return holder && { kind: kinds.type, owner: holder.typowner, acl: holder.typacl };
    },
  },
  {
    name: "has_language_privilege",
    letters: kinds.language.all,
    resolve(text, { catalog }) {
      const row = catalog.find(pgLanguage, "name", [text]);
      if (!row) throw missing("42704", "language", text);
      return row.oid;
    },
    find(id, { catalog }) {
      const row = catalog.find(pgLanguage, "key", [id]);
      return row && securableLanguage(row);
    },
  },
  {
    name: "has_tablespace_privilege",
    letters: kinds.tablespace.all,
    resolve(text, { catalog }) {
      const row = catalog.find(pgTablespace, "spcname", [text]);
      if (!row) throw missing("42704", "tablespace", text);
      return row.oid;
    },
    find(id, { catalog }) {
      const row = catalog.find(pgTablespace, "key", [id]);
      return row && { kind: kinds.tablespace, owner: row.spcowner, acl: row.spcacl };
    },
  },
  {
    name: "has_foreign_data_wrapper_privilege",
    letters: kinds.fdw.all,
    resolve(text, { catalog }) {
      const row = catalog.find(pgForeignDataWrapper, "name", [text]);
      if (!row) throw missing("42704", "foreign-data wrapper", text);
      return row.oid;
    },
    find(id, { catalog }) {
      const row = catalog.find(pgForeignDataWrapper, "key", [id]);
      return row && { kind: kinds.fdw, owner: row.fdwowner, acl: row.fdwacl };
    },
  },
  {
    name: "has_server_privilege",
    letters: kinds.server.all,
    resolve(text, { catalog }) {
      const row = catalog.find(pgForeignServer, "name", [text]);
      if (!row) throw missing("42704", "server", text);
      return row.oid;
    },
    find(id, { catalog }) {
      const row = catalog.find(pgForeignServer, "key", [id]);
      return row && { kind: kinds.server, owner: row.srvowner, acl: row.srvacl };
    },
  },
];
