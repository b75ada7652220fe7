/**
 * What the loaded grammar (PostgreSQL 17) reads and PostgreSQL 15 refuses. One walk over a query's
 * tree, which also finds its highest parameter.
 */
import type { A_Const, Node, RangeSubselect } from "libpg-query";
import { SqlError } from "../../base/sql-error.ts";

/** Numbers as PostgreSQL 16 reads them: 0x1F, 0o17, 0b1, 1_000. */
export const newNumber = /\b0[xob][0-9a-f]|\d_\d/i;
/** Words of which PostgreSQL 16 and 17 make constructors; before, they named functions. */
export const newWord = /\bjson|\bsystem_user\b/i;
/** Constructors and predicates that came with PostgreSQL 16 and 17, by the name of their tree. */
const newNodes: { readonly [tree: string]: string } = {
  JsonObjectConstructor: "JSON_OBJECT",
  JsonArrayConstructor: "JSON_ARRAY",
  JsonArrayQueryConstructor: "JSON_ARRAY",
  JsonObjectAgg: "JSON_OBJECTAGG",
  JsonArrayAgg: "JSON_ARRAYAGG",
  JsonIsPredicate: "IS JSON",
  JsonParseExpr: "JSON",
  JsonScalarExpr: "JSON_SCALAR",
  JsonSerializeExpr: "JSON_SERIALIZE",
  JsonFuncExpr: "JSON_QUERY",
  JsonTable: "JSON_TABLE",
};

export interface TreeFacts {
  /** Number of the highest $n. */
  readonly parameterCount: number;
}

/**
 * Throws 42601 on what PostgreSQL 15 refuses, with its words and position. `own` is the text of the
 * statement, `text` the client's whole text.
 */
export function inspectTree(tree: Node, own: string, text: string): TreeFacts {
  const checkNumbers = newNumber.test(own);
  let parameterCount = 0;
  const nodes: unknown[] = [tree];
  while (nodes.length > 0) {
    const node = nodes.pop() as Record<string, unknown>;
    for (const name in node) {
      const value = node[name];
      if (typeof value !== "object" || value === null) continue;
      if (name in newWords && asOlder(node, name, value, text)) {
        nodes.push(node);
        break;
      }
      nodes.push(value);
      if (name === "ParamRef") {
        parameterCount = Math.max(parameterCount, (value as { number?: number }).number ?? 0);
      } else if (name === "RangeSubselect") refuseUnaliased(value as RangeSubselect, text);
      else if (name === "A_Const" && checkNumbers) refuseNewNumber(value as A_Const, text);
      else if (name in newNodes) throw new SqlError("0A000", `${newNodes[name]} is not supported`);
    }
  }
  return { parameterCount };
}

/** A sign, and a number as PostgreSQL 15 reads it with the letters that follow at once. */
const junkAfterNumber =
  /^(-?\s*)((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+|(?!e[+-]?\d))[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)/i;

/** Trees of what PostgreSQL 15 reads as calls of functions and names of columns. */
const newWords: { readonly [tree: string]: string } = {
  JsonParseExpr: "json",
  JsonScalarExpr: "json_scalar",
  JsonSerializeExpr: "json_serialize",
  FuncCall: "",
};

/** Changes the node to what PostgreSQL 15 makes of the text; false = it is the same. */
function asOlder(
  node: Record<string, unknown>,
  name: string,
  value: object,
  text: string,
): boolean {
  const word = newWords[name];
  if (word !== "") {
    const { expr, location, unique_keys, output } = value as JsonCall;
    const argument = expr && "raw_expr" in expr ? expr.raw_expr : expr;
    if (unique_keys || output || !argument || !word) return false;
    delete node[name];
    node["FuncCall"] = { funcname: [{ String: { sval: word } }], args: [argument], location };
    return true;
  }
  const call = value as { funcname?: Node[]; funcformat?: string; location?: number };
  const [schema, last] = call.funcname ?? [];
  if (!schema || !last || !("String" in schema) || !("String" in last)) return false;
  const called = last.String.sval;
  if (called === "system_user" && call.funcformat === "COERCE_SQL_SYNTAX") {
    delete node[name];
    node["ColumnRef"] = { fields: [last], location: call.location };
    return true;
  }
  if (called !== "json_object" || schema.String.sval !== "pg_catalog") return false;
  if (!/^json_object/i.test(fromCharacter(text, call.location ?? 0))) return false;
  call.funcname = [last];
  return true;
}

interface JsonCall {
  readonly expr?: Node & { readonly raw_expr?: Node };
  readonly location?: number;
  readonly unique_keys?: boolean;
  readonly output?: object;
}

function refuseNewNumber(constant: A_Const, text: string): void {
  if (constant.location === undefined || constant.location < 0) return;
  if (constant.ival === undefined && constant.fval === undefined) return;
  const rest = fromCharacter(text, constant.location);
  const number = junkAfterNumber.exec(rest);
  if (number === null) return;
  throw new SqlError("42601", `trailing junk after numeric literal at or near "${number[2]}"`, {
    position: constant.location + 1 + (number[1]?.length ?? 0),
  });
}

function refuseUnaliased(subselect: RangeSubselect, text: string): void {
  if (subselect.alias !== undefined) return;
  const query = subselect.subquery;
  const isValues =
    query !== undefined && "SelectStmt" in query && query.SelectStmt.valuesLists !== undefined;
  const position = parenthesisBefore(subselect, text);
  const [what, example] = isValues ? ["VALUES", "(VALUES ...)"] : ["subquery", "(SELECT ...)"];
  throw new SqlError("42601", `${what} in FROM must have an alias`, {
    hint: `For example, FROM ${example} [AS] foo.`,
    ...(position === undefined ? {} : { position }),
  });
}

/**
 * The tree does not say where a sub-select begins: it is the parenthesis before the first thing in
 * it.
 */
function parenthesisBefore(subselect: RangeSubselect, text: string): number | undefined {
  const first = leastLocation(subselect);
  if (first === undefined) return undefined;
  const before = text.slice(0, text.length - fromCharacter(text, first).length);
  const open = /\(\s*(?:\(\s*)*(?:select|values|with|table)\b[^()]*$/i.exec(before);
  if (open !== null) return characters(before.slice(0, open.index)) + 1;
  // VALUES (1): the nearest parenthesis opens the row.
  const row = /\(\s*values\s*\(\s*$/i.exec(before);
  return row === null ? undefined : characters(before.slice(0, row.index)) + 1;
}

function leastLocation(tree: object): number | undefined {
  let least: number | undefined;
  const nodes: object[] = [tree];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    for (const [name, value] of Object.entries(node)) {
      if (typeof value === "object" && value !== null) nodes.push(value);
      else if (name === "location" && typeof value === "number" && value >= 0) {
        least = Math.min(least ?? value, value);
      }
    }
  }
  return least;
}

const characters = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** The rest of the text from a character offset on. */
function fromCharacter(text: string, offset: number): string {
  let unit = 0;
  for (let left = offset; left > 0; left--) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(unit);
}
