/**
 * Queries of jsonb by jsonpath.
 * https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-SQLJSON-PATH
 */
import { SqlError } from "../../base/sql-error.ts";
import { formatJsonb, parseJsonText } from "../types/json-value.ts";
import { type JsonPath, parseJsonPath } from "../types/jsonpath-parser.ts";
import type { Scalar } from "../types/scalar.ts";
import { asText, define, defineSet, isTrue, remember, truth } from "./define.ts";
import { PathFault, type PathNode, plainNode, shownNode } from "./jsonpath-methods.ts";
import { PathRun } from "./jsonpath-run.ts";
import type { FunctionContext, FunctionDefinition, SetFunctionDefinition } from "./registry.ts";

const pathOf = remember(200, (text): JsonPath => {
  const path = parseJsonPath(text);
  if (!path) throw new SqlError("22P02", `invalid input syntax for type jsonpath: "${text}"`);
  return path;
});

interface Asked {
  readonly run: PathRun;
  readonly silent: boolean;
}

type Args = readonly (Scalar | undefined)[];

/** jsonb, path, variables, silent; of an operator the first two. */
function asked(
  context: FunctionContext,
  [target, path, variables, silent]: Args,
  usesZone = false,
): Asked {
  const given = variables === undefined ? undefined : parseJsonText(asText(variables));
  const root = parseJsonText(asText(target));
  const run = new PathRun(context, pathOf(asText(path)), root, given, usesZone);
  return { run, silent: silent === undefined || isTrue(silent) };
}

/** What was found before the path met what does not fit, which is an error unless it is silent. */
function found({ run, silent }: Asked, most = Infinity) {
  const items: PathNode[] = [];
  try {
    for (const item of run.items()) {
      items.push(item);
      if (items.length >= most) break;
    }
    return { items, failed: false };
  } catch (error) {
    if (!(error instanceof PathFault) || !silent) throw error;
    return { items, failed: true };
  }
}

/** In strict mode all of it is looked at. */
function exists(query: Asked): Scalar {
  const { items, failed } = found(query, query.run.isLax ? 1 : Infinity);
  return failed ? null : truth(items.length > 0);
}

function match(query: Asked): Scalar {
  const [only, ...more] = found(query).items;
  if (only && more.length === 0) {
    if (only.kind === "bool") return truth(only.value);
    if (only.kind === "null") return null;
  }
  if (query.silent) return null;
  throw new SqlError("22038", "single boolean result is expected");
}

const first = (query: Asked): Scalar => {
  const [item] = found(query).items;
  return item ? shownNode(item) : null;
};

const all = (query: Asked): Scalar =>
  formatJsonb({ kind: "array", items: found(query).items.map(plainNode) });

const value = (
  signature: string,
  answer: (query: Asked) => Scalar,
  usesZone = false,
): FunctionDefinition =>
  define(signature, (context, ...args) => answer(asked(context, args, usesZone)));

/** In those with _tz the session's time zone may decide. */
const suffixes = ["", "_tz"];
const withZones = (name: string, answer: (query: Asked) => Scalar) =>
  suffixes.map((suffix) =>
    value(`${name}${suffix}(jsonb, jsonpath, jsonb, bool)`, answer, suffix === "_tz"),
  );

export const jsonpathFunctions: readonly FunctionDefinition[] = [
  value("jsonb_path_exists_opr(jsonb, jsonpath)", exists),
  value("jsonb_path_match_opr(jsonb, jsonpath)", match),
  ...withZones("jsonb_path_exists", exists),
  ...withZones("jsonb_path_match", match),
  ...withZones("jsonb_path_query_array", all),
  ...withZones("jsonb_path_query_first", first),
];

export const jsonpathSetFunctions: readonly SetFunctionDefinition[] = suffixes.map((suffix) =>
  defineSet(`jsonb_path_query${suffix}(jsonb, jsonpath, jsonb, bool)`, (context, ...args) =>
    found(asked(context, args, suffix === "_tz")).items.map((item) => [shownNode(item)]),
  ),
);
