/** What the methods of jsonpath make of a value. */
import { SqlError } from "../../base/sql-error.ts";
import {
  absolute,
  compareDecimals,
  type Decimal,
  formatDecimal,
  parseDecimal,
  truncate,
} from "../types/decimal.ts";
import { formatFloat, readFloat } from "../types/floats.ts";
import { formatJsonb, type JsonNode, normalize } from "../types/json-value.ts";
import {
  checkTemplate,
  type Moment,
  momentText,
  readMoment,
  recognize,
} from "./jsonpath-moments.ts";

/** What paths find. */
export type PathNode = JsonNode | Moment;

/** What a path says of a value that does not fit: in predicates unknown, else an error. */
export class PathFault extends SqlError {}

export const fault = (code: string, message: string): PathFault => new PathFault(code, message);

export const number = (value: Decimal): JsonNode => ({
  kind: "number",
  text: formatDecimal(value),
});

export const plainNode = (node: PathNode): JsonNode =>
  node.kind === "datetime" ? { kind: "string", text: momentText(node) } : node;

export const shownNode = (node: PathNode): string => formatJsonb(plainNode(node));

export function rounded(name: "abs" | "floor" | "ceiling", node: PathNode): JsonNode {
  if (node.kind !== "number") {
    const message = `jsonpath item method .${name}() can only be applied to a numeric value`;
    throw fault("22036", message);
  }
  const value = parseDecimal(node.text);
  if (name === "abs") return number({ ...value, units: absolute(value.units) });
  const whole = truncate(value, 0);
  const difference = compareDecimals(value, whole);
  const step = name === "floor" ? Math.min(difference, 0) : Math.max(difference, 0);
  return number({ units: whole.units + BigInt(Math.sign(step)), scale: 0 });
}

export function double(node: PathNode): JsonNode {
  if (node.kind !== "number" && node.kind !== "string") {
    const message =
      "jsonpath item method .double() can only be applied to a string or numeric value";
    throw fault("22036", message);
  }
  const isText = node.kind === "string";
  const value = readDouble(node.text);
  if (value === undefined || !Number.isFinite(value)) {
    const of = `argument of jsonpath item method .double()`;
    const message = isText
      ? `string ${of} is not a valid representation of a double precision number`
      : `numeric ${of} is out of range for type double precision`;
    throw fault("22036", message);
  }
  if (!isText) return node;
  return normalize({ kind: "number", text: formatFloat(value, false, 0) });
}

function readDouble(text: string): number | undefined {
  try {
    const { value, end } = readFloat(text, 0, "double precision");
    return end === text.length ? value : undefined;
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

export function datetime(node: PathNode, template: string | undefined): Moment {
  if (node.kind !== "string") {
    throw fault("22031", "jsonpath item method .datetime() can only be applied to a string");
  }
  if (template !== undefined) {
    checkTemplate(template);
    return readByTemplate(node.text, template);
  }
  const moment = recognize(node.text);
  if (moment) return moment;
  throw new PathFault("22031", `datetime format is not recognized: "${node.text}"`, {
    hint: "Use a datetime template argument to specify the input data format.",
  });
}

function readByTemplate(text: string, template: string): Moment {
  try {
    return readMoment(text, template);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw new PathFault(error.code, error.message, error.fields);
  }
}
