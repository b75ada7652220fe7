/**
 * EXPRESSIONS AS SQL, as pg_get_expr and the other pg_get_…def functions print them: every operator
 * in parentheses (unless pretty), casts that somebody wrote as ::type, casts that nobody wrote left
 * out where SQL adds them again.
 */
import { AssertionError } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import type { Expression } from "../bind/tree.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { fieldName, printColumn } from "./column.ts";
import { printConstant } from "./constant.ts";
import { printAggregate, printCall, printWindowCall } from "./function.ts";
import { collationName, operatorName, typeName } from "./names.ts";
import { isSimple } from "./parentheses.ts";
import type { Writer } from "./writer.ts";
import { printXml } from "./xml.ts";

type Node<K extends Expression["kind"]> = Expression & { readonly kind: K };

/** In a list where a table's whole row would be its columns. */
export function printAlone(writer: Writer, node: Expression, showImplicit: boolean): void {
  if (node.kind === "column") printColumn(writer, node, true);
  else print(writer, node, showImplicit);
}

/** `showImplicit`: write casts that nobody wrote too, because what is around does not add them. */
export function print(writer: Writer, node: Expression, showImplicit: boolean): void {
  switch (node.kind) {
    case "column":
      printColumn(writer, node);
      return;
    case "constant":
      return printConstant(writer, node, "asNeeded");
    case "parameter":
      return writer.put(parameterName(writer, node.number));
    case "function":
      return printFunction(writer, node, showImplicit);
    case "relabel":
    case "coerceViaIo":
    case "arrayCoerce":
    case "coerceToDomain":
      if (node.form === "implicit" && !showImplicit) return operand(writer, node.arg, false, node);
      return printCast(writer, node.arg, node, castTypmod(node));
    case "operator":
      return printOperator(writer, node);
    case "arrayOperator":
      return printArrayOperator(writer, node);
    case "boolean":
      return printBoolean(writer, node);
    case "subLink":
      return printSubLink(writer, node);
    case "case":
      return printCase(writer, node);
    case "aggregate":
      return printAggregate(writer, node, print);
    case "window":
      return printWindowCall(writer, node, print);
    case "subscript":
      return printSubscript(writer, node);
    default:
      return printOther(writer, node, showImplicit);
  }
}

/** By its name where it has one, and by the routine's too, where columns may be meant. */
function parameterName({ settings, levels }: Writer, number: number): string {
  const { routine } = settings;
  const name = routine?.parameters[number - 1];
  if (!routine || !name) return `$${number}`;
  const isNear = levels.some(({ isSet, rangeTable }) => isSet || rangeTable.length > 0);
  const prefix = isNear ? `${quoteIdentifier(routine.name)}.` : "";
  return `${prefix}${quoteIdentifier(name)}`;
}

function printOther(writer: Writer, node: Expression, showImplicit: boolean): void {
  const args = (nodes: readonly Expression[]) =>
    writer.list(nodes, (arg) => print(writer, arg, true));
  switch (node.kind) {
    case "distinctFrom":
      return wrapped(writer, () => {
        operand(writer, node.args[0], true, node);
        writer.put(" IS DISTINCT FROM ");
        operand(writer, node.args[1], true, node);
      });
    case "nullIf":
      return call(writer, "NULLIF", () => args(node.args));
    case "coalesce":
      return call(writer, "COALESCE", () => args(node.args));
    case "minMax":
      return call(writer, node.greatest ? "GREATEST" : "LEAST", () => args(node.args));
    case "grouping":
      return call(writer, "GROUPING", () => args(node.args));
    case "collate":
      return wrapped(writer, () => {
        operand(writer, node.arg, showImplicit, node);
        writer.put(` COLLATE ${collationName(writer.names, node.collationOid)}`);
      });
    case "nullTest":
      return printNullTest(writer, node);
    case "booleanTest":
      return wrapped(writer, () => {
        operand(writer, node.arg, false, node);
        writer.put(` IS ${booleanTests[node.test]}`);
      });
    case "array":
      writer.put("ARRAY[");
      args(node.elements);
      writer.put("]");
      if (node.elements.length === 0)
        writer.put(`::${typeName(writer.names, node.type, node.typmod)}`);
      return;
    case "row":
      call(writer, "ROW", () => writer.list(node.args, (each) => printAlone(writer, each, true)));
      if (node.form === "explicit")
        writer.put(`::${typeName(writer.names, node.type, node.typmod)}`);
      return;
    case "rowCompare":
      return printRowCompare(writer, node);
    case "field":
      return printField(writer, node);
    case "sqlValue":
      return printSqlValue(writer, node);
    case "xml":
      return printXml(writer, node, print);
    case "caseTest":
      return writer.put(node.ofDomain ? "VALUE" : "CASE_TEST_EXPR");
    case "default":
      return writer.put("DEFAULT");
    default:
      throw new AssertionError(`${node.kind} cannot be printed here`);
  }
}

const booleanTests = {
  true: "TRUE",
  notTrue: "NOT TRUE",
  false: "FALSE",
  notFalse: "NOT FALSE",
  unknown: "UNKNOWN",
  notUnknown: "NOT UNKNOWN",
} as const;

function call(writer: Writer, name: string, args: () => void): void {
  writer.put(`${name}(`);
  args();
  writer.put(")");
}

/** In parentheses, unless pretty: then whoever is around decides. */
function wrapped(writer: Writer, body: () => void): void {
  if (!writer.pretty) writer.put("(");
  body();
  if (!writer.pretty) writer.put(")");
}

function operand(
  writer: Writer,
  node: Expression,
  showImplicit: boolean,
  parent: Expression,
): void {
  const needed = writer.pretty && !isSimple(writer.names, node, parent);
  if (needed) writer.put("(");
  print(writer, node, showImplicit);
  if (needed) writer.put(")");
}

function printFunction(writer: Writer, node: Node<"function">, showImplicit: boolean): void {
  const [arg] = node.args;
  if (arg && node.form === "implicit" && !showImplicit) return operand(writer, arg, false, node);
  if (arg && (node.form === "implicit" || node.form === "explicit")) {
    return printCast(writer, arg, node, lengthOf(node));
  }
  printCall(writer, node, print);
}

/** The typmod that a cast's function applies, when it is the type's length coercion. */
function lengthOf(node: Node<"function">): number {
  const typmod = node.args[1];
  if (typmod?.kind !== "constant" || typeof typmod.value !== "bigint") return -1;
  return Number(typmod.value);
}

function castTypmod(node: Expression): number {
  return node.kind === "coerceViaIo" ? -1 : node.typmod;
}

function printCast(writer: Writer, arg: Expression, node: Expression, typmod: number): void {
  if (arg.kind === "constant" && arg.type === node.type && arg.typmod === -1) {
    printConstant(writer, arg, "never");
  } else {
    wrapped(writer, () => operand(writer, arg, false, node));
  }
  writer.put(`::${typeName(writer.names, node.type, typmod)}`);
}

function printOperator(writer: Writer, node: Node<"operator">): void {
  const [first, second] = node.args;
  wrapped(writer, () => {
    if (first && second) {
      operand(writer, first, true, node);
      writer.put(` ${operatorName(writer.names, node.operator, first.type, second.type)} `);
      operand(writer, second, true, node);
    } else if (first) {
      writer.put(`${operatorName(writer.names, node.operator, undefined, first.type)} `);
      operand(writer, first, true, node);
    }
  });
}

function printArrayOperator(writer: Writer, node: Node<"arrayOperator">): void {
  const element: Oid = writer.names.type(node.array.type).element;
  wrapped(writer, () => {
    operand(writer, node.left, true, node);
    const name = operatorName(writer.names, node.operator, node.left.type, element);
    writer.put(` ${name} ${node.any ? "ANY" : "ALL"} (`);
    operand(writer, node.array, true, node);
    // Without the cast it would read as a comparison with each row of the sub-select.
    if (node.array.kind === "subLink" && node.array.link === "expression") {
      writer.put(`::${typeName(writer.names, node.array.type, node.array.typmod)}`);
    }
    writer.put(")");
  });
}

function printBoolean(writer: Writer, node: Node<"boolean">): void {
  wrapped(writer, () => {
    if (node.operator === "not") writer.put("NOT ");
    const separator = node.operator === "and" ? " AND " : " OR ";
    writer.list(node.args, (arg) => operand(writer, arg, false, node), separator);
  });
}

function printNullTest(writer: Writer, node: Node<"nullTest">): void {
  wrapped(writer, () => {
    operand(writer, node.arg, true, node);
    const kind = writer.names.type(node.arg.type).kind;
    const rowOfType = !node.row && (kind === "c" || node.arg.type === 2249);
    if (rowOfType)
      writer.put(node.isNull ? " IS NOT DISTINCT FROM NULL" : " IS DISTINCT FROM NULL");
    else writer.put(node.isNull ? " IS NULL" : " IS NOT NULL");
  });
}

function printCase(writer: Writer, node: Node<"case">): void {
  writer.line("CASE", 0, 4);
  if (node.arg) {
    writer.put(" ");
    print(writer, node.arg, true);
  }
  for (const { when, then } of node.whens) {
    writer.line("WHEN ");
    print(writer, node.arg ? comparedWith(when) : when, false);
    writer.put(" THEN ");
    print(writer, then, true);
  }
  writer.line("ELSE ");
  print(writer, node.otherwise, true);
  writer.put(" ");
  writer.line("END", -4, 0);
}

/** CASE x WHEN y is kept as x = y. */
function comparedWith(when: Expression): Expression {
  const [left, right] = when.kind === "operator" ? when.args : [];
  return left && right && withoutCasts(left).kind === "caseTest" ? right : when;
}

function withoutCasts(node: Expression): Expression {
  if (node.kind === "function" && node.form === "implicit" && node.args[0]) {
    return withoutCasts(node.args[0]);
  }
  const isCast =
    node.kind === "relabel" || node.kind === "coerceViaIo" || node.kind === "arrayCoerce";
  return isCast && node.form === "implicit" ? withoutCasts(node.arg) : node;
}

function printRowCompare(writer: Writer, node: Node<"rowCompare">): void {
  const row = (nodes: readonly Expression[]) =>
    call(writer, "ROW", () => writer.list(nodes, (each) => printAlone(writer, each, true)));
  const [left, right] = [node.left[0], node.right[0]];
  const [operator] = node.operators;
  if (!left || !right || operator === undefined) throw new AssertionError("rows without fields");
  writer.put("(");
  row(node.left);
  writer.put(` ${operatorName(writer.names, operator, left.type, right.type)} `);
  row(node.right);
  writer.put(")");
}

function printField(writer: Writer, node: Node<"field">): void {
  const bare = node.arg.kind === "subscript" || node.arg.kind === "field";
  if (!bare) writer.put("(");
  print(writer, node.arg, true);
  if (!bare) writer.put(")");
  writer.put(`.${quoteIdentifier(fieldName(writer, node))}`);
}

function printSubscript(writer: Writer, node: Node<"subscript">): void {
  const bare = node.container.kind === "column" || node.container.kind === "field";
  if (!bare) writer.put("(");
  print(writer, node.container, true);
  if (!bare) writer.put(")");
  node.upper.forEach((upper, at) => {
    writer.put("[");
    if (node.lower) {
      const lower = node.lower[at];
      if (lower) print(writer, lower, false);
      writer.put(":");
    }
    if (upper) print(writer, upper, false);
    writer.put("]");
  });
}

function printSqlValue(writer: Writer, node: Node<"sqlValue">): void {
  const words = node.value.toUpperCase();
  const timed = /TIME/.test(words) && node.typmod >= 0;
  writer.put(timed ? `${words}(${node.typmod})` : words);
}

function printSubLink(writer: Writer, node: Node<"subLink">): void {
  writer.put(node.link === "array" ? "ARRAY(" : "(");
  const { test } = node;
  if (test) {
    const several = test.left.length > 1;
    if (several) writer.put("(");
    writer.list(test.left, (each) => print(writer, each, true));
    if (several) writer.put(")");
    const [operator, left, right] = [test.operators[0], test.left[0], test.rightTypes[0]];
    if (operator === undefined || !left || right === undefined)
      throw new AssertionError("a comparison of nothing");
    const name = operatorName(writer.names, operator, left.type, right);
    const any = name === "=" ? " IN " : ` ${name} ANY `;
    writer.put(node.link === "any" ? any : node.link === "all" ? ` ${name} ALL ` : ` ${name} `);
  } else if (node.link === "exists") writer.put("EXISTS ");
  const closed = test !== undefined || node.link === "exists";
  if (closed) writer.put("(");
  writer.printQuery(writer, node.query);
  writer.put(closed ? "))" : ")");
}
