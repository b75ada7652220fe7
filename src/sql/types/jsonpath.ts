/** jsonpath: stored as the text that it prints. */
import { SqlError } from "../../base/sql-error.ts";
import { BinaryReader } from "./binary.ts";
import { decodeFromClient, invalidSyntax, type TypeCodec } from "./codec.ts";
import { quoteJson } from "./json-value.ts";
import { LAST_LEVEL, type PathItem, parseJsonPath } from "./jsonpath-parser.ts";
import { text, withVersionByte } from "./texts.ts";

const VERSION = 1;

/** How tightly: an operand that binds as loosely as its operator, or looser, is in parentheses. */
function priorityOf(item: PathItem): number {
  switch (item.kind) {
    case "plus":
    case "minus":
      return 5;
    case "binary":
      if (item.operator === "||") return 0;
      if (item.operator === "&&") return 1;
      if (item.operator === "+" || item.operator === "-") return 3;
      return ["*", "/", "%"].includes(item.operator) ? 4 : 2;
    default:
      return 6;
  }
}

/** `asKey`: it follows another one. */
function print(item: PathItem, asKey: boolean, inParentheses: boolean): string {
  const body = printBody(item, asKey, inParentheses);
  return item.next ? body + print(item.next, true, true) : body;
}

function printBody(item: PathItem, asKey: boolean, inParentheses: boolean): string {
  const dot = asKey ? "." : "";
  const enclosed = (body: string) => (inParentheses ? `(${body})` : body);
  const operand = (arg: PathItem) => print(arg, false, priorityOf(arg) <= priorityOf(item));
  const inside = (arg: PathItem) => print(arg, false, false);
  switch (item.kind) {
    case "literal":
      return item.isNumber && item.next ? `(${item.text})` : item.text;
    case "string":
      return quoteJson(item.text);
    case "variable":
      return `$${quoteJson(item.text)}`;
    case "key":
      return dot + quoteJson(item.text);
    case "root":
      return "$";
    case "current":
      return "@";
    case "last":
      return "last";
    case "anyArray":
      return "[*]";
    case "anyKey":
      return `${dot}*`;
    case "any":
      return dot + printLevels(item.from, item.to);
    case "indexes":
      return `[${item.indexes.map((each) => each.map(inside).join(" to ")).join(",")}]`;
    case "binary":
      return enclosed(item.args.map(operand).join(` ${item.operator.replace("<>", "!=")} `));
    case "regex": {
      const flags = item.flags === "" ? "" : ` flag "${item.flags}"`;
      return enclosed(`${operand(item.arg)} like_regex ${quoteJson(item.text)}${flags}`);
    }
    case "plus":
      return enclosed(`+${operand(item.arg)}`);
    case "minus":
      return enclosed(`-${operand(item.arg)}`);
    case "filter":
      return `?(${inside(item.arg)})`;
    case "not":
      return `!(${inside(item.arg)})`;
    case "isUnknown":
      return `(${inside(item.arg)}) is unknown`;
    case "exists":
      return `exists (${inside(item.arg)})`;
    case "method":
      return `.${item.name}(${item.arg ? inside(item.arg) : ""})`;
  }
}

function printLevels(from: number, to: number): string {
  const level = (at: number) => (at === LAST_LEVEL ? "last" : String(at));
  if (from === 0 && to === LAST_LEVEL) return "**";
  return from === to ? `**{${level(from)}}` : `**{${level(from)} to ${level(to)}}`;
}

function readPath(source: string): string {
  const path = parseJsonPath(source);
  if (!path) throw invalidSyntax("jsonpath", source);
  return `${path.isStrict ? "strict " : ""}${print(path.item, false, true)}`;
}

export const jsonpath: TypeCodec<string> = {
  ...text,
  parse: readPath,
  encode: withVersionByte,
  decode(bytes, _typmod, context) {
    const version = new BinaryReader(bytes).uint8();
    if (version !== VERSION) {
      throw new SqlError("XX000", `unsupported jsonpath version number: ${version}`);
    }
    return readPath(decodeFromClient(bytes.subarray(1), context));
  },
};
