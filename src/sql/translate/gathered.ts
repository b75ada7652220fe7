/**
 * LATERAL. SQLite has no such thing, but table-valued functions may refer to what stands before
 * them: a sub-select that does, or a join in parentheses, becomes json_each over its rows gathered
 * as JSON.
 */
import type { Oid } from "../../base/ids.ts";
import { isInherited } from "../../catalog/inheritance.ts";
import type { RangeTableEntry } from "../bind/tree.ts";
import { MADE_ATTRIBUTE, PLACE_ATTRIBUTE } from "../bind/update.ts";
import { hexText } from "./arrays.ts";
import type { Emitter } from "./emitter.ts";
import { entryAt, type Scope, type ScopeEntry, systemColumn } from "./scope.ts";
import { VERSION_COLUMNS } from "./user-table.ts";
import { siblings } from "./walk.ts";

export const isLateral = (entry: RangeTableEntry): boolean => lateral(entry).size > 0;

/** Tables beside it that an entry of FROM refers to. */
function lateral(entry: RangeTableEntry): ReadonlySet<number> {
  if (entry.kind === "subquery") return siblings(entry.query, 1);
  if (entry.kind === "values") return siblings(entry.rows, 0);
  if (entry.kind === "function") return siblings(entry.functions, 0);
  return new Set();
}

/** Whether one of the tables refers to another that is not among them. */
export function refersOutside(scope: Scope, tables: ReadonlySet<number>): boolean {
  return [...tables].some((table) =>
    [...lateral(entryAt(scope, table).entry)].some((other) => !tables.has(other)),
  );
}

export const elementText = (alias: string, at: number, blob: boolean): string => {
  const text = `json_extract(${alias}.value, '$[${at}]')`;
  return blob ? `unhex(${text})` : text;
};

/** Columns of rows gathered as JSON arrays by `gather`. */
export const gatheredColumns =
  (emitter: Emitter, alias: string, entry: RangeTableEntry) =>
  (attribute: number): string =>
    elementText(alias, attribute - 1, isBlob(emitter, entry.types[attribute - 1]));

export const isBlob = (emitter: Emitter, type: Oid | undefined): boolean =>
  type !== undefined && emitter.context.types.storage(type) === "blob";

const gathered = (values: readonly string[], from: string): string =>
  `json_each((SELECT json_group_array(json_array(${values.join(", ")})) FROM ${from}))`;

/** `rows` has the columns c1 … cn. */
export function gather(emitter: Emitter, entry: RangeTableEntry, rows: string): string {
  const values = entry.types.map((type, at) => {
    const text = `c${at + 1}`;
    return isBlob(emitter, type) ? hexText(text) : text;
  });
  return gathered(values, `(${rows})`);
}

/** Whoever names one of the tables from here on finds it in the rows gathered. */
export function gatherJoin(
  emitter: Emitter,
  scope: Scope,
  tables: ReadonlySet<number>,
  joined: string,
): string {
  const alias = emitter.alias("t");
  const values: string[] = [];
  carryTables(emitter, scope, tables, alias, (text, type) => {
    const blob = isBlob(emitter, type);
    values.push(blob ? hexText(text) : text);
    return elementText(alias, values.length - 1, blob);
  });
  return `${gathered(values, joined)} AS ${alias}`;
}

/**
 * Makes every column of the tables a column of rows that are `alias` from here on. `add` takes its
 * text within and answers the one outside; what has no type is a number.
 */
export function carryTables(
  emitter: Emitter,
  scope: Scope,
  tables: ReadonlySet<number>,
  alias: string,
  add: (text: string, type?: Oid) => string,
): void {
  for (const table of tables) {
    const { entry, column, present: inside } = entryAt(scope, table);
    const attributes =
      entry.kind === "relation" ? entry.attributes : entry.names.map((_, at) => at + 1);
    const texts = new Map(
      attributes.map((attribute, at) => [attribute, add(column(attribute), entry.types[at])]),
    );
    const present = inside === undefined ? undefined : add(inside);
    const system =
      present === undefined ? undefined : carrySystem(emitter, { entry, column, present }, add);
    const outside = (attribute: number): string =>
      texts.get(attribute) ?? system?.(attribute) ?? "NULL";
    const found = present === undefined ? {} : { present };
    scope.entries[table - 1] = { entry, alias, column: outside, ...found };
  }
}

/** The system columns of a row that is carried: what they are made of is carried with it. */
function carrySystem(
  emitter: Emitter,
  { entry, column, present }: Pick<ScopeEntry, "entry" | "column"> & { readonly present: string },
  add: (text: string) => string,
): ((attribute: number) => string) | undefined {
  if (entry.kind !== "relation") return undefined;
  const { relation, relkind } = entry;
  const system = (made: string | undefined) => (attribute: number) =>
    systemColumn(emitter, { present, made }, attribute, relation);
  if (relkind === "S") return system(undefined);
  if (emitter.context.relation(relation)) return system(present);
  const made = system(add(column(MADE_ATTRIBUTE)));
  const table = isInherited(emitter.context.catalog, entry) ? add(column(TABLEOID)) : undefined;
  return (attribute) => {
    if (VERSION_COLUMNS.has(attribute)) return present;
    if (attribute === TABLEOID && table !== undefined) return table;
    if (attribute === PLACE_ATTRIBUTE) return `${table ?? relation} || '/' || ${present}`;
    return made(attribute);
  };
}
const TABLEOID = -6;
