/**
 * has_…_privilege, pg_has_role and functions of aclitem.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-ACCESS
 */

import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import {
  type Acl,
  bitsOf,
  defaultAcl,
  kinds,
  PRIVILEGE_WORDS,
  privilegeNamed,
  readItem,
  storedAcl,
  storedItem,
} from "../../catalog/acl.ts";
import { hasRole, isAdmin, isMember } from "../../catalog/memberships.ts";
import { hasPrivilege, securableParameter, type Wanted } from "../../catalog/privileges.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { systemColumnName, systemColumnNumber } from "../../catalog/system-columns.ts";
import { decodeArray, encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { asNumber, asOid, asText, define, defineSet, isTrue, truth } from "./define.ts";
import type { FunctionContext, FunctionDefinition, SetFunctionDefinition } from "./registry.ts";
import { type SecurableKind, securables } from "./securables.ts";

const unknownPrivilege = (text: string) =>
  new SqlError("22023", `unrecognized privilege type: "${text}"`);

/** RULE, a privilege of tables that there is no more, is read and nobody has it. */
const NOTHING: Wanted = { privilege: 0, withGrantOption: false };

/** `select, update with grant option`: each a privilege of the kind's letters. */
function readWanted(text: string, letters: string): Wanted[] {
  return text.split(",").map((part) => {
    const word = part.trim().toUpperCase();
    const name = word.replace(/ WITH GRANT OPTION$/, "");
    if (name === "RULE" && letters === kinds.table.all) return NOTHING;
    const privilege = privilegeNamed(name);
    if (privilege === undefined || !(privilege & bitsOf(letters))) {
      throw unknownPrivilege(part.trim());
    }
    return { privilege, withGrantOption: name !== word };
  });
}

type RoleArgument = "current" | "name" | "oid";

function roleOf(kind: RoleArgument, value: Scalar, context: FunctionContext): Oid {
  if (kind === "current") return context.user.oid;
  if (kind === "oid") return asOid(value);
  const name = asText(value);
  const row = context.catalog.find(pgAuthid, "rolname", [name]);
  if (row) return row.oid;
  if (name === "public") return oid(0);
  throw new SqlError("42704", `role "${name}" does not exist`);
}

/** The first argument is a role's name, its oid, or absent. */
const roleArguments: readonly (readonly [RoleArgument, string])[] = [
  ["name", "name, "],
  ["oid", "oid, "],
  ["current", ""],
];
const objectArguments = ["text", "oid"] as const;

const objectFunctions = securables.flatMap((kind) =>
  roleArguments.flatMap(([role, prefix]) =>
    objectArguments.map((object) =>
      define(`${kind.name}(${prefix}${object}, text)`, (context, ...args) => {
        const rest = role === "current" ? args : args.slice(1);
        const user = roleOf(role, args[0] as Scalar, context);
        const id = object === "oid" ? asOid(rest[0]) : kind.resolve(asText(rest[0]), context);
        const wanted = readWanted(asText(rest[1]), kind.letters);
        return answer(kind, id, user, wanted, context);
      }),
    ),
  ),
);

function answer(
  kind: SecurableKind,
  id: Oid,
  user: Oid,
  wanted: readonly Wanted[],
  context: FunctionContext,
): Scalar {
  const object = kind.find(id, context);
  if (!object) return null;
  return truth(hasPrivilege(context.catalog, user, object, wanted));
}

const tables = securables.find(({ name }) => name === "has_table_privilege") as SecurableKind;

/** On the whole table, or on the column. */
function columnAnswer(
  relation: Oid,
  attnum: number,
  user: Oid,
  text: string,
  context: FunctionContext,
) {
  const wanted = readWanted(text, kinds.column.all);
  const table = tables.find(relation, context);
  const column = context.catalog.find(pgAttribute, "key", [relation, attnum]);
  const isThere = column ? !column.attisdropped : systemColumnName(attnum) !== "";
  if (!table || !isThere) return null;
  if (hasPrivilege(context.catalog, user, table, wanted)) return 1n;
  const object = { kind: kinds.column, owner: table.owner, acl: column?.attacl ?? null };
  return truth(hasPrivilege(context.catalog, user, object, wanted));
}

function columnNumber(relation: Oid, name: string, context: FunctionContext): number {
  // A dropped column's, too, of which there is no answer.
  const row = context.catalog.find(pgAttribute, "relid_attnam", [relation, name]);
  const table = context.catalog.find(pgClass, "key", [relation]);
  const attnum = row?.attnum ?? (table && systemColumnNumber(table, name));
  if (attnum !== undefined) return attnum;
  const message = `column "${name}" of relation "${table?.relname ?? ""}" does not exist`;
  throw new SqlError("42703", message);
}

const columnFunctions = roleArguments.flatMap(([role, prefix]) =>
  objectArguments.flatMap((object) =>
    ["text", "int2"].map((column) =>
      define(`has_column_privilege(${prefix}${object}, ${column}, text)`, (context, ...args) => {
        const rest = role === "current" ? args : args.slice(1);
        const user = roleOf(role, args[0] as Scalar, context);
        const relation =
          object === "oid" ? asOid(rest[0]) : tables.resolve(asText(rest[0]), context);
        if (!context.catalog.find(pgClass, "key", [relation])) return null;
        const attnum =
          column === "text" ? columnNumber(relation, asText(rest[1]), context) : asNumber(rest[1]);
        return columnAnswer(relation, attnum, user, asText(rest[2]), context);
      }),
    ),
  ),
);

const anyColumnFunctions = roleArguments.flatMap(([role, prefix]) =>
  objectArguments.map((object) =>
    define(`has_any_column_privilege(${prefix}${object}, text)`, (context, ...args) => {
      const rest = role === "current" ? args : args.slice(1);
      const user = roleOf(role, args[0] as Scalar, context);
      const relation = object === "oid" ? asOid(rest[0]) : tables.resolve(asText(rest[0]), context);
      if (!tables.find(relation, context)) return null;
      const columns = context.catalog.list(pgAttribute, "key", [relation]);
      const text = asText(rest[1]);
      const some = columns.some(
        ({ attnum }) => columnAnswer(relation, attnum, user, text, context) === 1n,
      );
      return truth(some);
    }),
  ),
);

/** A setting that nobody was granted has no row, and need not be known. */
const parameterFunctions = roleArguments.map(([role, prefix]) =>
  define(`has_parameter_privilege(${prefix}text, text)`, (context, ...args) => {
    const rest = role === "current" ? args : args.slice(1);
    const user = roleOf(role, args[0] as Scalar, context);
    const wanted = readWanted(asText(rest[1]), kinds.parameter.all);
    const object = securableParameter(context.catalog, asText(rest[0]).toLowerCase());
    return truth(hasPrivilege(context.catalog, user, object, wanted));
  }),
);

/** MEMBER: may SET ROLE; USAGE: has its privileges at once; … WITH ADMIN OPTION: may grant it. */
function answerRole(user: Oid, role: Oid, text: string, { catalog }: FunctionContext): Scalar {
  const some = text.split(",").some((part) => {
    const word = part.trim().toUpperCase();
    const mode = word.replace(/ WITH (ADMIN|GRANT) OPTION$/, "");
    if (mode !== "MEMBER" && mode !== "USAGE") throw unknownPrivilege(part.trim());
    if (mode !== word) return isAdmin(catalog, user, role);
    return mode === "USAGE" ? hasRole(catalog, user, role) : isMember(catalog, user, role);
  });
  return truth(some);
}

const roleFunctions = roleArguments.flatMap(([role, prefix]) =>
  (["name", "oid"] as const).map((target) =>
    define(`pg_has_role(${prefix}${target}, text)`, (context, ...args) => {
      const rest = role === "current" ? args : args.slice(1);
      const user = roleOf(role, args[0] as Scalar, context);
      const wanted = roleOf(target, rest[0] as Scalar, context);
      return answerRole(user, wanted, asText(rest[1]), context);
    }),
  ),
);

const defaultKinds: Readonly<Record<string, keyof typeof kinds>> = {
  c: "column",
  r: "table",
  s: "sequence",
  d: "database",
  f: "function",
  l: "language",
  L: "largeObject",
  n: "schema",
  p: "parameter",
  t: "tablespace",
  F: "fdw",
  S: "server",
  T: "type",
};

const aclFunctions: readonly FunctionDefinition[] = [
  define("acldefault(char, oid)", (_context, type, owner) => {
    const kind = defaultKinds[asText(type)];
    if (kind === undefined) {
      throw new SqlError("XX000", `unrecognized objtype abbreviation: ${asText(type)}`);
    }
    return encodeList(storedAcl(defaultAcl(kinds[kind], asOid(owner))));
  }),
  define("makeaclitem(oid, oid, text, bool)", (_context, grantee, grantor, text, grantable) => {
    const privileges = privilegeNamed(asText(text).trim());
    if (privileges === undefined) throw unknownPrivilege(asText(text));
    const grantOptions = isTrue(grantable) ? privileges : 0;
    const roles = { grantee: asOid(grantee), grantor: asOid(grantor) };
    return storedItem({ ...roles, privileges, grantOptions });
  }),
  define("aclcontains(_aclitem, aclitem)", (_context, acl, item) => {
    const wanted = readItem(asText(item));
    const found = itemsOf(asText(acl)).some((one) => {
      const same = one.grantee === wanted.grantee && one.grantor === wanted.grantor;
      const options = (one.grantOptions & wanted.grantOptions) === wanted.grantOptions;
      return same && options && (one.privileges & wanted.privileges) === wanted.privileges;
    });
    return truth(found);
  }),
];

/** An empty list has no dimension here, as `{}`, which PostgreSQL refuses. Throws 22023, 22004. */
function itemsOf(acl: string): Acl {
  const { dimensions, elements } = decodeArray(acl, "text");
  if (dimensions.length > 1) throw new SqlError("22023", "ACL arrays must be one-dimensional");
  if (elements.includes(null)) {
    throw new SqlError("22004", "ACL arrays must not contain null values");
  }
  return elements.map((text) => readItem(asText(text)));
}

/** One row per privilege, in the order of their bits. */
function* explode(acl: string): Iterable<readonly Scalar[]> {
  for (const item of itemsOf(acl)) {
    for (const [bit, word] of PRIVILEGE_WORDS.entries()) {
      if (!(item.privileges & (1 << bit))) continue;
      const grantable = truth(Boolean(item.grantOptions & (1 << bit)));
      yield [BigInt(item.grantor), BigInt(item.grantee), word, grantable];
    }
  }
}

export const privilegeFunctions: readonly FunctionDefinition[] = [
  ...objectFunctions,
  ...columnFunctions,
  ...anyColumnFunctions,
  ...parameterFunctions,
  ...roleFunctions,
  ...aclFunctions,
];

export const privilegeSetFunctions: readonly SetFunctionDefinition[] = [
  defineSet("aclexplode(_aclitem)", (_context, acl) => explode(asText(acl))),
];
