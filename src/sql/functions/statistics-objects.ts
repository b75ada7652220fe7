/** How extended statistics were defined. */
import type { Oid } from "../../base/ids.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgStatisticExt } from "../../catalog/relations/pg-statistic-ext.ts";
import { quoteIdentifier, quoteQualified } from "../types/keywords.ts";
import { regclass } from "../types/reg-types.ts";
import { asOid, define } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

const KINDS: readonly (readonly [letter: string, word: string])[] = [
  ["d", "ndistinct"],
  ["f", "dependencies"],
  ["m", "mcv"],
];

const find = ({ catalog }: FunctionContext, id: Oid) => catalog.find(pgStatisticExt, "key", [id]);

function columnsOf(context: FunctionContext, id: Oid): string | null {
  const row = find(context, id);
  if (!row) return null;
  const names = row.stxkeys.map(
    (key) => context.catalog.find(pgAttribute, "key", [row.stxrelid, key])?.attname ?? "",
  );
  return names.map(quoteIdentifier).join(", ");
}

function definitionOf(context: FunctionContext, id: Oid): string | null {
  const row = find(context, id);
  if (!row) return null;
  const schema = context.catalog.find(pgNamespace, "key", [row.stxnamespace])?.nspname;
  const name = quoteQualified(schema, row.stxname);
  const words = KINDS.flatMap(([letter, word]) => (row.stxkind.includes(letter) ? [word] : []));
  const kinds = words.length === KINDS.length ? "" : ` (${words.join(", ")})`;
  const table = regclass.format(BigInt(row.stxrelid), context, -1);
  return `CREATE STATISTICS ${name}${kinds} ON ${columnsOf(context, id)} FROM ${table}`;
}

export const statisticsObjectFunctions: readonly FunctionDefinition[] = [
  define("pg_get_statisticsobjdef(oid)", (context, id) => definitionOf(context, asOid(id))),
  define("pg_get_statisticsobjdef_columns(oid)", (context, id) => columnsOf(context, asOid(id))),
  // There are none on expressions.
  define("pg_get_statisticsobjdef_expressions(oid)", () => null),
];
