/**
 * WHAT TELLS AN OBJECT APART, whatever the search path: its kind, its identity, and the names and
 * arguments that it would be looked up by.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-OBJECT-TABLE
 */
import type { Oid } from "../../base/ids.ts";
import {
  AMOP_CLASS,
  AMPROC_CLASS,
  ATTRDEF_CLASS,
  CAST_CLASS,
  CONSTRAINT_CLASS,
  DEFAULT_ACL_CLASS,
  OPCLASS_CLASS,
  OPERATOR_CLASS,
  OPFAMILY_CLASS,
  POLICY_CLASS,
  PROC_CLASS,
  PUBLICATION_NAMESPACE_CLASS,
  PUBLICATION_REL_CLASS,
  RELATION_CLASS,
  REWRITE_CLASS,
  TRANSFORM_CLASS,
  TRIGGER_CLASS,
  TYPE_CLASS,
  USER_MAPPING_CLASS,
} from "../../catalog/class-oids.ts";
import type { ObjectAddress } from "../../catalog/describe.ts";
import { factsOf, type ObjectRow, objectClassOf } from "../../catalog/object-classes.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { pgAm } from "../../catalog/relations/pg-am.ts";
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import { pgAmproc } from "../../catalog/relations/pg-amproc.ts";
import { pgAttrdef } from "../../catalog/relations/pg-attrdef.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { pgCast } from "../../catalog/relations/pg-cast.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { pgDefaultAcl } from "../../catalog/relations/pg-default-acl.ts";
import { pgForeignServer } from "../../catalog/relations/pg-foreign-server.ts";
import { pgLanguage } from "../../catalog/relations/pg-language.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgOpfamily } from "../../catalog/relations/pg-opfamily.ts";
import { pgPolicy } from "../../catalog/relations/pg-policy.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgPublication } from "../../catalog/relations/pg-publication.ts";
import { pgPublicationNamespace } from "../../catalog/relations/pg-publication-namespace.ts";
import { pgPublicationRel } from "../../catalog/relations/pg-publication-rel.ts";
import { pgRewrite } from "../../catalog/relations/pg-rewrite.ts";
import { pgTransform } from "../../catalog/relations/pg-transform.ts";
import { pgTrigger } from "../../catalog/relations/pg-trigger.ts";
import { pgUserMapping } from "../../catalog/relations/pg-user-mapping.ts";
import { namespaceAlias } from "../../catalog/temporary-names.ts";
import { formatType } from "../types/type-names.ts";
import type { NameScope } from "../types/visibility.ts";

export interface ObjectIdentity {
  readonly type: string;
  readonly identity: string;
  readonly names: readonly string[];
  readonly args: readonly string[];
  /** Where it is; of a part, its table's. */
  readonly namespace?: Oid | undefined;
  /** It has none of its own. */
  readonly isPart?: boolean;
  /** Where that, with the schema, tells it apart. */
  readonly name?: string;
}

const RELKINDS: Readonly<Record<string, string>> = {
  ...{ r: "table", p: "table", i: "index", I: "index", S: "sequence", t: "toast table" },
  ...{ v: "view", m: "materialized view", c: "composite type", f: "foreign table" },
};
const PROKINDS: Readonly<Record<string, string>> = { a: "aggregate", p: "procedure" };
/** As ALTER DEFAULT PRIVILEGES calls them. */
const DEFAULTS: Readonly<Record<string, string>> = {
  ...{ r: "tables", S: "sequences", f: "functions", T: "types", n: "schemas" },
};

/** Undefined: there is no such object, or none with an identity. */
export function identityOf(scope: NameScope, object: ObjectAddress): ObjectIdentity | undefined {
  return new Identities(scope).of(object);
}

/** The name of a schema, which one's own temporary one does not show. */
export const schemaName = ({ catalog }: NameScope, oid: Oid): string =>
  namespaceAlias(catalog, oid) ?? "";

class Identities {
  readonly #scope: NameScope;

  constructor(scope: NameScope) {
    this.#scope = scope;
  }

  get #catalog() {
    return this.#scope.catalog;
  }

  of(object: ObjectAddress): ObjectIdentity | undefined {
    const { classOid, oid } = object;
    switch (classOid) {
      case RELATION_CLASS:
        return this.#relation(oid, object.subId);
      case PROC_CLASS:
        return this.#routine(oid);
      case TYPE_CLASS:
        return this.#type(oid);
      case CONSTRAINT_CLASS:
        return this.#constraint(oid);
      case ATTRDEF_CLASS:
        return this.#default(oid);
      case REWRITE_CLASS:
      case TRIGGER_CLASS:
      case POLICY_CLASS:
        return this.#part(classOid, oid);
      case CAST_CLASS:
        return this.#cast(oid);
      case TRANSFORM_CLASS:
        return this.#transform(oid);
      case OPERATOR_CLASS:
        return this.#operator(oid);
      case OPCLASS_CLASS:
      case OPFAMILY_CLASS:
        return this.#operatorGroup(classOid, oid);
      case AMOP_CLASS:
      case AMPROC_CLASS:
        return this.#familyMember(classOid, oid);
      case DEFAULT_ACL_CLASS:
        return this.#defaultAcl(oid);
      case USER_MAPPING_CLASS:
        return this.#userMapping(oid);
      case PUBLICATION_REL_CLASS:
      case PUBLICATION_NAMESPACE_CLASS:
        return this.#published(classOid, oid);
      default:
        return this.#named(object);
    }
  }

  #qualified(namespace: Oid, name: string): string {
    return `${quoteIdentifier(schemaName(this.#scope, namespace))}.${quoteIdentifier(name)}`;
  }

  #typeText(type: Oid): string {
    return formatType(type, undefined, this.#scope, true);
  }

  #relation(oid: Oid, subId: number): ObjectIdentity | undefined {
    const row = this.#catalog.find(pgClass, "key", [oid]);
    if (!row) return undefined;
    const { relname, relnamespace: namespace, relkind } = row;
    const names = [schemaName(this.#scope, namespace), relname];
    const whole = this.#qualified(namespace, relname);
    const type = RELKINDS[relkind] ?? "relation";
    if (subId === 0) return { type, identity: whole, names, args: [], namespace, name: relname };
    const column = this.#catalog.find(pgAttribute, "key", [oid, subId])?.attname;
    if (column === undefined) return undefined;
    const identity = `${whole}.${quoteIdentifier(column)}`;
    return { type: `${type} column`, identity, names: [...names, column], args: [], namespace };
  }

  #routine(oid: Oid): ObjectIdentity | undefined {
    const row = this.#catalog.find(pgProc, "key", [oid]);
    if (!row) return undefined;
    const { proname, pronamespace: namespace, prokind, proargtypes } = row;
    const args = proargtypes.map((type) => this.#typeText(type));
    const identity = `${this.#qualified(namespace, proname)}(${args.join(",")})`;
    const names = [schemaName(this.#scope, namespace), proname];
    return { type: PROKINDS[prokind] ?? "function", identity, names, args, namespace };
  }

  #type(oid: Oid): ObjectIdentity | undefined {
    const named = this.#named({ classOid: TYPE_CLASS, oid, subId: 0 });
    const identity = this.#typeText(oid);
    return named && { ...named, identity, names: [identity] };
  }

  #constraint(oid: Oid): ObjectIdentity | undefined {
    const row = this.#catalog.find(pgConstraint, "key", [oid]);
    if (!row) return undefined;
    const { conname, connamespace: namespace, conrelid, contypid } = row;
    const name = quoteIdentifier(conname);
    if (conrelid !== 0) {
      const on = this.#relation(conrelid, 0);
      const names = [...(on?.names ?? []), conname];
      const identity = `${name} on ${on?.identity}`;
      return { type: "table constraint", identity, names, args: [], namespace };
    }
    const type = this.#typeText(contypid);
    const where = { names: [type], args: [conname], namespace };
    return { type: "domain constraint", identity: `${name} on ${type}`, ...where };
  }

  #default(oid: Oid): ObjectIdentity | undefined {
    const row = this.#catalog.find(pgAttrdef, "key", [oid]);
    const column = row && this.#relation(row.adrelid, row.adnum);
    if (!column) return undefined;
    return { ...column, type: "default value", identity: `for ${column.identity}`, isPart: true };
  }

  /** What has a name of its own on a relation. */
  #part(classOid: Oid, oid: Oid): ObjectIdentity | undefined {
    const found = this.#partRow(classOid, oid);
    const on = found && this.#relation(found.relation, 0);
    if (!on) return undefined;
    const { type, name } = found;
    const identity = `${quoteIdentifier(name)} on ${on.identity}`;
    const namespace = type === "rule" ? undefined : on.namespace;
    return { type, identity, names: [...on.names, name], args: [], namespace, isPart: true };
  }

  #partRow(classOid: Oid, oid: Oid) {
    const catalog = this.#catalog;
    if (classOid === REWRITE_CLASS) {
      const row = catalog.find(pgRewrite, "key", [oid]);
      return row && { type: "rule", name: row.rulename, relation: row.ev_class };
    }
    if (classOid === TRIGGER_CLASS) {
      const row = catalog.find(pgTrigger, "key", [oid]);
      return row && { type: "trigger", name: row.tgname, relation: row.tgrelid };
    }
    const row = catalog.find(pgPolicy, "key", [oid]);
    return row && { type: "policy", name: row.polname, relation: row.polrelid };
  }

  #cast(oid: Oid): ObjectIdentity | undefined {
    const row = this.#catalog.find(pgCast, "key", [oid]);
    if (!row) return undefined;
    const [from, to] = [this.#typeText(row.castsource), this.#typeText(row.casttarget)];
    return { type: "cast", identity: `(${from} AS ${to})`, names: [from], args: [to] };
  }

  #transform(oid: Oid): ObjectIdentity | undefined {
    const row = this.#catalog.find(pgTransform, "key", [oid]);
    const language = row && this.#catalog.find(pgLanguage, "key", [row.trflang])?.lanname;
    if (!row || language === undefined) return undefined;
    const type = this.#typeText(row.trftype);
    const identity = `for ${type} on language ${language}`;
    return { type: "transform", identity, names: [type], args: [language] };
  }

  #operator(oid: Oid): ObjectIdentity | undefined {
    const row = this.#catalog.find(pgOperator, "key", [oid]);
    if (!row) return undefined;
    const { oprname, oprnamespace: namespace } = row;
    const args = [row.oprleft, row.oprright].map((type) =>
      type === 0 ? "NONE" : this.#typeText(type),
    );
    const schema = schemaName(this.#scope, namespace);
    const identity = `${quoteIdentifier(schema)}.${oprname}(${args.join(",")})`;
    const kept = args.map((arg) => (arg === "NONE" ? "-" : arg));
    return { type: "operator", identity, names: [schema, oprname], args: kept, namespace };
  }

  #operatorGroup(classOid: Oid, oid: Oid): ObjectIdentity | undefined {
    const named = this.#named({ classOid, oid, subId: 0 });
    const method =
      classOid === OPFAMILY_CLASS
        ? this.#catalog.find(pgOpfamily, "key", [oid])?.opfmethod
        : this.#catalog.find(pgOpclass, "key", [oid])?.opcmethod;
    const using = method && this.#catalog.find(pgAm, "key", [method])?.amname;
    if (!named || using === undefined) return undefined;
    const shown = `${named.identity} USING ${quoteIdentifier(String(using))}`;
    return { ...named, identity: shown, names: [String(using), ...named.names] };
  }

  #familyMember(classOid: Oid, oid: Oid): ObjectIdentity | undefined {
    const isOperator = classOid === AMOP_CLASS;
    const operator = isOperator ? this.#catalog.find(pgAmop, "key", [oid]) : undefined;
    const called = isOperator ? undefined : this.#catalog.find(pgAmproc, "key", [oid]);
    const of = operator?.amopfamily ?? called?.amprocfamily;
    const number = operator?.amopstrategy ?? called?.amprocnum;
    const types = [
      operator?.amoplefttype ?? called?.amproclefttype,
      operator?.amoprighttype ?? called?.amprocrighttype,
    ];
    const family = of && this.#operatorGroup(OPFAMILY_CLASS, of);
    if (!family) return undefined;
    const kind = isOperator ? "operator" : "function";
    const args = types.map((type) => this.#typeText(type as Oid));
    const identity = `${kind} ${number} (${args.join(", ")}) of ${family.identity}`;
    const names = [...family.names, String(number)];
    return { type: `${kind} of access method`, identity, names, args };
  }

  #defaultAcl(oid: Oid): ObjectIdentity | undefined {
    const row = this.#catalog.find(pgDefaultAcl, "key", [oid]);
    if (!row) return undefined;
    const role = this.#roleName(row.defaclrole);
    const inSchema = row.defaclnamespace !== 0;
    const schema = inSchema ? schemaName(this.#scope, row.defaclnamespace) : "";
    const where = inSchema ? ` in schema ${quoteIdentifier(schema)}` : "";
    const what = DEFAULTS[row.defaclobjtype] ?? "";
    const identity = `for role ${quoteIdentifier(role)}${where} on ${what}`;
    const names = inSchema ? [role, schema] : [role];
    return { type: "default acl", identity, names, args: [row.defaclobjtype] };
  }

  #userMapping(oid: Oid): ObjectIdentity | undefined {
    const row = this.#catalog.find(pgUserMapping, "key", [oid]);
    const server = row && this.#catalog.find(pgForeignServer, "key", [row.umserver])?.srvname;
    if (!row || server === undefined) return undefined;
    const role = row.umuser === 0 ? "public" : this.#roleName(row.umuser);
    const identity = `${quoteIdentifier(role)} on server ${server}`;
    return { type: "user mapping", identity, names: [role], args: [server] };
  }

  #roleName(role: Oid): string {
    return this.#catalog.find(pgAuthid, "key", [role])?.rolname ?? "";
  }

  #published(classOid: Oid, oid: Oid): ObjectIdentity | undefined {
    const publication = (of: Oid) => this.#catalog.find(pgPublication, "key", [of])?.pubname ?? "";
    if (classOid === PUBLICATION_REL_CLASS) {
      const row = this.#catalog.find(pgPublicationRel, "key", [oid]);
      const table = row && this.#relation(row.prrelid, 0);
      if (!table) return undefined;
      const args = [publication(row.prpubid)];
      const identity = `${table.identity} in publication ${args[0]}`;
      return { type: "publication relation", identity, names: table.names, args };
    }
    const row = this.#catalog.find(pgPublicationNamespace, "key", [oid]);
    if (!row) return undefined;
    const [schema, args] = [schemaName(this.#scope, row.pnnspid), [publication(row.pnpubid)]];
    const identity = `${schema} in publication ${args[0]}`;
    return { type: "publication namespace", identity, names: [schema], args };
  }

  /** What has a name, and perhaps a schema, that tells it apart. */
  #named({ classOid, oid }: ObjectAddress): ObjectIdentity | undefined {
    const objects = objectClassOf(classOid);
    const row = objects && this.#catalog.find(objects.relation, "key", [oid]);
    if (!objects || !row) return undefined;
    const { name, namespace } = factsOf(objects, row as ObjectRow);
    const { noun: type, classOid: numbered } = objects;
    if (numbered !== undefined) return { type, identity: name, names: [name], args: [] };
    if (namespace === undefined) {
      return { type, identity: quoteIdentifier(name), names: [name], args: [], name };
    }
    const identity = this.#qualified(namespace, name);
    const names = [schemaName(this.#scope, namespace), name];
    return { type, identity, names, args: [], namespace, name };
  }
}
