/**
 * OBJECTS IN WORDS, as PostgreSQL's messages name them: `table s1.b`, `column a of table t`,
 * `default value for column id of table t`, `constraint t_pkey on table t`.
 * A relation or type is qualified when the search path does not find it by its bare name.
 */

import type { Oid } from "../base/ids.ts";
import {
  ATTRDEF_CLASS,
  COLLATION_CLASS,
  CONSTRAINT_CLASS,
  DATABASE_CLASS,
  DEFAULT_ACL_CLASS,
  EXTENSION_CLASS,
  LANGUAGE_CLASS,
  NAMESPACE_CLASS,
  OPCLASS_CLASS,
  PROC_CLASS,
  RELATION_CLASS,
  REWRITE_CLASS,
  ROLE_CLASS,
  TABLESPACE_CLASS,
  TRIGGER_CLASS,
  TS_CONFIG_CLASS,
  TYPE_CLASS,
} from "./class-oids.ts";
import type { ClassTuple } from "./names.ts";
import type { CatalogReader } from "./reader.ts";
import { pgAm } from "./relations/pg-am.ts";
import { pgAttrdef } from "./relations/pg-attrdef.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgCollation } from "./relations/pg-collation.ts";
import { pgConstraint } from "./relations/pg-constraint.ts";
import { pgDatabase } from "./relations/pg-database.ts";
import { pgDefaultAcl } from "./relations/pg-default-acl.ts";
import { pgExtension } from "./relations/pg-extension.ts";
import { pgLanguage } from "./relations/pg-language.ts";
import { pgNamespace } from "./relations/pg-namespace.ts";
import { pgOpclass } from "./relations/pg-opclass.ts";
import { pgProc } from "./relations/pg-proc.ts";
import { pgRewrite } from "./relations/pg-rewrite.ts";
import { pgTablespace } from "./relations/pg-tablespace.ts";
import { pgTrigger } from "./relations/pg-trigger.ts";
import { pgTsConfig } from "./relations/pg-ts-config.ts";
import { pgType } from "./relations/pg-type.ts";
import { sqlTypeNames } from "./sql-type-names.ts";
import { pathOfFunctions } from "./temporary-names.ts";

const BPCHAR = 1042;

/** A row of a catalog, or a column of a relation when `subId` is not 0: what pg_depend relates. */
export interface ObjectAddress {
  readonly classOid: Oid;
  readonly oid: Oid;
  readonly subId: number;
}

export const addressOf = (classOid: Oid, oid: Oid, subId = 0): ObjectAddress => ({
  classOid,
  oid,
  subId,
});

/** Columns of every table that have no rows of pg_attribute. */
export const SYSTEM_COLUMNS: Readonly<Record<number, string>> = {
  [-1]: "ctid",
  [-2]: "xmin",
  [-3]: "cmin",
  [-4]: "xmax",
  [-5]: "cmax",
  [-6]: "tableoid",
};

/** What PostgreSQL calls a relation of each kind. */
export const RELKIND_WORDS: Readonly<Record<string, string>> = {
  r: "table",
  p: "table",
  i: "index",
  I: "index",
  S: "sequence",
  v: "view",
  m: "materialized view",
  c: "composite type",
  f: "foreign table",
  t: "toast table",
  x: "source",
  s: "sink",
};

/** What default privileges are for, by pg_default_acl.defaclobjtype. */
const DEFAULTED: Readonly<Record<string, string>> = {
  r: "relations",
  S: "sequences",
  f: "functions",
  T: "types",
  n: "schemas",
};

/**
 * An identifier as SQL must write it.
 * https://www.postgresql.org/docs/15/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
 */
const quoteQualified = (
  schema: string | undefined,
  name: string,
  quote: (name: string) => string,
): string => (schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`);

export class Describer {
  readonly #catalog: CatalogReader;
  /** Effective search path. */
  readonly #searchPath: readonly Oid[];
  readonly #quote: (name: string) => string;

  constructor(catalog: CatalogReader, searchPath: readonly Oid[], quote: (name: string) => string) {
    this.#catalog = catalog;
    this.#searchPath = searchPath;
    this.#quote = quote;
  }

  /** PostgreSQL's pg_describe_object; undefined when there is no such object. */
  describe(object: ObjectAddress): string | undefined {
    const { oid } = object;
    switch (object.classOid) {
      case RELATION_CLASS:
        return object.subId === 0 ? this.#relation(oid) : this.#column(oid, object.subId);
      case TYPE_CLASS:
        return this.#type(oid);
      case ATTRDEF_CLASS:
        return this.#default(oid);
      case CONSTRAINT_CLASS:
        return this.#constraint(oid);
      case TRIGGER_CLASS:
        return this.#trigger(oid);
      case PROC_CLASS:
        return this.#function(oid);
      case COLLATION_CLASS:
        return this.#collation(oid);
      case REWRITE_CLASS:
        return this.#rule(oid);
      case NAMESPACE_CLASS:
        return named("schema", this.#catalog.find(pgNamespace, "key", [oid])?.nspname);
      case ROLE_CLASS:
        return named("role", this.#catalog.find(pgAuthid, "key", [oid])?.rolname);
      case DATABASE_CLASS:
        return named("database", this.#catalog.find(pgDatabase, "key", [oid])?.datname);
      case TABLESPACE_CLASS:
        return named("tablespace", this.#catalog.find(pgTablespace, "key", [oid])?.spcname);
      case LANGUAGE_CLASS:
        return named("language", this.#catalog.find(pgLanguage, "key", [oid])?.lanname);
      case EXTENSION_CLASS:
        return named("extension", this.#catalog.find(pgExtension, "key", [oid])?.extname);
      case DEFAULT_ACL_CLASS:
        return this.#defaultAcl(oid);
      case OPCLASS_CLASS:
        return this.#opclass(oid);
      case TS_CONFIG_CLASS:
        return this.#configuration(oid);
      default:
        return undefined;
    }
  }

  #defaultAcl(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgDefaultAcl, "key", [oid]);
    if (!row) return undefined;
    const what = DEFAULTED[row.defaclobjtype];
    const role = this.#catalog.find(pgAuthid, "key", [row.defaclrole])?.rolname;
    const schema = this.#catalog.find(pgNamespace, "key", [row.defaclnamespace])?.nspname;
    const within = schema === undefined ? "" : ` in schema ${schema}`;
    const on = what === undefined ? "" : `on new ${what} `;
    return `default privileges ${on}belonging to role ${role}${within}`;
  }

  #opclass(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgOpclass, "key", [oid]);
    const method = row && this.#catalog.find(pgAm, "key", [row.opcmethod]);
    if (!row || !method) return undefined;
    const visible = this.#isVisible(row.opcnamespace, (namespace) =>
      this.#catalog.find(pgOpclass, "am_name_nsp", [row.opcmethod, row.opcname, namespace]),
    );
    const name = this.#qualify(visible, row.opcnamespace, row.opcname);
    return `operator class ${name} for access method ${method.amname}`;
  }

  #configuration(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgTsConfig, "key", [oid]);
    if (!row) return undefined;
    const visible = this.#isVisible(row.cfgnamespace, (namespace) =>
      this.#catalog.find(pgTsConfig, "cfgname", [row.cfgname, namespace]),
    );
    return `text search configuration ${this.#qualify(visible, row.cfgnamespace, row.cfgname)}`;
  }

  #relation(oid: Oid): string | undefined {
    const relation = this.#catalog.find(pgClass, "key", [oid]);
    if (!relation) return undefined;
    return `${RELKIND_WORDS[relation.relkind] ?? "relation"} ${this.relationName(relation)}`;
  }

  #column(oid: Oid, attnum: number): string | undefined {
    const name =
      SYSTEM_COLUMNS[attnum] ?? this.#catalog.find(pgAttribute, "key", [oid, attnum])?.attname;
    const relation = this.#relation(oid);
    return name && relation && `column ${name} of ${relation}`;
  }

  #default(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgAttrdef, "key", [oid]);
    return row && `default value for ${this.#column(row.adrelid, row.adnum)}`;
  }

  #constraint(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgConstraint, "key", [oid]);
    if (!row) return undefined;
    if (row.conrelid === 0) return `constraint ${row.conname}`;
    return `constraint ${row.conname} on ${this.#relation(row.conrelid)}`;
  }

  #rule(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgRewrite, "key", [oid]);
    return row && `rule ${row.rulename} on ${this.#relation(row.ev_class)}`;
  }

  #trigger(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgTrigger, "key", [oid]);
    return row && `trigger ${row.tgname} on ${this.#relation(row.tgrelid)}`;
  }

  #function(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgProc, "key", [oid]);
    if (!row) return undefined;
    const args = row.proargtypes.map((type) => this.#sqlTypeName(type)).join(",");
    const schema = this.#catalog.find(pgNamespace, "key", [row.pronamespace])?.nspname;
    const path = pathOfFunctions(this.#catalog, this.#searchPath);
    const visible = path.includes(row.pronamespace);
    const name = quoteQualified(visible ? undefined : schema, row.proname, this.#quote);
    return `function ${name}(${args})`;
  }

  #collation(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgCollation, "key", [oid]);
    if (!row) return undefined;
    const visible = this.#isVisible(row.collnamespace, (namespace) =>
      this.#catalog
        .list(pgCollation, "name_enc_nsp", [row.collname])
        .find((other) => other.collnamespace === namespace),
    );
    return `collation ${this.#qualify(visible, row.collnamespace, row.collname)}`;
  }

  #type(oid: Oid): string | undefined {
    return this.#catalog.find(pgType, "key", [oid]) && `type ${this.typeName(oid)}`;
  }

  /** The bare or qualified name of a relation. */
  relationName(relation: ClassTuple): string {
    const visible = this.#isVisible(relation.relnamespace, (namespace) =>
      this.#catalog.find(pgClass, "relname_nsp", [relation.relname, namespace]),
    );
    return this.#qualify(visible, relation.relnamespace, relation.relname);
  }

  /** As format_type prints it. */
  #sqlTypeName(oid: Oid): string {
    const named = sqlTypeNames.get(oid);
    if (named) return named.join("");
    if (oid === BPCHAR) return "character";
    const element = this.#elementOf(oid);
    return element === undefined ? this.typeName(oid) : `${this.#sqlTypeName(element)}[]`;
  }

  /** Of a true array. */
  #elementOf(oid: Oid): Oid | undefined {
    const type = this.#catalog.find(pgType, "key", [oid]);
    const isArray = type?.typcategory === "A" && type.typelem !== 0 && type.typlen === -1;
    return isArray && type.typsubscript !== 0 ? type.typelem : undefined;
  }

  /**
   * A type that users made, by name; arrays as `t[]`. Built-in types by format_type are a caller's
   * matter.
   */
  typeName(oid: Oid): string {
    const type = this.#catalog.find(pgType, "key", [oid]);
    if (!type) return "???";
    const element = this.#elementOf(oid);
    if (element !== undefined) return `${this.typeName(element)}[]`;
    const visible = this.#isVisible(type.typnamespace, (namespace) =>
      this.#catalog.find(pgType, "typname_nsp", [type.typname, namespace]),
    );
    return this.#qualify(visible, type.typnamespace, type.typname);
  }

  /** Whether the path comes to `namespace` before a schema that has the name too. */
  #isVisible(namespace: Oid, find: (namespace: Oid) => unknown | undefined): boolean {
    for (const candidate of this.#searchPath) {
      if (candidate === namespace) return true;
      if (find(candidate)) return false;
    }
    return false;
  }

  #qualify(visible: boolean, namespace: Oid, name: string): string {
    const schema = this.#catalog.find(pgNamespace, "key", [namespace])?.nspname;
    return quoteQualified(visible ? undefined : schema, name, this.#quote);
  }
}

const named = (noun: string, name: string | undefined): string | undefined =>
  name === undefined ? undefined : `${noun} ${name}`;
