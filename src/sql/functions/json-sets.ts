/**
 * json and jsonb as rows.
 * https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-JSON-PROCESSING-TABLE
 */
import { SqlError } from "../../base/sql-error.ts";
import { formatJsonb, type JsonNode, parseJsonbText, parseJsonText } from "../types/json-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { asText, defineSet } from "./define.ts";
import type { SetFunctionDefinition } from "./registry.ts";

type Show = (node: JsonNode, source: string) => Scalar;

const shows: Readonly<Record<string, Show>> = {
  json: (node, source) => source.slice(...(node.span ?? [0])),
  jsonb: formatJsonb,
};

const asPlainText =
  (show: Show): Show =>
  (node, source) => {
    if (node.kind === "null") return null;
    return node.kind === "string" ? node.text : show(node, source);
  };

function elements(source: string, show: Show, name: string, family: string) {
  const node = name.endsWith("_text") ? parseJsonbText(source) : parseJsonText(source);
  if (node.kind === "array") return node.items.map((item) => [show(item, source)]);
  if (family === "jsonb") {
    const what = node.kind === "object" ? "an object" : "a scalar";
    throw new SqlError("22023", `cannot extract elements from ${what}`);
  }
  throw new SqlError(
    "22023",
    `cannot call ${name} on a ${node.kind === "object" ? "non-array" : "scalar"}`,
  );
}

/** Keys that repeat: json gives each, jsonb has none. */
function entriesOf(source: string, name: string, family: string) {
  const node = parseJsonbText(source);
  if (node.kind === "object") return node.entries;
  if (family === "jsonb" && name !== "jsonb_object_keys") {
    throw new SqlError("22023", `cannot call ${name} on a non-object`);
  }
  const what = node.kind === "array" ? "an array" : "a scalar";
  if (name.endsWith("_object_keys")) throw new SqlError("22023", `cannot call ${name} on ${what}`);
  const as = node.kind === "array" ? " as an object" : "";
  throw new SqlError("22023", `cannot deconstruct ${what}${as}`);
}

export const jsonSetFunctions: readonly SetFunctionDefinition[] = ["json", "jsonb"].flatMap(
  (family) => {
    const show = shows[family] as Show;
    const text = asPlainText(show);
    const each = (name: string, showValue: Show) =>
      defineSet(`${name}(${family})`, (_c, source) =>
        entriesOf(asText(source), name, family).map(([key, value]) => [
          key,
          showValue(value, asText(source)),
        ]),
      );
    const items = (name: string, showValue: Show) =>
      defineSet(`${name}(${family})`, (_c, source) =>
        elements(asText(source), showValue, name, family),
      );
    return [
      items(`${family}_array_elements`, show),
      items(`${family}_array_elements_text`, text),
      each(`${family}_each`, show),
      each(`${family}_each_text`, text),
      defineSet(`${family}_object_keys(${family})`, (_c, source) =>
        entriesOf(asText(source), `${family}_object_keys`, family).map(([key]) => [key]),
      ),
    ];
  },
);
