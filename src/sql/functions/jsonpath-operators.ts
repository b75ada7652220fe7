/** Comparisons and arithmetic of jsonpath. */
import type { TypeContext } from "../types/codec.ts";
import {
  add,
  compareDecimals,
  type Decimal,
  divide,
  modulo,
  multiply,
  parseDecimal,
  subtract,
} from "../types/decimal.ts";
import type { PathBinary } from "../types/jsonpath-parser.ts";
import type { PathNode } from "./jsonpath-methods.ts";
import { compareMoments } from "./jsonpath-moments.ts";

const operations: Readonly<Record<string, (left: Decimal, right: Decimal) => Decimal>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "%": modulo,
};

/** Throws 22012, 22003. */
export function arithmetic(operator: PathBinary, left: Decimal, right: Decimal): Decimal {
  const operation = operations[operator];
  if (!operation) throw new TypeError(`${operator} does not calculate`);
  return operation(left, right);
}

export interface Comparing {
  readonly context: TypeContext;
  /** The session's zone may decide. */
  readonly usesZone: boolean;
}

/** undefined: they cannot be compared. */
export function compareNodes(
  operator: PathBinary,
  left: PathNode,
  right: PathNode,
  comparing: Comparing,
): boolean | undefined {
  if (left.kind !== right.kind) {
    if (left.kind !== "null" && right.kind !== "null") return undefined;
    return operator === "<>";
  }
  const order = orderOf(left, right, comparing);
  if (order === undefined) return undefined;
  switch (operator) {
    case "==":
      return order === 0;
    case "<>":
      return order !== 0;
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    default:
      return order >= 0;
  }
}

function orderOf(
  left: PathNode,
  right: PathNode,
  { context, usesZone }: Comparing,
): number | undefined {
  if (left.kind === "datetime" && right.kind === "datetime") {
    return compareMoments(left, right, context, usesZone);
  }
  if (left.kind === "null") return 0;
  if (left.kind === "bool" && right.kind === "bool") {
    return Number(left.value) - Number(right.value);
  }
  if (left.kind === "number" && right.kind === "number") {
    return compareDecimals(parseDecimal(left.text), parseDecimal(right.text));
  }
  if (left.kind !== "string" || right.kind !== "string") return undefined;
  return Buffer.compare(Buffer.from(left.text), Buffer.from(right.text));
}
