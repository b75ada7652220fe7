/** What GRANT and REVOKE name, found and locked; and the rows that hold its privileges. */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError, withoutPosition } from "../../base/sql-error.ts";
import { relationTag } from "../../txn/lock-tag.ts";
import { kinds, type PrivilegeKind } from "../acl.ts";
import { relationByOid } from "../all-relations.ts";
import {
  BOOTSTRAP_SUPERUSER,
  DATABASE_CLASS,
  LANGUAGE_CLASS,
  LARGE_OBJECT_CLASS,
  NAMESPACE_CLASS,
  PARAMETER_ACL_CLASS,
  PROC_CLASS,
  RELATION_CLASS,
  TABLESPACE_CLASS,
  TYPE_CLASS,
} from "../class-oids.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { Grant, SecuredNoun } from "../grant-statement.ts";
import { getUsable } from "../names.ts";
import { objectClassOf } from "../object-classes.ts";
import type { Columns, Relation, Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgForeignDataWrapper } from "../relations/pg-foreign-data-wrapper.ts";
import { pgForeignServer } from "../relations/pg-foreign-server.ts";
import { pgParameterAcl } from "../relations/pg-parameter-acl.ts";
import { pgProc } from "../relations/pg-proc.ts";
import type { DdlContext } from "./context.ts";
import { findObject, lockFound } from "./find-object.ts";
import { getRelation, lockRelation, wrongKind } from "./lookup.ts";

/** Each in its turn; whoever changes one's privileges holds the others off until the end. */
export function grantTargets(context: DdlContext, statement: Grant): readonly ObjectAddress[] {
  const { target, of } = statement;
  switch (target.in) {
    case "relations":
      return target.names.map((name) => {
        const relation = getRelation(context, name);
        if (of && relation.relkind !== RELKINDS[of]) throw wrongKind(relation, of);
        return lockedRelation(context, relation.oid);
      });
    case "objects":
      return target.objects.map((object) => {
        const found = findObject(context, object);
        lockFound(context, found, "ShareUpdateExclusive");
        return found.address;
      });
    case "schemas":
      return target.schemas.flatMap((schema) => allIn(context, schema, statement));
    case "parameters":
      return target.names.flatMap((name) => settingNamed(context, name, statement.revoke));
  }
}

function lockedRelation(context: DdlContext, oid: Oid): ObjectAddress {
  lockRelation(context, oid, "ShareUpdateExclusive");
  return addressOf(RELATION_CLASS, oid);
}

/** Only what somebody was granted has a row: GRANT makes it, REVOKE passes over what has none. */
function settingNamed(
  { catalog, transaction, settings, allocateOid }: DdlContext,
  name: string,
  revoke: boolean,
): readonly ObjectAddress[] {
  transaction.lock(relationTag(0 as Oid, pgParameterAcl.oid), "ShareRowExclusive");
  const parname = revoke ? name.toLowerCase() : settings.grantedKey(name);
  const row = catalog.find(pgParameterAcl, "parname", [parname]);
  if (row) return [addressOf(PARAMETER_ACL_CLASS, row.oid)];
  if (revoke) return [];
  const oid = allocateOid();
  catalog.insert(pgParameterAcl, { oid, parname, paracl: null });
  return [addressOf(PARAMETER_ACL_CLASS, oid)];
}

const byAge = (a: { readonly oid: Oid }, b: { readonly oid: Oid }): number => a.oid - b.oid;

const RELKINDS = { "materialized view": "m", view: "v", source: "x", sink: "s" } as const;

function allIn(context: DdlContext, schema: string, { noun, of }: Grant): readonly ObjectAddress[] {
  const { catalog } = context;
  const namespace = withoutPosition(() => getUsable(catalog, schema, context.user.oid)).oid;
  if (noun === "table" || noun === "sequence") {
    const relkinds = of ? RELKINDS[of] : noun === "table" ? "rvmfp" : "S";
    return [...catalog.all(pgClass)]
      .filter(
        ({ relnamespace, relkind }) => relnamespace === namespace && relkinds.includes(relkind),
      )
      .sort(byAge)
      .map(({ oid }) => lockedRelation(context, oid));
  }
  return [...catalog.all(pgProc)]
    .filter(({ pronamespace }) => pronamespace === namespace)
    .filter(({ prokind }) => noun === "routine" || (prokind === "p") === (noun === "procedure"))
    .sort(byAge)
    .map(({ oid }) => addressOf(PROC_CLASS, oid));
}

/** Where the privileges of an object are that is no relation. */
export interface Secured {
  readonly relation: Relation;
  readonly row: Tuple<Columns>;
  readonly kind: PrivilegeKind;
  readonly owner: Oid;
  readonly acl: readonly string[] | null;
  readonly aclColumn: string;
  /** As messages call it. */
  readonly noun: string;
  readonly name: string;
}

const classes: Readonly<Record<number, readonly [kind: PrivilegeKind, noun: string]>> = {
  [DATABASE_CLASS]: [kinds.database, "database"],
  [NAMESPACE_CLASS]: [kinds.schema, "schema"],
  [PROC_CLASS]: [kinds.function, "function"],
  [TYPE_CLASS]: [kinds.type, "type"],
  [LANGUAGE_CLASS]: [kinds.language, "language"],
  [LARGE_OBJECT_CLASS]: [kinds.largeObject, "large object"],
  [TABLESPACE_CLASS]: [kinds.tablespace, "tablespace"],
  [pgForeignDataWrapper.oid]: [kinds.fdw, "foreign-data wrapper"],
  [pgForeignServer.oid]: [kinds.server, "foreign server"],
  [PARAMETER_ACL_CLASS]: [kinds.parameter, "parameter"],
};

/** Throws 42809 where the object's kind has no privileges of its own. */
export function securedAt(
  { catalog }: DdlContext,
  { classOid, oid }: ObjectAddress,
  asked: SecuredNoun,
): Secured {
  const relation = objectClassOf(classOid)?.relation ?? relationByOid(classOid);
  const row = relation && catalog.find(relation, "key", [oid]);
  const described = classes[classOid];
  if (!relation || !row || !described) throw notSupported("privileges of this object");
  const [kind, noun] = described;
  const column = (...ends: readonly string[]): string =>
    relation.columnNames.find((name) => ends.some((end) => name.endsWith(end))) ?? "";
  const value = row as unknown as Readonly<Record<string, unknown>>;
  const name = classOid === LARGE_OBJECT_CLASS ? `${noun} ${oid}` : String(value[column("name")]);
  checkSecured(value, asked, name);
  const aclColumn = column("acl");
  return {
    relation,
    row,
    kind,
    owner: (value[column("owner", "datdba")] ?? BOOTSTRAP_SUPERUSER) as Oid,
    acl: value[aclColumn] as readonly string[] | null,
    aclColumn,
    noun: asked === "procedure" ? "procedure" : asked === "routine" ? "routine" : noun,
    name,
  };
}

function checkSecured(row: Readonly<Record<string, unknown>>, asked: SecuredNoun, name: string) {
  if (asked === "language" && row["lanpltrusted"] === false) {
    throw new SqlError("42809", `language "${name}" is not trusted`, {
      detail:
        "GRANT and REVOKE are not allowed on untrusted languages, because only superusers can use untrusted languages.",
    });
  }
  if (asked !== "type" && asked !== "domain") return;
  const isArray = row["typlen"] === -1 && row["typelem"] !== 0 && row["typsubscript"] !== 0;
  if (isArray && row["typcategory"] === "A") {
    throw new SqlError("0LP01", "cannot set privileges of array types", {
      hint: "Set the privileges of the element type instead.",
    });
  }
  if (asked === "domain" && row["typtype"] !== "d") {
    throw new SqlError("42809", `"${name}" is not a domain`);
  }
}
