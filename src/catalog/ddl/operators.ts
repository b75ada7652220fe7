/**
 * CREATE and ALTER OPERATOR. A commutator or negator that is not there yet becomes a shell, an
 * operator without a function, which its own CREATE OPERATOR fills.
 * https://www.postgresql.org/docs/15/sql-createoperator.html
 */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { SqlError, warning } from "../../base/sql-error.ts";
import { kinds } from "../acl.ts";
import { NAMESPACE_CLASS, OPERATOR_CLASS, PROC_CLASS, TYPE_CLASS } from "../class-oids.ts";
import type { AlterOperator, CreateOperator, DefinitionItem } from "../defined-statement.ts";
import { addDependency, addOwner, referencesOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { checkOwner, may } from "../privileges.ts";
import type { Tuple } from "../relation.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgOperator } from "../relations/pg-operator.ts";
import type { pgProc } from "../relations/pg-proc.ts";
import { pgType } from "../relations/pg-type.ts";
import type { QualifiedName } from "../statement.ts";
import { booleanOf } from "../statement-option.ts";
import { lockName } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { namespacesOf, nameText } from "./find-named.ts";
import { lockFound } from "./find-object.ts";
import { findOperator, findRoutineOfTypes, typeOf } from "./find-routine.ts";
import { checkNotInSystem, creationNamespace } from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";
import { link } from "./operator-links.ts";
import { checkMayUseType } from "./type-owner.ts";

type OperatorTuple = Tuple<(typeof pgOperator)["columns"]>;

const [BOOL, INT2, INT4, OID, FLOAT8, INTERNAL] = [16, 21, 23, 26, 701, 2281].map(oid) as [
  ...[Oid, Oid, Oid, Oid, Oid, Oid],
];

/** Arguments of selectivity estimators. */
const RESTRICT = [INTERNAL, OID, INTERNAL, INT4];
const JOIN = [INTERNAL, OID, INTERNAL, INT2, INTERNAL];

const invalid = (message: string, detail?: string): SqlError =>
  new SqlError("42P13", message, detail === undefined ? {} : { detail });

interface Options {
  left?: DefinitionItem;
  right?: DefinitionItem;
  function?: DefinitionItem;
  commutator?: DefinitionItem;
  negator?: DefinitionItem;
  restrict?: DefinitionItem;
  join?: DefinitionItem;
  hashes: boolean;
  merges: boolean;
}

const NAMES: Readonly<Record<string, Exclude<keyof Options, "hashes" | "merges">>> = {
  leftarg: "left",
  rightarg: "right",
  function: "function",
  procedure: "function",
  commutator: "commutator",
  negator: "negator",
  restrict: "restrict",
  join: "join",
};
/** Operators of a merge join, which MERGES alone stands for. */
const OBSOLETE = new Set(["sort1", "sort2", "ltcmp", "gtcmp"]);

function readOptions(context: DdlContext, items: readonly DefinitionItem[]): Options {
  const options: Options = { hashes: false, merges: false };
  for (const item of items) {
    const { name, type } = item;
    const known = NAMES[name];
    if ((known === "left" || known === "right") && type?.setof) {
      throw invalid("SETOF type not allowed for operator argument");
    }
    if (known) options[known] = item;
    else if (name === "hashes") options.hashes = booleanOf(item);
    else if (name === "merges") options.merges = booleanOf(item);
    else if (OBSOLETE.has(name)) options.merges = true;
    else context.notice(warning("42601", `operator attribute "${name}" not recognized`));
  }
  return options;
}

/** Throws 42P13, 42723, 42883, 42501, and what looking up names throws. */
export function createOperator(context: DdlContext, statement: CreateOperator): void {
  const { catalog, user } = context;
  const { operator } = statement;
  const namespace = creationNamespace(context, operator);
  const options = readOptions(context, statement.items);
  if (!options.function?.named) throw invalid("operator function must be specified");
  const operand = (item: DefinitionItem | undefined): Oid => {
    if (!item?.type) return INVALID_OID;
    const type = typeOf(context, item.type.name);
    checkMayUseType(context, type);
    return type.oid;
  };
  if (!options.left && !options.right) {
    throw invalid("operator argument types must be specified");
  }
  if (!options.right) {
    const detail = "Postfix operators are not supported.";
    throw invalid("operator right argument type must be specified", detail);
  }
  const [left, right] = [operand(options.left), operand(options.right)];
  const types = left === INVALID_OID ? [right] : [left, right];
  const code = findRoutineOfTypes(context, options.function.named, types);
  checkMayExecute(context, code);
  const result = catalog.find(pgType, "key", [code.prorettype]);
  if (result) checkMayUseType(context, result);
  const restrict = estimator(context, options.restrict, RESTRICT, "restriction");
  const join = estimator(context, options.join, JOIN, "join");
  checkFits(options, left, code.prorettype === BOOL);
  lockName(context, OPERATOR_CLASS, namespace.oid, operator.name);
  const key = [operator.name, left, right, namespace.oid];
  const shell = catalog.find(pgOperator, "oprname_l_r_n", key);
  if (shell && shell.oprcode !== INVALID_OID) {
    throw new SqlError("42723", `operator ${operator.name} already exists`);
  }
  if (shell) checkOwner(catalog, user.oid, shell.oprowner, "operator", operator.name);
  const self = shell?.oid ?? context.allocateOid();
  const made = { operator: { ...operator, oid: self, left, right, namespace: namespace.oid } };
  const commutator = partner(context, options.commutator, { ...made, isCommutator: true });
  const negator = partner(context, options.negator, { ...made, isCommutator: false });
  const row = {
    ...facts(made.operator, left),
    ...{ oprcanmerge: options.merges, oprcanhash: options.hashes },
    ...{ oprresult: code.prorettype, oprcode: code.oid, oprrest: restrict, oprjoin: join },
    ...{ oprcom: commutator, oprnegate: negator },
  };
  store(context, row, shell);
  link(context, self, commutator, "oprcom");
  link(context, self, negator, "oprnegate");
}

interface Made {
  readonly name: string;
  readonly oid: Oid;
  readonly left: Oid;
  readonly right: Oid;
  readonly namespace: Oid;
}

const facts = ({ name, oid: id, right, namespace }: Made, left: Oid) => ({
  ...{ oid: id, oprname: name, oprnamespace: namespace },
  ...{ oprkind: left === INVALID_OID ? "l" : "b", oprleft: left, oprright: right },
});

type NewOperator = ReturnType<typeof facts> &
  Pick<OperatorTuple, "oprresult" | "oprcode"> &
  Partial<OperatorTuple>;

function store(context: DdlContext, row: NewOperator, shell: OperatorTuple | undefined): void {
  const { catalog, user } = context;
  const self = addressOf(OPERATOR_CLASS, row.oid);
  if (shell) {
    for (const each of referencesOf(catalog, self)) {
      if (each.deptype !== "e") catalog.delete(pgDepend, each);
    }
    catalog.update(pgOperator, shell, row);
  } else {
    catalog.insert(pgOperator, { ...row, oprowner: user.oid });
    addOwner(catalog, self, user.oid);
  }
  const { oprnamespace, oprleft, oprright, oprresult, oprcode } = row;
  const needs = [
    addressOf(NAMESPACE_CLASS, oprnamespace),
    ...new Set([oprleft, oprright, oprresult].map((type) => addressOf(TYPE_CLASS, type))),
    ...[oprcode, row.oprrest, row.oprjoin].map((one) => addressOf(PROC_CLASS, one ?? INVALID_OID)),
  ];
  const seen = new Set<string>();
  for (const object of needs) {
    const key = `${object.classOid}.${object.oid}`;
    if (object.oid !== INVALID_OID && !seen.has(key)) addDependency(catalog, self, object, "n");
    seen.add(key);
  }
}

/** The commutator or negator; a shell where it is not there. */
function partner(
  context: DdlContext,
  item: DefinitionItem | undefined,
  { operator, isCommutator }: { readonly operator: Made; readonly isCommutator: boolean },
): Oid {
  if (!item?.named) return INVALID_OID;
  const { catalog, user } = context;
  const { named } = item;
  const [left, right] = isCommutator
    ? [operator.right, operator.left]
    : [operator.left, operator.right];
  const found = namespacesOf(context, named)
    .map((each) => catalog.find(pgOperator, "oprname_l_r_n", [named.name, left, right, each]))
    .find((row) => row !== undefined);
  if (found && found.oid !== operator.oid) {
    checkOwner(catalog, user.oid, found.oprowner, "operator", nameText(named));
    return found.oid;
  }
  const namespace = creationNamespace(context, named);
  const isSelf =
    found !== undefined ||
    (named.name === operator.name &&
      namespace.oid === operator.namespace &&
      left === operator.left &&
      right === operator.right);
  if (isSelf && isCommutator) return operator.oid;
  if (isSelf) throw invalid("operator cannot be its own negator or sort operator");
  lockName(context, OPERATOR_CLASS, namespace.oid, named.name);
  checkNotInSystem(namespace, named.name);
  const shell = { ...operator, name: named.name, right, namespace: namespace.oid };
  const row = facts({ ...shell, oid: context.allocateOid() }, left);
  store(context, { ...row, oprresult: INVALID_OID, oprcode: INVALID_OID }, undefined);
  return row.oid;
}

function checkMayExecute(
  { catalog, user }: DdlContext,
  { proname, proowner: owner, proacl: acl }: Tuple<(typeof pgProc)["columns"]>,
): void {
  if (may(catalog, user.oid, { kind: kinds.function, owner, acl }, "X")) return;
  throw new SqlError("42501", `permission denied for function ${proname}`);
}

function estimator(
  context: DdlContext,
  item: DefinitionItem | undefined,
  types: readonly Oid[],
  what: "restriction" | "join",
): Oid {
  const named = item && estimatorName(item);
  if (!named) return INVALID_OID;
  const row = findRoutineOfTypes(context, named, types);
  if (row.prorettype !== FLOAT8) {
    const message = `${what} estimator function ${nameText(named)} must return type float8`;
    throw new SqlError("42P17", message);
  }
  checkMayExecute(context, row);
  return row.oid;
}

/** undefined: NONE. */
const estimatorName = ({ named }: DefinitionItem): QualifiedName | undefined =>
  named?.schema === undefined && named?.name === "none" ? undefined : named;

/** What only operators of two operands, and what only those of truth values have. */
function checkFits(options: Options, left: Oid, isBoolean: boolean): void {
  const { commutator, negator, restrict, join, merges, hashes } = options;
  const only = (which: string, clauses: readonly (readonly [unknown, string])[]) => {
    for (const [given, what] of clauses) {
      if (given) throw invalid(`only ${which} operators can ${what}`);
    }
  };
  const joins = [
    [join, "have join selectivity"],
    [merges, "merge join"],
    [hashes, "hash"],
  ] as const;
  if (left === INVALID_OID) only("binary", [[commutator, "have commutators"], ...joins]);
  const ofTruth = [
    [negator, "have negators"],
    [restrict, "have restriction selectivity"],
  ] as const;
  if (!isBoolean) only("boolean", [...ofTruth, ...joins]);
}

/** ALTER OPERATOR … SET. Throws 42601, 42501, 42883. */
export function alterOperator(context: DdlContext, statement: AlterOperator): void {
  const { catalog } = context;
  const changes: { oprrest?: Oid; oprjoin?: Oid } = {};
  const found = findOperator(context, statement.object);
  lockFound(context, found, "AccessExclusive");
  checkOwnership(context, found.ownership);
  const row = catalog.find(pgOperator, "key", [found.address.oid]);
  if (!row) throw new SqlError("XX000", `cache lookup failed for operator ${found.address.oid}`);
  for (const item of statement.items) {
    const { name, value, named } = item;
    if (value && !named) throw new SqlError("42601", `argument of ${name} must be a name`);
    if (name === "restrict") changes.oprrest = estimator(context, item, RESTRICT, "restriction");
    else if (name === "join") changes.oprjoin = estimator(context, item, JOIN, "join");
    else if (NAMES[name] || name === "hashes" || name === "merges") {
      throw new SqlError("42601", `operator attribute "${name}" cannot be changed`);
    } else throw new SqlError("42601", `operator attribute "${name}" not recognized`);
  }
  const given: Options = {
    ...{ hashes: false, merges: false },
    ...(changes.oprrest ? { restrict: statement.items[0] as DefinitionItem } : {}),
    ...(changes.oprjoin ? { join: statement.items[0] as DefinitionItem } : {}),
  };
  checkFits(given, row.oprleft, row.oprresult === BOOL);
  const self = addressOf(OPERATOR_CLASS, row.oid);
  for (const each of referencesOf(catalog, self)) catalog.delete(pgDepend, each);
  const { oprname, oprnamespace, oprkind, oprleft, oprright, oprresult, oprcode } = row;
  const { oprrest, oprjoin } = row;
  const kept = { oprname, oprnamespace, oprkind, oprleft, oprright, oprresult, oprcode };
  store(context, { oid: row.oid, ...kept, oprrest, oprjoin, ...changes }, row);
}
