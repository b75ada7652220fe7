/**
 * Which unique indexes the target of ON CONFLICT means: those over exactly its columns and
 * expressions, whose predicate is among its conditions.
 * https://www.postgresql.org/docs/15/sql-insert.html#SQL-ON-CONFLICT
 */
import type { IndexElem, InferClause, Node } from "@pgsql/types";
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { pgConstraint } from "../../catalog/relations/pg-constraint.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { decodeTree, decodeTrees } from "./codec.ts";
import { coerceToBoolean } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import { bindCollationName } from "./collation-name.ts";
import type { ConflictArbiter, Inference, InferenceElement, OnConflict } from "./modify.ts";
import { strings } from "./node.ts";
import { sameExpression } from "./same-expression.ts";
import type { Scope } from "./scope.ts";
import type { Target } from "./target-table.ts";
import type { Expression } from "./tree.ts";
import { UNKNOWN } from "./type-oids.ts";

const BTREE = 403;

type IndexRow = ReturnType<typeof pgIndex.view>;

/** The indexes meant; of a view, whose table is not known yet, what will find them. */
export function bindArbiter(
  scope: Scope,
  target: Target,
  infer: InferClause,
): Pick<OnConflict, "arbiter" | "inference" | "constraint"> {
  if (infer.conname !== undefined) return byConstraint(scope, target, infer.conname);
  const inference = bindInference(scope, target, infer);
  if (target.relation.relkind === "v") return { inference };
  return { inference, arbiter: findArbiters(scope, target.relation.oid, inference) };
}

/** What was stored, with the indexes that there are now. Throws 42P10. */
export function currentConflict(
  scope: Scope,
  { oid, relkind }: { readonly oid: Oid; readonly relkind: string },
  stored: OnConflict,
): OnConflict {
  const { inference, constraint } = stored;
  if (relkind === "v" || (!inference && constraint === undefined)) return stored;
  const { catalog } = scope.binding.context;
  const arbiter = inference
    ? findArbiters(scope, oid, inference)
    : {
        indexes: catalog.list(pgConstraint, "key", [constraint as Oid]).map((row) => row.conindid),
      };
  const refused = noIndex(arbiter);
  if (refused) throw refused;
  return { ...stored, arbiter };
}

function bindInference(scope: Scope, target: Target, infer: InferClause): Inference {
  const position = scope.at(infer.location);
  const elements = (infer.indexElems ?? []).map((node) => {
    if (!("IndexElem" in node)) throw notSupported("this target of ON CONFLICT");
    return bindElement(scope, target, node.IndexElem, position);
  });
  const conditions = infer.whereClause ? bindConditions(scope, infer.whereClause) : [];
  return { elements, conditions };
}

/** There may be none. */
export function findArbiters(
  scope: Scope,
  table: Oid,
  { elements, conditions }: Inference,
): ConflictArbiter {
  const indexes = scope.binding.context.catalog
    .list(pgIndex, "indrelid", [table])
    .filter((index) => index.indisunique && index.indisvalid && !index.indisexclusion)
    .filter((index) => hasKeys(scope, index, elements) && isImplied(index, conditions))
    .map((index) => index.indexrelid);
  return { indexes };
}

function bindElement(
  scope: Scope,
  target: Target,
  element: IndexElem,
  position: number | undefined,
): InferenceElement {
  const refuse = (what: string) =>
    new SqlError("42P10", `${what} is not allowed in ON CONFLICT clause`).at(position);
  if (element.ordering !== "SORTBY_DEFAULT") throw refuse("ASC/DESC");
  if (element.nulls_ordering !== "SORTBY_NULLS_DEFAULT") throw refuse("NULLS FIRST/LAST");
  const { collation: collname, opclass } = element;
  return {
    expression: expressionOf(scope, target, element, position),
    collation: collname ? bindCollationName(scope, { collname }, UNKNOWN) : INVALID_OID,
    opclass: opclass ? findOpclass(scope, strings(opclass)) : INVALID_OID,
  };
}

function expressionOf(
  scope: Scope,
  target: Target,
  { name, expr }: IndexElem,
  position: number | undefined,
): Expression {
  if (expr) {
    const bound = scope.bind(expr, "index expression");
    assignCollations(scope.names, bound);
    return bound;
  }
  const column = target.columns.find((each) => each.name === name);
  if (!column) throw new SqlError("42703", `column "${name}" does not exist`).at(position);
  const { number: attribute, type, typmod, collation } = column;
  const { table } = target.item;
  return { kind: "column", table, attribute, levelsUp: 0, type, typmod, collation };
}

function findOpclass(scope: Scope, parts: readonly string[]): Oid {
  const { catalog, searchPath } = scope.binding.context;
  const name = parts.at(-1) ?? "";
  const schema = parts.length > 1 ? scope.names.getNamespace(parts[0] ?? "", undefined) : undefined;
  for (const namespace of schema === undefined ? searchPath : [schema]) {
    const found = catalog.find(pgOpclass, "am_name_nsp", [BTREE as Oid, name, namespace]);
    if (found) return found.oid;
  }
  const message = `operator class "${parts.join(".")}" does not exist for access method "btree"`;
  throw new SqlError("42704", message);
}

function bindConditions(scope: Scope, node: Node): readonly Expression[] {
  const bound = coerceToBoolean(scope, scope.bind(node, "index predicate"), "WHERE");
  assignCollations(scope.names, bound);
  return conjuncts(bound);
}

const conjuncts = (condition: Expression): readonly Expression[] =>
  condition.kind === "boolean" && condition.operator === "and"
    ? condition.args.flatMap(conjuncts)
    : [condition];

/** Each key is wanted, and each that is wanted is a key of the right kind. */
function hasKeys(scope: Scope, index: IndexRow, elements: readonly InferenceElement[]): boolean {
  const expressions = index.indexprs === null ? [] : decodeTrees(index.indexprs);
  let used = 0;
  const keys = index.indkey
    .slice(0, index.indnkeyatts)
    .map((attribute) => (attribute === 0 ? expressions[used++] : attribute));
  const isKey = (element: InferenceElement, at: number): boolean => {
    const { expression, collation, opclass } = element;
    const key = keys[at];
    if (collation !== INVALID_OID && index.indcollation[at] !== collation) return false;
    if (opclass !== INVALID_OID && !sameClass(scope, opclass, index.indclass[at])) return false;
    if (typeof key === "number") {
      return expression.kind === "column" && expression.attribute === key;
    }
    return key !== undefined && sameExpression(key, expression);
  };
  const found = elements.map((element) => keys.map((_, at) => isKey(element, at)));
  return (
    found.every((hits) => hits.includes(true)) &&
    keys.every((_, at) => found.some((hits) => hits[at]))
  );
}

/** Classes of one family and type compare alike. */
function sameClass(scope: Scope, a: Oid, b: Oid | undefined): boolean {
  const { catalog } = scope.binding.context;
  const [one, other] = [a, b ?? INVALID_OID].map((id) => catalog.find(pgOpclass, "key", [id]));
  return one?.opcfamily === other?.opcfamily && one?.opcintype === other?.opcintype;
}

/** PostgreSQL proves more: that v > 2 implies v > 1. */
function isImplied({ indpred }: IndexRow, conditions: readonly Expression[]): boolean {
  if (indpred === null) return true;
  return conjuncts(decodeTree(indpred)).every((wanted) =>
    conditions.some((given) => sameExpression(wanted, given)),
  );
}

function byConstraint(scope: Scope, target: Target, name: string) {
  const { catalog } = scope.binding.context;
  const rows = catalog.list(pgConstraint, "conrelid_contypid_conname", [target.relation.oid]);
  const found = rows.find((row) => row.conname === name);
  if (!found) {
    const message = `constraint "${name}" for table "${target.relation.name}" does not exist`;
    throw new SqlError("42704", message);
  }
  if (!"pux".includes(found.contype)) {
    throw new SqlError("42809", "constraint in ON CONFLICT clause has no associated index");
  }
  return { constraint: found.oid, arbiter: { indexes: [found.conindid as Oid] } };
}

/** 42809: rows that an exclusion constraint finds cannot be updated. */
export function notUpdated(
  scope: Scope,
  arbiter: ConflictArbiter | undefined,
): SqlError | undefined {
  const { catalog } = scope.binding.context;
  const excludes = arbiter?.indexes.some(
    (index) => catalog.find(pgIndex, "key", [index])?.indisunique === false,
  );
  if (!excludes) return undefined;
  const message = "ON CONFLICT DO UPDATE not supported with exclusion constraints";
  return new SqlError("42809", message);
}

/** 42P10 when there is no index that fits. */
export function noIndex(arbiter: ConflictArbiter | undefined): SqlError | undefined {
  if (!arbiter || arbiter.indexes.length > 0) return undefined;
  const message =
    "there is no unique or exclusion constraint matching the ON CONFLICT specification";
  return new SqlError("42P10", message);
}
