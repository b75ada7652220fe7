/**
 * OPERATORS AND FUNCTIONS OF A FAMILY: rows of pg_amop and pg_amproc. Each depends on what it is,
 * and belongs to its operator class or loosely to the family, as the access method says.
 * https://www.postgresql.org/docs/15/xindex.html
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { type AccessMethod, BTREE, HASH } from "../access-methods.ts";
import {
  AMOP_CLASS,
  AMPROC_CLASS,
  OPCLASS_CLASS,
  OPERATOR_CLASS,
  OPFAMILY_CLASS,
  PROC_CLASS,
} from "../class-oids.ts";
import { addDependency } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { FamilyItem } from "../operator-class-statement.ts";
import { pgAmop } from "../relations/pg-amop.ts";
import { pgAmproc } from "../relations/pg-amproc.ts";
import { pgOpclass } from "../relations/pg-opclass.ts";
import { pgOperator } from "../relations/pg-operator.ts";
import { pgOpfamily } from "../relations/pg-opfamily.ts";
import { pgProc } from "../relations/pg-proc.ts";
import type { TypeName } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import {
  findOperator,
  findOperatorGroup,
  findOperatorOfTypes,
  findRoutine,
  typeOf,
} from "./find-routine.ts";

export const invalid = (message: string): SqlError => new SqlError("42P17", message);

export interface Member {
  readonly kind: "operator" | "function";
  readonly number: number;
  readonly object: Oid;
  readonly left: Oid;
  readonly right: Oid;
  readonly sortFamily: Oid;
}

interface Group {
  readonly method: AccessMethod;
  readonly family: Oid;
  /** With the type that it is for; undefined: of ALTER OPERATOR FAMILY. */
  readonly opclass?: { readonly oid: Oid; readonly type: Oid };
}

/** 42P17 for a number that the access method has no use for. */
export function checkNumber(
  { strategies, supports }: AccessMethod,
  kind: Member["kind"],
  number: number,
): void {
  const most = kind === "operator" ? strategies || 32767 : supports;
  if (number > 0 && number <= most) return;
  throw invalid(`invalid ${kind} number ${number}, must be between 1 and ${most}`);
}

/** `type`: what the class is for. */
export function membersOf(
  context: DdlContext,
  method: AccessMethod,
  items: readonly FamilyItem[],
  type: Oid | undefined,
): Member[] {
  const found: Member[] = [];
  for (const item of items) {
    if (item.kind === "storage") continue;
    const member =
      item.kind === "operator"
        ? operatorMember(context, method, item, type)
        : functionMember(context, method, item, type);
    const isSame = (each: Member) =>
      each.kind === member.kind && each.number === member.number && sameTypes(each, member);
    if (found.some(isSame)) {
      const { kind, number } = member;
      throw invalid(
        `${kind} number ${number} for ${typesText(context, member)} appears more than once`,
      );
    }
    found.push(member);
  }
  return found;
}

const sameTypes = (a: Member, b: Member) => a.left === b.left && a.right === b.right;

const typesText = ({ expressions }: DdlContext, { left, right }: Pick<Member, "left" | "right">) =>
  `(${expressions.typeText(left)},${expressions.typeText(right)})`;

function operatorMember(
  context: DdlContext,
  method: AccessMethod,
  item: FamilyItem & { readonly kind: "operator" },
  type: Oid | undefined,
): Member {
  const { catalog } = context;
  checkNumber(method, "operator", item.number);
  if (!item.hasTypes && type === undefined) {
    const message = "operator argument types must be specified in ALTER OPERATOR FAMILY";
    throw new SqlError("42601", message);
  }
  const object =
    item.hasTypes || type === undefined
      ? findOperator(context, item.operator).address.oid
      : findOperatorOfTypes(context, item.operator.name, type, type).oid;
  const sortFamily = item.orderFamily
    ? findOperatorGroup(context, {
        ...{ kind: "operatorFamily", method: "btree", name: item.orderFamily },
      }).address.oid
    : INVALID_OID;
  const row = catalog.find(pgOperator, "key", [object]);
  if (row?.oprkind !== "b") throw invalid("index operators must be binary");
  if (sortFamily !== INVALID_OID) {
    if (!method.canOrderByOperator) {
      throw invalid(`access method "${method.name}" does not support ordering operators`);
    }
  } else if (row.oprresult !== BOOL) throw invalid("index search operators must return boolean");
  const { oprleft: left, oprright: right } = row;
  return { kind: "operator", number: item.number, object, left, right, sortFamily };
}

const [BOOL, INT4, INT8, VOID, INTERNAL] = [16, 23, 20, 2278, 2281].map(oid) as [
  Oid,
  Oid,
  Oid,
  Oid,
  Oid,
];

function functionMember(
  context: DdlContext,
  method: AccessMethod,
  item: FamilyItem & { readonly kind: "function" },
  type: Oid | undefined,
): Member {
  checkNumber(method, "function", item.number);
  const object = findRoutine(context, item.function).address.oid;
  const row = context.catalog.find(pgProc, "key", [object]);
  if (!row) throw new SqlError("XX000", `cache lookup failed for function ${object}`);
  const given = pairOf(context, item.types);
  const called = { args: row.proargtypes, result: row.prorettype };
  const natural = checkFunction(method, item.number, called, given ?? [], type);
  const [left, right] = given ?? natural ?? (type === undefined ? [] : [type, type]);
  if (left === undefined || right === undefined) {
    throw invalid("associated data types must be specified for index support function");
  }
  return { kind: "function", number: item.number, object, left, right, sortFamily: INVALID_OID };
}

/** One type stands for both. */
export function pairOf(
  context: DdlContext,
  types: readonly TypeName[],
): readonly [Oid, Oid] | undefined {
  const [left, right] = types.map((each) => typeOf(context, each).oid);
  if (types.length > 2) throw new SqlError("42601", "one or two argument types must be specified");
  return left === undefined ? undefined : [left, right ?? left];
}

interface Called {
  readonly args: readonly Oid[];
  readonly result: Oid;
}

/** What a method demands of its functions; answers the types that follow from one. */
function checkFunction(
  method: AccessMethod,
  number: number,
  called: Called,
  given: readonly Oid[],
  type: Oid | undefined,
): readonly [Oid, Oid] | undefined {
  if (number === method.optionsProcedure) {
    checkOptionsFunction(called, given, type);
    return undefined;
  }
  if (method.oid === BTREE) return btreeTypes(number, called, given);
  if (method.oid === HASH) return hashTypes(number, called);
  return undefined;
}

function checkOptionsFunction(
  { args, result }: Called,
  given: readonly Oid[],
  type: Oid | undefined,
): void {
  const words = "associated data types for operator class options parsing functions must match";
  if (type !== undefined && given.some((each) => each !== type)) {
    throw invalid(`${words} opclass input type`);
  }
  if (given[0] !== given[1]) throw invalid(`left and right ${words}`);
  if (result === VOID && args.length === 1 && args[0] === INTERNAL) return;
  throw new SqlError("42P17", "invalid operator class options parsing function", {
    hint: "Valid signature of operator class options parsing function is (internal) RETURNS void.",
  });
}

const COUNTS = ["", "one argument", "two arguments", "", "", "five arguments"];

function demand(what: string, { args, result }: Called, count: number, wanted: Oid, name: string) {
  if (args.length !== count) throw invalid(`${what} must have ${COUNTS[count]}`);
  if (result !== wanted) throw invalid(`${what} must return ${name}`);
}

function btreeTypes(
  number: number,
  called: Called,
  given: readonly Oid[],
): readonly [Oid, Oid] | undefined {
  const [first, second, third] = called.args as [Oid, Oid, Oid];
  switch (number) {
    case 1:
      demand("btree comparison functions", called, 2, INT4, "integer");
      return [first, second];
    case 2:
      if (called.args.length !== 1 || first !== INTERNAL) {
        throw invalid('btree sort support functions must accept type "internal"');
      }
      if (called.result !== VOID) throw invalid("btree sort support functions must return void");
      return undefined;
    case 3:
      demand("btree in_range functions", called, 5, BOOL, "boolean");
      return [first, third];
    case 4:
      demand("btree equal image functions", called, 1, BOOL, "boolean");
      if (given[0] !== given[1])
        throw invalid("btree equal image functions must not be cross-type");
      return undefined;
    default:
      return undefined;
  }
}

function hashTypes(number: number, called: Called): readonly [Oid, Oid] | undefined {
  if (number === 1) demand("hash function 1", called, 1, INT4, "integer");
  else demand("hash function 2", called, 2, INT8, "bigint");
  const [first] = called.args as [Oid];
  return [first, first];
}

/** Stages them; `isNew` is ADD, which says what is there already. Throws 42710, 42P17. */
export function storeMembers(
  context: DdlContext,
  group: Group,
  members: readonly Member[],
  family: string,
  isAdd: boolean,
): void {
  // What is wrong with any of them is said before one is there.
  const owners = members.map((member) => ownerOf(context, group, member));
  const at = (kind: Member["kind"]) =>
    members.flatMap((each, n) => (each.kind === kind ? [n] : []));
  for (const number of [...at("operator"), ...at("function")]) {
    const member = members[number] as Member;
    const owner = owners[number] as Owner;
    if (isAdd && findMember(context, group.family, member)) {
      const shown = `${member.kind} ${member.number}${typesText(context, member)}`;
      throw new SqlError("42710", `${shown} already exists in operator family "${family}"`);
    }
    storeMember(context, group, member, owner);
  }
}

interface Key {
  readonly kind: Member["kind"];
  readonly number: number;
  readonly left: Oid;
  readonly right: Oid;
}

function findMember({ catalog }: DdlContext, family: Oid, { kind, ...member }: Key) {
  const key = [family, member.left, member.right, member.number];
  return kind === "operator"
    ? catalog.find(pgAmop, "fam_strat", key)
    : catalog.find(pgAmproc, "fam_proc", key);
}

function storeMember(
  context: DdlContext,
  { method, family }: Group,
  { kind, number, object, left, right, sortFamily }: Member,
  { hard, address }: Owner,
): void {
  const { catalog } = context;
  const id = context.allocateOid();
  const isOperator = kind === "operator";
  if (isOperator) {
    catalog.insert(pgAmop, {
      ...{ oid: id, amopfamily: family, amoplefttype: left, amoprighttype: right },
      ...{ amopstrategy: number, amopopr: object, amopmethod: method.oid },
      ...{ amoppurpose: sortFamily === INVALID_OID ? "s" : "o", amopsortfamily: sortFamily },
    });
  } else {
    catalog.insert(pgAmproc, {
      ...{ oid: id, amprocfamily: family, amproclefttype: left, amprocrighttype: right },
      ...{ amprocnum: number, amproc: object },
    });
  }
  const self = addressOf(isOperator ? AMOP_CLASS : AMPROC_CLASS, id);
  const needed = addressOf(isOperator ? OPERATOR_CLASS : PROC_CLASS, object);
  addDependency(catalog, self, needed, hard ? "n" : "a");
  addDependency(catalog, self, address, hard ? "i" : "a");
  if (sortFamily === INVALID_OID) return;
  addDependency(catalog, self, addressOf(OPFAMILY_CLASS, sortFamily), hard ? "n" : "a");
}

interface Owner {
  /** It goes with nothing else. */
  readonly hard: boolean;
  readonly address: ReturnType<typeof addressOf>;
}

/** Functions without which a method cannot do. */
const REQUIRED: Readonly<Partial<Record<AccessMethod["base"], readonly number[]>>> = {
  ...{ btree: [1], hash: [1], gist: [1, 2, 5, 6, 7], gin: [2, 3], spgist: [1, 2, 3, 4, 5] },
};

function ownerOf(context: DdlContext, group: Group, member: Member): Owner {
  const { method, family, opclass } = group;
  const loose = { hard: false, address: addressOf(OPFAMILY_CLASS, family) };
  const own = opclass && { hard: true, address: addressOf(OPCLASS_CLASS, opclass.oid) };
  const required = REQUIRED[method.base];
  if (!required) return own ?? loose;
  if (member.kind === "function" && !required.includes(member.number)) return loose;
  if (method.base !== "btree" && method.base !== "hash") {
    if (member.kind === "operator") return loose;
    return own ?? { ...loose, hard: true };
  }
  if (member.left !== member.right) return loose;
  if (own && opclass?.type === member.left) return own;
  const sorting = method.base === "btree" ? BTREE : HASH;
  const found = classFor(context, sorting, family, member.left);
  return found === undefined ? loose : { hard: true, address: addressOf(OPCLASS_CLASS, found) };
}

/** A class of the family that is for the type. */
const classFor = ({ catalog }: DdlContext, method: Oid, family: Oid, type: Oid): Oid | undefined =>
  catalog
    .list(pgOpclass, "am_name_nsp", [method])
    .find(({ opcfamily, opcintype }) => opcfamily === family && opcintype === type)?.oid;

export const familyName = ({ catalog }: DdlContext, family: Oid): string =>
  catalog.find(pgOpfamily, "key", [family])?.opfname ?? "";

/** Of ALTER OPERATOR FAMILY … DROP. */
export function memberToDrop(context: DdlContext, family: Oid, shown: string, key: Key) {
  const found = findMember(context, family, key);
  if (found) return addressOf(key.kind === "operator" ? AMOP_CLASS : AMPROC_CLASS, found.oid);
  const what = `${key.kind} ${key.number}${typesText(context, key)}`;
  throw new SqlError("42704", `${what} does not exist in operator family "${shown}"`);
}
