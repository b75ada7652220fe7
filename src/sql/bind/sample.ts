/**
 * TABLESAMPLE: the method, how many of the rows, and the seed of a sample that can be repeated.
 * https://www.postgresql.org/docs/15/sql-select.html#SQL-FROM
 */
import type { RangeTableSample } from "@pgsql/types";
import { oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToSpecific } from "./coerce.ts";
import { strings } from "./node.ts";
import { rawPosition } from "./position.ts";
import type { Scope } from "./scope.ts";
import type { RangeTableEntry, Sample } from "./tree.ts";
import { FLOAT4, FLOAT8, INTERNAL } from "./type-oids.ts";

const HANDLER = oid(3310);
/** Of each method: its handler takes `internal`, and rows are chosen by one real number. */
const METHOD_ARGUMENTS = 1;

/** Tables, materialized views, partitioned tables, sources. */
const SAMPLED_KINDS = new Set(["r", "m", "p", "x"]);

export function bindSample(
  scope: Scope,
  node: RangeTableSample,
  entry: RangeTableEntry,
): RangeTableEntry {
  if (entry.kind !== "relation" || !SAMPLED_KINDS.has(entry.relkind)) {
    const message = "TABLESAMPLE clause can only be applied to tables and materialized views";
    throw new SqlError("0A000", message).at(rawPosition(scope, node.relation));
  }
  const position = scope.at(node.location);
  const words = strings(node.method).join(".");
  const method = findMethod(scope, strings(node.method));
  if (method === undefined) {
    throw new SqlError("42704", `tablesample method ${words} does not exist`).at(position);
  }
  const args = node.args ?? [];
  if (args.length !== METHOD_ARGUMENTS) {
    const message = `tablesample method ${words} requires ${METHOD_ARGUMENTS} argument, not ${args.length}`;
    throw new SqlError("2202H", message).at(position);
  }
  const [percentage] = args.map((arg) => {
    const bound = scope.bind(arg, "function in FROM");
    return coerceToSpecific(scope, bound, FLOAT4, "real", "TABLESAMPLE");
  });
  if (!percentage) return entry;
  const seed = node.repeatable && scope.bind(node.repeatable, "function in FROM");
  const repeatable =
    seed && coerceToSpecific(scope, seed, FLOAT8, "double precision", "REPEATABLE");
  const sample: Sample = { method, percentage, ...(repeatable ? { repeatable } : {}) };
  return { ...entry, sample };
}

function findMethod(scope: Scope, names: readonly string[]): Sample["method"] | undefined {
  const name = names.at(-1) ?? "";
  const schema = names.length > 1 ? names.at(-2) : undefined;
  const namespace = schema === undefined ? undefined : scope.names.findNamespace(schema);
  if (schema !== undefined && namespace === undefined) return undefined;
  const found = scope.names
    .functionsNamed(namespace, name)
    .find(({ args, result }) => args.length === 1 && args[0] === INTERNAL && result === HANDLER);
  return found?.oid;
}
