/**
 * pg_identify_object: what tells any object apart, for a row that names it by class and oid.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-OBJECT-TABLE
 */
import { type Oid, oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import {
  ATTRDEF_CLASS,
  CAST_CLASS,
  CONSTRAINT_CLASS,
  DEFAULT_ACL_CLASS,
  POLICY_CLASS,
  PROC_CLASS,
  PUBLICATION_NAMESPACE_CLASS,
  PUBLICATION_REL_CLASS,
  RELATION_CLASS,
  REWRITE_CLASS,
  TRIGGER_CLASS,
  USER_MAPPING_CLASS,
} from "../../catalog/class-oids.ts";
import type { ObjectAddress } from "../../catalog/describe.ts";
import { objectClassOf } from "../../catalog/object-classes.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import { encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { asNumber, asOid, defineSet } from "./define.ts";
import { identityOf, type ObjectIdentity, schemaName } from "./object-identity.ts";
import type { FunctionContext, SetFunctionDefinition } from "./registry.ts";

/** What is not there is called so, where the class's noun does not say it. */
const absent: ReadonlyMap<Oid, string> = new Map([
  [RELATION_CLASS, "relation"],
  [PROC_CLASS, "routine"],
  [CONSTRAINT_CLASS, "constraint"],
  [ATTRDEF_CLASS, "default value"],
  [REWRITE_CLASS, "rule"],
  [TRIGGER_CLASS, "trigger"],
  [POLICY_CLASS, "policy"],
  [CAST_CLASS, "cast"],
  [DEFAULT_ACL_CLASS, "default acl"],
  [USER_MAPPING_CLASS, "user mapping"],
  [PUBLICATION_REL_CLASS, "publication relation"],
  [PUBLICATION_NAMESPACE_CLASS, "publication namespace"],
]);

/** Members of operator families, and transforms: there are some that no identity is made of. */
const unnamed: ReadonlyMap<Oid, string> = new Map([
  [oid(2602), "operator of access method"],
  [oid(2603), "function of access method"],
  [oid(3576), "transform"],
]);

function absentType(context: FunctionContext, { classOid, oid: id, subId }: ObjectAddress): string {
  const other = unnamed.get(classOid);
  if (other !== undefined) {
    if (id === 0) return other;
    throw notSupported(`the identity of an object of kind "${other}"`);
  }
  if (classOid === RELATION_CLASS && subId !== 0) {
    const table = identityOf(context, { classOid, oid: id, subId: 0 });
    if (table) return `${table.type} column`;
  }
  const noun = absent.get(classOid) ?? objectClassOf(classOid)?.noun;
  if (noun === undefined) throw new SqlError("XX000", `unrecognized object class: ${classOid}`);
  return noun;
}

const addressOf = (args: readonly Scalar[]): ObjectAddress => ({
  classOid: asOid(args[0]),
  oid: asOid(args[1]),
  subId: asNumber(args[2]),
});

const schemaOf = (context: FunctionContext, { namespace, isPart }: ObjectIdentity): Scalar =>
  namespace === undefined || isPart ? null : quoteIdentifier(schemaName(context, namespace));

function identified(context: FunctionContext, address: ObjectAddress): readonly Scalar[] {
  const found = identityOf(context, address);
  if (!found) return [absentType(context, address), null, null, null];
  const isColumn = address.classOid === RELATION_CLASS && address.subId !== 0;
  const whole = isColumn ? identityOf(context, { ...address, subId: 0 }) : found;
  const schema = whole ? schemaOf(context, whole) : null;
  const name = whole?.name === undefined ? null : quoteIdentifier(whole.name);
  return [found.type, schema, name, found.identity];
}

export const identifyFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_identify_object(oid, oid, int4)", (context, ...args) => [
    identified(context, addressOf(args)),
  ]),
  defineSet("pg_identify_object_as_address(oid, oid, int4)", (context, ...args) => {
    const address = addressOf(args);
    const found = identityOf(context, address);
    if (!found) return [[absentType(context, address), null, null]];
    return [[found.type, encodeList(found.names), encodeList(found.args)]];
  }),
];
