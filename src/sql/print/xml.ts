/** XMLELEMENT, XMLFOREST, … as SQL. */
import type { Expression, Typed, XmlExpression } from "../bind/tree.ts";
import { quoteIdentifier } from "../types/keywords.ts";
import { typeName } from "./names.ts";
import type { Print, Writer } from "./writer.ts";

const STANDALONE = ["YES", "NO", "NO VALUE"];

/** XMLTABLE, whose columns are named as they were written whatever the alias says. */
export function printXmlTable(writer: Writer, node: XmlExpression, print: Print): void {
  const { named, args, columns = [] } = node;
  const put = (before: string, arg: Expression | undefined) => {
    if (!arg) return;
    writer.put(before);
    print(writer, arg, true);
    writer.put(")");
  };
  writer.put("XMLTABLE(");
  if (named.length > 0) {
    writer.put("XMLNAMESPACES (");
    writer.list(named, ({ name, value }) => {
      if (name === "") writer.put("DEFAULT ");
      print(writer, value, true);
      if (name !== "") writer.put(` AS ${quoteIdentifier(name)}`);
    });
    writer.put("), ");
  }
  put("(", args[0]);
  put(" PASSING (", args[1]);
  writer.put(" COLUMNS ");
  writer.list(columns, ({ name, type, typmod, path, otherwise, notNull, counts }) => {
    const shown = counts ? "FOR ORDINALITY" : typeName(writer.names, type, typmod);
    writer.put(`${quoteIdentifier(name)} ${shown}`);
    put(" DEFAULT (", args[otherwise ?? -1]);
    put(" PATH (", args[path ?? -1]);
    if (notNull) writer.put(" NOT NULL");
  });
  writer.put(")");
}

export function printXml(writer: Writer, node: XmlExpression & Typed, print: Print): void {
  const { operation, args } = node;
  if (operation === "document") return printDocumentTest(writer, args, print);
  writer.put(`XML${operation.toUpperCase()}(`);
  if (operation === "parse" || operation === "serialize") {
    writer.put(node.document ? "DOCUMENT " : "CONTENT ");
  }
  const parts: (() => void)[] = [];
  if (node.name !== undefined) parts.push(() => writer.put(`NAME ${sqlName(node.name ?? "")}`));
  if (node.named.length > 0) parts.push(() => printNamed(writer, node, print));
  if (args.length > 0) parts.push(() => printArguments(writer, node, print));
  writer.list(parts, (part) => part());
  if (node.target) {
    writer.put(` AS ${typeName(writer.names, node.target.type, node.target.typmod)}`);
  }
  writer.put(")");
}

/** Its operand counts as a list, which is never simple. */
function printDocumentTest(writer: Writer, args: readonly Expression[], print: Print): void {
  if (writer.pretty) writer.put("(");
  writer.list(args, (arg) => print(writer, arg, false));
  writer.put(writer.pretty ? ") IS DOCUMENT" : " IS DOCUMENT");
}

function printNamed(writer: Writer, { operation, named }: XmlExpression, print: Print): void {
  if (operation !== "forest") writer.put("XMLATTRIBUTES(");
  writer.list(named, ({ name, value }) => {
    print(writer, value, true);
    writer.put(` AS ${sqlName(name)}`);
  });
  if (operation !== "forest") writer.put(")");
}

function printArguments(writer: Writer, { operation, args }: XmlExpression, print: Print): void {
  const [first, second, third] = args;
  if (operation === "parse" && first) {
    print(writer, first, true);
    const preserve = second?.kind === "constant" && second.value === 1n;
    writer.put(preserve ? " PRESERVE WHITESPACE" : " STRIP WHITESPACE");
    return;
  }
  if (operation !== "root" || !first || !second) {
    return writer.list(args, (arg) => print(writer, arg, true));
  }
  print(writer, first, true);
  writer.put(", VERSION ");
  if (second.kind === "constant" && second.value === null) writer.put("NO VALUE");
  else print(writer, second, false);
  const word = third?.kind === "constant" ? STANDALONE[Number(third.value)] : undefined;
  if (word !== undefined) writer.put(`, STANDALONE ${word}`);
}

/** The SQL identifier that an XML name was made of. */
const sqlName = (name: string): string =>
  quoteIdentifier(
    name.replace(/_x([\da-fA-F]{4})_/g, (_all, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    ),
  );
