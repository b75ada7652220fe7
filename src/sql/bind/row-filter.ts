/**
 * ROW FILTERS OF PUBLICATIONS: over columns, by what every server computes the same way.
 * https://www.postgresql.org/docs/15/logical-replication-row-filter.html
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import type { Names } from "./names.ts";
import { positionOf } from "./position.ts";
import type { Expression } from "./tree.ts";
import { walk } from "./walk.ts";

const SIMPLE: ReadonlySet<Expression["kind"]> = new Set<Expression["kind"]>([
  "column",
  "constant",
  "function",
  "operator",
  "distinctFrom",
  "nullIf",
  "arrayOperator",
  "boolean",
  "relabel",
  "collate",
  "case",
  "caseTest",
  "array",
  "row",
  "rowCompare",
  "coalesce",
  "minMax",
  "xml",
  "nullTest",
  "booleanTest",
]);

const isUsers = (id: Oid): boolean => id >= FIRST_USER_OID;

/** Throws 0A000 with the position of the first part that must not be in one. */
export function checkRowFilter(names: Names, filter: Expression): void {
  walk(filter, (node) => {
    const detail = faultOf(names, node);
    if (detail === undefined) return;
    throw new SqlError("0A000", "invalid publication WHERE expression", { detail }).at(
      positionOf(node),
    );
  });
}

function faultOf(names: Names, node: Expression): string | undefined {
  if (node.kind === "column" && node.attribute < 0) return "System columns are not allowed.";
  if (!SIMPLE.has(node.kind)) {
    return "Only columns, constants, built-in operators, built-in data types, built-in collations, and immutable built-in functions are allowed.";
  }
  const { operators, functions } = callsOf(node);
  if (operators.some(isUsers)) return "User-defined operators are not allowed.";
  if (isUsers(node.type)) return "User-defined types are not allowed.";
  if (functions.some((id) => isUsers(id) || !isImmutable(names, id))) {
    return "User-defined or built-in mutable functions are not allowed.";
  }
  return isUsers(node.collation) ? "User-defined collations are not allowed." : undefined;
}

const isImmutable = ({ catalog }: Names, id: Oid): boolean =>
  catalog.find(pgProc, "key", [id])?.provolatile === "i";

function callsOf(node: Expression): {
  readonly operators: readonly Oid[];
  readonly functions: readonly Oid[];
} {
  if ("functions" in node) return { operators: node.operators, functions: node.functions };
  if (!("function" in node)) return { operators: [], functions: [] };
  return { operators: "operator" in node ? [node.operator] : [], functions: [node.function] };
}
