/**
 * OBJECTS IN WORDS, as PostgreSQL's messages name them: `table s1.b`, `column a of table t`,
 * `default value for column id of table t`, `constraint t_pkey on table t`.
 * A relation or type is qualified when the search path does not find it by its bare name.
 */

import type { Oid } from "../base/ids.ts";
import {
  AMOP_CLASS,
  AMPROC_CLASS,
  ATTRDEF_CLASS,
  CAST_CLASS,
  CONSTRAINT_CLASS,
  DEFAULT_ACL_CLASS,
  NAMESPACE_CLASS,
  OPCLASS_CLASS,
  OPERATOR_CLASS,
  OPFAMILY_CLASS,
  PARAMETER_ACL_CLASS,
  POLICY_CLASS,
  PROC_CLASS,
  PUBLICATION_CLASS,
  PUBLICATION_NAMESPACE_CLASS,
  PUBLICATION_REL_CLASS,
  RELATION_CLASS,
  REWRITE_CLASS,
  SERVER_CLASS,
  TRANSFORM_CLASS,
  TRIGGER_CLASS,
  TYPE_CLASS,
  USER_MAPPING_CLASS,
} from "./class-oids.ts";
import type { ClassTuple } from "./names.ts";
import {
  factsOf,
  findByName,
  type ObjectClass,
  type ObjectRow,
  objectClassOf,
} from "./object-classes.ts";
import type { CatalogReader } from "./reader.ts";
import { pgAm } from "./relations/pg-am.ts";
import { pgAmop } from "./relations/pg-amop.ts";
import { pgAmproc } from "./relations/pg-amproc.ts";
import { pgAttrdef } from "./relations/pg-attrdef.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgCast } from "./relations/pg-cast.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgConstraint } from "./relations/pg-constraint.ts";
import { pgDefaultAcl } from "./relations/pg-default-acl.ts";
import { pgLanguage } from "./relations/pg-language.ts";
import { pgNamespace } from "./relations/pg-namespace.ts";
import { pgOpclass } from "./relations/pg-opclass.ts";
import { pgOperator } from "./relations/pg-operator.ts";
import { pgOpfamily } from "./relations/pg-opfamily.ts";
import { pgParameterAcl } from "./relations/pg-parameter-acl.ts";
import { pgPolicy } from "./relations/pg-policy.ts";
import { pgProc } from "./relations/pg-proc.ts";
import { pgPublicationNamespace } from "./relations/pg-publication-namespace.ts";
import { pgPublicationRel } from "./relations/pg-publication-rel.ts";
import { pgRewrite } from "./relations/pg-rewrite.ts";
import { pgTransform } from "./relations/pg-transform.ts";
import { pgTrigger } from "./relations/pg-trigger.ts";
import { pgType } from "./relations/pg-type.ts";
import { pgUserMapping } from "./relations/pg-user-mapping.ts";
import { sqlTypeNames } from "./sql-type-names.ts";
import { pathOfFunctions } from "./temporary-names.ts";

const BPCHAR = 1042;
const BIT = 1560;

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
      case REWRITE_CLASS:
        return this.#rule(oid);
      case POLICY_CLASS:
        return this.#policy(oid);
      case DEFAULT_ACL_CLASS:
        return this.#defaultAcl(oid);
      case OPCLASS_CLASS:
      case OPFAMILY_CLASS:
        return this.#operatorGroup(object);
      case OPERATOR_CLASS:
        return this.#operator(oid);
      case AMOP_CLASS:
        return this.#familyOperator(oid);
      case AMPROC_CLASS:
        return this.#familyFunction(oid);
      case PUBLICATION_REL_CLASS:
      case PUBLICATION_NAMESPACE_CLASS:
        return this.#published(object);
      case CAST_CLASS:
        return this.#cast(oid);
      case TRANSFORM_CLASS:
        return this.#transform(oid);
      case USER_MAPPING_CLASS:
        return this.#userMapping(oid);
      case PARAMETER_ACL_CLASS: {
        const row = this.#catalog.find(pgParameterAcl, "key", [oid]);
        return row && `parameter ${row.parname}`;
      }
      default:
        return this.#named(object);
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

  #operatorGroup(object: ObjectAddress): string | undefined {
    const method =
      object.classOid === OPFAMILY_CLASS
        ? this.#catalog.find(pgOpfamily, "key", [object.oid])?.opfmethod
        : this.#catalog.find(pgOpclass, "key", [object.oid])?.opcmethod;
    const row = method && this.#catalog.find(pgAm, "key", [method]);
    return row && `${this.#named(object)} for access method ${row.amname}`;
  }

  #operator(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgOperator, "key", [oid]);
    if (!row) return undefined;
    const [left, right] = [row.oprleft, row.oprright].map((type) =>
      type === 0 ? "NONE" : this.#typeName(type),
    );
    const schema = this.#catalog.find(pgNamespace, "key", [row.oprnamespace])?.nspname ?? "";
    const visible = this.#searchPath.includes(row.oprnamespace);
    return `operator ${visible ? "" : `${this.#quote(schema)}.`}${row.oprname}(${left},${right})`;
  }

  #familyOperator(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgAmop, "key", [oid]);
    if (!row) return undefined;
    const types = [row.amoplefttype, row.amoprighttype];
    const what = this.#operator(row.amopopr)?.replace(/^operator /, "");
    return `operator ${row.amopstrategy} ${this.#ofFamily(types, row.amopfamily)}: ${what}`;
  }

  #familyFunction(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgAmproc, "key", [oid]);
    if (!row) return undefined;
    const types = [row.amproclefttype, row.amprocrighttype];
    const what = this.#function(row.amproc)?.replace(/^function /, "");
    return `function ${row.amprocnum} ${this.#ofFamily(types, row.amprocfamily)}: ${what}`;
  }

  #ofFamily(types: readonly Oid[], family: Oid): string {
    const shown = types.map((type) => this.#typeName(type)).join(", ");
    return `(${shown}) of ${this.#operatorGroup(addressOf(OPFAMILY_CLASS, family))}`;
  }

  #published({ classOid, oid }: ObjectAddress): string | undefined {
    const table = this.#catalog.find(pgPublicationRel, "key", [oid]);
    const schema = this.#catalog.find(pgPublicationNamespace, "key", [oid]);
    const isTable = classOid === PUBLICATION_REL_CLASS;
    const publication = isTable ? table?.prpubid : schema?.pnpubid;
    if (publication === undefined) return undefined;
    const within = this.#named(addressOf(PUBLICATION_CLASS, publication));
    const what = isTable
      ? this.#relation(table?.prrelid ?? (0 as Oid))
      : this.#named(addressOf(NAMESPACE_CLASS, schema?.pnnspid ?? (0 as Oid)));
    return `publication of ${what} in ${within}`;
  }

  #cast(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgCast, "key", [oid]);
    if (!row) return undefined;
    return `cast from ${this.#typeName(row.castsource)} to ${this.#typeName(row.casttarget)}`;
  }

  #transform(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgTransform, "key", [oid]);
    const language = row && this.#catalog.find(pgLanguage, "key", [row.trflang])?.lanname;
    return row && `transform for ${this.#typeName(row.trftype)} language ${language}`;
  }

  #userMapping(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgUserMapping, "key", [oid]);
    if (!row) return undefined;
    const role = this.#catalog.find(pgAuthid, "key", [row.umuser])?.rolname ?? "public";
    return `user mapping for ${role} on ${this.#named(addressOf(SERVER_CLASS, row.umserver))}`;
  }

  /** What has a name, and perhaps a schema, that tells it apart. */
  #named({ classOid, oid }: ObjectAddress): string | undefined {
    const objects = objectClassOf(classOid);
    const row = objects && this.#catalog.find(objects.relation, "key", [oid]);
    if (!objects || !row) return undefined;
    const { name, namespace } = factsOf(objects, row as ObjectRow);
    if (namespace === undefined) return `${objects.noun} ${name}`;
    const visible = this.#isVisible(namespace, (each) => this.#hasNamed(objects, row, name, each));
    return `${objects.noun} ${this.#qualify(visible, namespace, name)}`;
  }

  /** Names of operator classes and families are those of one access method. */
  #hasNamed(objects: ObjectClass, row: object, name: string, namespace: Oid): boolean {
    const method = "opcmethod" in row ? row.opcmethod : "opfmethod" in row ? row.opfmethod : null;
    if (method === null) return findByName(this.#catalog, objects, name, namespace) !== undefined;
    const key = [method as Oid, name, namespace];
    return this.#catalog.find(objects.relation, objects.index, key) !== undefined;
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

  #policy(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgPolicy, "key", [oid]);
    return row && `policy ${row.polname} on ${this.#relation(row.polrelid)}`;
  }

  #trigger(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgTrigger, "key", [oid]);
    return row && `trigger ${row.tgname} on ${this.#relation(row.tgrelid)}`;
  }

  #function(oid: Oid): string | undefined {
    const row = this.#catalog.find(pgProc, "key", [oid]);
    if (!row) return undefined;
    const args = row.proargtypes.map((type) => this.#typeName(type)).join(",");
    const schema = this.#catalog.find(pgNamespace, "key", [row.pronamespace])?.nspname;
    const path = pathOfFunctions(this.#catalog, this.#searchPath);
    const isThere = (namespace: Oid) =>
      this.#catalog.find(pgProc, "proname_args_nsp", [row.proname, row.proargtypes, namespace]);
    const visible = path.find(isThere) === row.pronamespace;
    const name = quoteQualified(visible ? undefined : schema, row.proname, this.#quote);
    return `function ${name}(${args})`;
  }

  #type(oid: Oid): string | undefined {
    return this.#catalog.find(pgType, "key", [oid]) && `type ${this.#typeName(oid)}`;
  }

  /** The bare or qualified name of a relation. */
  relationName(relation: ClassTuple): string {
    const visible = this.#isVisible(relation.relnamespace, (namespace) =>
      this.#catalog.find(pgClass, "relname_nsp", [relation.relname, namespace]),
    );
    return this.#qualify(visible, relation.relnamespace, relation.relname);
  }

  /** Of a true array. */
  #elementOf(oid: Oid): Oid | undefined {
    const type = this.#catalog.find(pgType, "key", [oid]);
    const isArray = type?.typcategory === "A" && type.typelem !== 0 && type.typlen === -1;
    return isArray && type.typsubscript !== 0 ? type.typelem : undefined;
  }

  /** As format_type prints it. */
  #typeName(oid: Oid): string {
    const named = sqlTypeNames.get(oid);
    if (named) return named.join("");
    if (oid === BPCHAR) return "character";
    if (oid === BIT) return "bit";
    const type = this.#catalog.find(pgType, "key", [oid]);
    if (!type) return "???";
    const element = this.#elementOf(oid);
    if (element !== undefined) return `${this.#typeName(element)}[]`;
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
