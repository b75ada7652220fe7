/** The name of an output column without AS, guessed from the expression as PostgreSQL does. */
import type { Node, SelectStmt } from "@pgsql/types";
import { strings } from "./node.ts";
import type { Expression } from "./tree.ts";
import { someExpression } from "./walk.ts";

/** 2 = a name of its own, 1 = what a cast or CASE suggests, 0 = none. */
interface Guess {
  readonly name: string;
  readonly strength: 0 | 1 | 2;
}
const none: Guess = { name: "?column?", strength: 0 };
const sure = (name: string): Guess => ({ name, strength: 2 });

/** `bound`: the node after parse analysis, when it is at hand: sub-selects have named columns. */
export function columnNameOf(node: Node, bound?: Expression): string {
  const inner = bound && isSubLink(node) ? boundSubLink(bound) : undefined;
  const [column] = inner?.query.targets ?? [];
  return column?.name ?? guess(node).name;
}

/** A sub-select as a value, within casts. */
function isSubLink(node: Node | undefined): boolean {
  if (!node) return false;
  if ("TypeCast" in node) return isSubLink(node.TypeCast.arg);
  if ("CollateClause" in node) return isSubLink(node.CollateClause.arg);
  return "SubLink" in node && node.SubLink.subLinkType === "EXPR_SUBLINK";
}

function boundSubLink(bound: Expression): Extract<Expression, { kind: "subLink" }> | undefined {
  let found: Extract<Expression, { kind: "subLink" }> | undefined;
  someExpression(bound, (node) => {
    if (node.kind === "subLink") found ??= node;
    return found !== undefined;
  });
  return found;
}

/** The same for a column of an index; undefined where nothing suggests a name. */
export function indexColumnNameOf(node: Node): string | undefined {
  const { name, strength } = guess(node);
  return strength === 0 ? undefined : name;
}

function guess(node: Node | undefined): Guess {
  if (!node) return none;
  if ("ColumnRef" in node) {
    const name = strings(node.ColumnRef.fields).at(-1);
    return name === undefined ? none : sure(name);
  }
  if ("A_Indirection" in node) {
    const [name] = strings([...(node.A_Indirection.indirection ?? [])].reverse());
    return name === undefined ? guess(node.A_Indirection.arg) : sure(name);
  }
  if ("FuncCall" in node) return sure(strings(node.FuncCall.funcname).at(-1) ?? "");
  if ("A_Expr" in node) return node.A_Expr.kind === "AEXPR_NULLIF" ? sure("nullif") : none;
  if ("TypeCast" in node) {
    const inner = guess(node.TypeCast.arg);
    const type = strings(node.TypeCast.typeName?.names).at(-1);
    return inner.strength > 1 || type === undefined ? inner : { name: type, strength: 1 };
  }
  if ("CollateClause" in node) return guess(node.CollateClause.arg);
  if ("CaseExpr" in node) {
    const inner = guess(node.CaseExpr.defresult);
    return inner.strength > 1 ? inner : { name: "case", strength: 1 };
  }
  if ("SubLink" in node) return ofSubLink(node.SubLink.subLinkType, node.SubLink.subselect);
  return ofKeyword(node);
}

function ofSubLink(type: string | undefined, query: Node | undefined): Guess {
  if (type === "EXISTS_SUBLINK") return sure("exists");
  if (type === "ARRAY_SUBLINK") return sure("array");
  if (type !== "EXPR_SUBLINK" || !query || !("SelectStmt" in query)) return none;
  const first = firstBranch(query.SelectStmt).targetList?.[0];
  if (!first || !("ResTarget" in first)) return none;
  return sure(first.ResTarget.name ?? guess(first.ResTarget.val).name);
}

const firstBranch = (stmt: SelectStmt): SelectStmt => (stmt.larg ? firstBranch(stmt.larg) : stmt);

function ofKeyword(node: Node): Guess {
  if ("GroupingFunc" in node) return sure("grouping");
  if ("A_ArrayExpr" in node) return sure("array");
  if ("RowExpr" in node) return sure("row");
  if ("XmlSerialize" in node) return sure("xmlserialize");
  if ("XmlExpr" in node) {
    const op = node.XmlExpr.op ?? "IS_DOCUMENT";
    return op === "IS_DOCUMENT" ? none : sure(op.replace("IS_", "").toLowerCase());
  }
  if ("CoalesceExpr" in node) return sure("coalesce");
  if ("MinMaxExpr" in node) return sure(node.MinMaxExpr.op === "IS_LEAST" ? "least" : "greatest");
  if ("SQLValueFunction" in node) {
    const op = node.SQLValueFunction.op ?? "";
    return sure(op.replace("SVFOP_", "").replace(/_N$/, "").toLowerCase());
  }
  return none;
}
