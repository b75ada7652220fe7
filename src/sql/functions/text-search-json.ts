/**
 * The words of documents: to_tsvector of their strings, json_to_tsvector of what is asked for.
 * https://www.postgresql.org/docs/15/functions-textsearch.html
 */
import { SqlError } from "../../base/sql-error.ts";
import { parseJsonText } from "../types/json-value.ts";
import type { Scalar } from "../types/scalar.ts";
import { asText, define, defineByCatalog } from "./define.ts";
import { type JsonPart, partsOf } from "./json-strings.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";
import { currentConfiguration, type PlacedWord, placedWords } from "./search-words.ts";
import { vectorOfWords } from "./text-search-texts.ts";

const PARTS: readonly JsonPart[] = ["string", "numeric", "boolean", "key"];
const STRINGS: ReadonlySet<JsonPart> = new Set<JsonPart>(["string"]);
const hint = 'Possible values are: "string", "numeric", "boolean", "key", and "all".';

/** Throws 22023. */
function readParts(value: Scalar | undefined): ReadonlySet<JsonPart> {
  const node = parseJsonText(asText(value));
  if (node.kind === "object") {
    throw new SqlError("22023", "wrong flag type, only arrays and scalars are allowed");
  }
  const wanted = new Set<JsonPart>();
  for (const flag of node.kind === "array" ? node.items : [node]) {
    if (flag.kind !== "string") {
      throw new SqlError("22023", "flag array element is not a string", { hint });
    }
    const name = flag.text.toLowerCase();
    const parts = name === "all" ? PARTS : PARTS.filter((part) => part === name);
    if (parts.length === 0) {
      throw new SqlError("22023", `wrong flag in flag array: "${flag.text}"`, { hint });
    }
    for (const part of parts) wanted.add(part);
  }
  return wanted;
}

/** A place is left between the parts, so that no phrase goes from one to the next. */
function vectorOf(
  context: FunctionContext,
  configuration: Scalar | undefined,
  source: Scalar | undefined,
  wanted: ReadonlySet<JsonPart>,
): string {
  const all: PlacedWord[] = [];
  let from = 0;
  for (const part of partsOf(parseJsonText(asText(source)), wanted)) {
    const { words, last } = placedWords(context, configuration, part, from);
    all.push(...words);
    from = words.length > 0 ? last + 1 : last;
  }
  return vectorOfWords(all);
}

export const textSearchJsonFunctions: readonly FunctionDefinition[] = ["json", "jsonb"].flatMap(
  (type) => [
    defineByCatalog(`to_tsvector(regconfig, ${type})`, (context, configuration, source) =>
      vectorOf(context, configuration, source, STRINGS),
    ),
    define(`to_tsvector(${type})`, (context, source) =>
      vectorOf(context, currentConfiguration(context), source, STRINGS),
    ),
    defineByCatalog(
      `${type}_to_tsvector(regconfig, ${type}, jsonb)`,
      (context, config, source, parts) => vectorOf(context, config, source, readParts(parts)),
    ),
    define(`${type}_to_tsvector(${type}, jsonb)`, (context, source, parts) =>
      vectorOf(context, currentConfiguration(context), source, readParts(parts)),
    ),
  ],
);
