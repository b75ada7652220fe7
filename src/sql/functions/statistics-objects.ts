/** How extended statistics were defined. */
import type { Oid } from "../../base/ids.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgStatisticExt } from "../../catalog/relations/pg-statistic-ext.ts";
import { encodeList } from "../types/array-value.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import { regclass } from "../types/reg-types.ts";
import type { Scalar } from "../types/scalar.ts";
import { asOid, define, defineSet } from "./define.ts";
import type { Printers } from "./printers.ts";
import type { FunctionContext, FunctionDefinition, SetFunctionDefinition } from "./registry.ts";

const KINDS: readonly (readonly [letter: string, word: string])[] = [
  ["d", "ndistinct"],
  ["f", "dependencies"],
  ["m", "mcv"],
];

const find = ({ catalog }: FunctionContext, id: Oid) => catalog.find(pgStatisticExt, "key", [id]);

function elementsOf(context: FunctionContext, id: Oid, printers: Printers): string | null {
  const row = find(context, id);
  if (!row) return null;
  const names = row.stxkeys.map(
    (key) => context.catalog.find(pgAttribute, "key", [row.stxrelid, key])?.attname ?? "",
  );
  const expressions =
    row.stxexprs === null
      ? []
      : printers.statisticsExpressions(row.stxexprs, row.stxrelid, context);
  const shown = expressions.map(({ text, isCall }) => (isCall ? text : `(${text})`));
  return [...names.map(quoteIdentifier), ...shown].join(", ");
}

function definitionOf(context: FunctionContext, id: Oid, printers: Printers): string | null {
  const row = find(context, id);
  if (!row) return null;
  const schema = context.catalog.find(pgNamespace, "key", [row.stxnamespace])?.nspname;
  const name = quoteQualified(schema, row.stxname);
  const words = KINDS.flatMap(([letter, word]) => (row.stxkind.includes(letter) ? [word] : []));
  // Of one expression there are no kinds to be named.
  const isAll = words.length === KINDS.length || words.length === 0;
  const kinds = isAll ? "" : ` (${words.join(", ")})`;
  const table = regclass.format(BigInt(row.stxrelid), context, -1);
  return `CREATE STATISTICS ${name}${kinds} ON ${elementsOf(context, id, printers)} FROM ${table}`;
}

function expressionsOf(context: FunctionContext, id: Oid, printers: Printers): Scalar {
  const row = find(context, id);
  if (!row || row.stxexprs === null) return null;
  return encodeList(printers.expressions(row.stxexprs, row.stxrelid, context));
}

export const statisticsObjectFunctions = (printers: Printers): readonly FunctionDefinition[] => [
  define("pg_get_statisticsobjdef(oid)", (context, id) =>
    definitionOf(context, asOid(id), printers),
  ),
  define("pg_get_statisticsobjdef_columns(oid)", (context, id) =>
    elementsOf(context, asOid(id), printers),
  ),
  define("pg_get_statisticsobjdef_expressions(oid)", (context, id) =>
    expressionsOf(context, asOid(id), printers),
  ),
];

/** Nothing gathers extended statistics, and no value of the type can be written. */
export const statisticsSetFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_mcv_list_items(pg_mcv_list)", () => []),
];
