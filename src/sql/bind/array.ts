/** ARRAY[…], subscripts and slices. */
import type { A_ArrayExpr, A_Indices, Node } from "@pgsql/types";
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { baseTypeOf, elementType } from "./base-type.ts";
import { coerceToTarget } from "./coerce.ts";
import { coerceToCommon, commonType, commonTypmod } from "./common.ts";
import { int4Constant } from "./literal.ts";
import { arrayOf } from "./polymorphic.ts";
import { positionOf, rawPosition } from "./position.ts";
import type { Scope } from "./scope.ts";
import type { Expression } from "./tree.ts";
import { INT2VECTOR, INT4, OIDVECTOR, TEXT, UNKNOWN } from "./type-oids.ts";
import { typeText } from "./type-text.ts";

const DIMENSIONS_MAX = 6;
const JSONB = oid(3802);

/** The array type that a cast around ARRAY[…] asks for. */
export interface WantedArray {
  readonly array: Oid;
  readonly element: Oid;
  readonly typmod: number;
}

export function bindArray(scope: Scope, node: A_ArrayExpr, wanted?: WantedArray): Expression {
  const position = scope.at(node.location);
  let multidimensional = false;
  const elements = (node.elements ?? []).map((element) => {
    const nested = "A_ArrayExpr" in element;
    const bound = nested ? bindArray(scope, element.A_ArrayExpr, wanted) : scope.bindInner(element);
    if (nested || isSubArray(scope, bound.type)) multidimensional = true;
    return bound;
  });
  const { array, element } = wanted ?? typesOf(scope, elements, multidimensional, position);
  const target = multidimensional ? array : element;
  const coerced = elements.map((each) =>
    wanted
      ? castElement(scope, each, target, wanted.typmod)
      : coerceToCommon(scope, each, target, "ARRAY"),
  );
  return {
    kind: "array",
    elementType: element,
    elements: coerced,
    multidimensional,
    type: array,
    typmod: commonTypmod(coerced, target),
    collation: INVALID_OID,
    position,
  };
}

/** Vectors count from 0, which no part of an array does. */
const isSubArray = (scope: Scope, type: Oid): boolean =>
  type !== INT2VECTOR && type !== OIDVECTOR && scope.names.type(type).isArray;

function typesOf(
  scope: Scope,
  elements: readonly Expression[],
  multidimensional: boolean,
  position: number | undefined,
): { array: Oid; element: Oid } {
  if (elements.length === 0) {
    const hint = "Explicitly cast to the desired type, for example ARRAY[]::integer[].";
    throw new SqlError("42P18", "cannot determine type of empty array", { hint }).at(position);
  }
  const common = commonType(scope, elements, "ARRAY");
  if (!multidimensional) {
    try {
      return { array: arrayOf(scope.names, common), element: common };
    } catch (error) {
      throw error instanceof SqlError ? error.at(position) : error;
    }
  }
  const element = elementType(scope.names.type(common));
  if (element !== INVALID_OID) return { array: common, element };
  const message = `could not find element type for data type ${typeText(scope.names, common)}`;
  throw new SqlError("42704", message).at(position);
}

function castElement(scope: Scope, node: Expression, target: Oid, typmod: number): Expression {
  const made = coerceToTarget(scope, node, target, typmod, "explicit", "explicit");
  if (made) return made;
  const { names } = scope;
  const message = `cannot cast type ${typeText(names, node.type)} to ${typeText(names, target)}`;
  throw new SqlError("42846", message).at(positionOf(node));
}

export function bindSubscripts(
  scope: Scope,
  given: Expression,
  indices: readonly A_Indices[],
): Expression {
  const { names } = scope;
  const base = baseTypeOf(names, given.type);
  const container =
    base.type === INT2VECTOR ? oid(1005) : base.type === OIDVECTOR ? oid(1028) : base.type;
  const facts = names.type(container);
  if (container === JSONB) return bindJsonSubscripts(scope, given, indices);
  if (!facts.isArray && !facts.isRawArray) {
    const type = typeText(names, base.type);
    const message = `cannot subscript type ${type} because it does not support subscripting`;
    throw new SqlError("42804", message).at(positionOf(given));
  }
  if (indices.length > DIMENSIONS_MAX) {
    const message = `number of array dimensions (${indices.length}) exceeds the maximum allowed (${DIMENSIONS_MAX})`;
    throw new SqlError("54000", message);
  }
  const slice = indices.some((each) => each.is_slice);
  if (slice && !facts.isArray) {
    throw new SqlError("0A000", "slices of fixed-length arrays not implemented");
  }
  const bounds = indices.map(({ is_slice, lidx, uidx }) => ({
    lower: is_slice ? (lidx ? bindIndex(scope, lidx) : null) : int4Constant(1),
    upper: uidx ? bindIndex(scope, uidx) : null,
  }));
  const type = slice ? container : facts.element;
  return {
    kind: "subscript",
    containerType: container,
    elementType: facts.element,
    container: given,
    upper: bounds.map(({ upper }) => upper),
    ...(slice ? { lower: bounds.map(({ lower }) => lower) } : {}),
    type,
    typmod: base.typmod < 0 ? given.typmod : base.typmod,
    collation: INVALID_OID,
  };
}

function bindIndex(scope: Scope, node: Node): Expression {
  const bound = scope.bindInner(node);
  const made = coerceToTarget(scope, bound, INT4, -1, "assignment", "implicit");
  if (made) return made;
  throw new SqlError("42804", "array subscript must have type integer").at(
    rawPosition(scope, node),
  );
}

function bindJsonSubscripts(
  scope: Scope,
  container: Expression,
  indices: readonly A_Indices[],
): Expression {
  const upper = indices.map((each) => {
    if (each.is_slice || !each.uidx) {
      const error = new SqlError("42804", "jsonb subscript does not support slices");
      const at = each.uidx ?? each.lidx;
      throw at ? error.at(positionOf(scope.bindInner(at))) : error;
    }
    const bound = scope.bindInner(each.uidx);
    const target = bound.type === UNKNOWN ? TEXT : INT4;
    const made =
      coerceToTarget(scope, bound, target, -1, "implicit", "implicit") ??
      coerceToTarget(scope, bound, TEXT, -1, "implicit", "implicit");
    if (made) return made;
    const hint = "jsonb subscript must be coercible to either integer or text.";
    const message = `subscript type ${typeText(scope.names, bound.type)} is not supported`;
    throw new SqlError("42804", message, { hint }).at(positionOf(bound));
  });
  return {
    kind: "subscript",
    containerType: JSONB,
    elementType: JSONB,
    container,
    upper,
    type: JSONB,
    typmod: -1,
    collation: INVALID_OID,
  };
}
