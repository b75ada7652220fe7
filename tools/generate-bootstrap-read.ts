/** Reads a catalog's rows from PostgreSQL as src/catalog/bootstrap.ts stores them. */
import type pg from "pg";
import type { Relation } from "../src/catalog/relation.ts";

export type StoredValue = null | boolean | number | string | readonly StoredValue[];
/** A row's values in the relation's column order, as JSON has them. */
export type StoredRow = readonly StoredValue[];

/** Filled by use, never by initdb. */
const WITHOUT_ROWS = new Set([
  "pg_statistic",
  "pg_statistic_ext_data",
  "pg_largeobject",
  "pg_db_role_setting",
]);

/** Node trees are PostgreSQL's own; what is kept of them is the SQL text that they print as. */
const nodeTreeTexts: { readonly [column: string]: string } = {
  "pg_proc.proargdefaults": `(SELECT array_agg(d ORDER BY n)
    FROM generate_series(1, coalesce(cardinality(proallargtypes), pronargs)) n,
      pg_get_function_arg_default(pg_proc.oid, n) d WHERE d IS NOT NULL)`,
  "pg_proc.prosqlbody":
    "CASE WHEN prosqlbody IS NOT NULL THEN ARRAY[pg_get_function_sqlbody(oid)] END",
  "pg_type.typdefaultbin":
    "CASE WHEN typdefaultbin IS NOT NULL THEN ARRAY[pg_get_expr(typdefaultbin, 0)] END",
  // The query of a view; of another rule the statement that makes it.
  "pg_rewrite.ev_action": `CASE WHEN rulename = '_RETURN' THEN ARRAY[pg_get_viewdef(ev_class)]
    ELSE ARRAY[pg_get_ruledef(oid)] END`,
  "pg_constraint.conbin":
    "CASE WHEN conbin IS NOT NULL THEN ARRAY[pg_get_expr(conbin, conrelid)] END",
};

/** What a running server changes and what belongs to the machine, set to a fresh cluster's. */
const settled: { readonly [column: string]: string } = {
  "pg_class.relpages": "0",
  "pg_class.reltuples": "-1",
  "pg_class.relallvisible": "0",
  // 3 is the first normal transaction id and 1 the first multixact: nothing is older.
  "pg_class.relfrozenxid": "CASE WHEN relkind = 'r' THEN 3 ELSE 0 END",
  "pg_class.relminmxid": "CASE WHEN relkind = 'r' THEN 1 ELSE 0 END",
  "pg_class.relfilenode": "CASE WHEN relfilenode = 0 THEN 0 ELSE oid END",
  "pg_database.datfrozenxid": "3",
  "pg_database.datminmxid": "1",
  "pg_authid.rolpassword": "NULL",
  // The server's ICU has another version, which it does not tell.
  "pg_collation.collversion": "NULL",
  // No condition; what the one rule has that has one is in its statement.
  "pg_rewrite.ev_qual": "'<>'",
};

export async function readRelation(client: pg.Client, relation: Relation): Promise<StoredRow[]> {
  if (WITHOUT_ROWS.has(relation.name)) return [];
  // With an empty path every name but pg_catalog's is printed with its schema.
  await client.query("SET search_path = ''");
  const { name, schema, columnNames, layout } = relation;
  const columns = columnNames.map((column) => expression(relation, column)).join(", ");
  const order = layout.key.map((at) => `${name}.${columnNames[at]}`).join(", ");
  const result = await client.query<string[]>({
    text: `SELECT ${columns} FROM ${schema}.${name} ORDER BY ${order}`,
    rowMode: "array",
    types: { getTypeParser: () => (text: string) => text } as never,
  });
  const rows = result.rows.map((row) => row.map((text, at) => decode(relation, at, text)));
  return relation.name === "pg_depend" ? withoutDuplicates(rows) : rows;
}

/** PostgreSQL notes a dependency twice where there are two reasons; one row says it. */
function withoutDuplicates(rows: StoredRow[]): StoredRow[] {
  return rows.filter((row, at) => at === 0 || String(row) !== String(rows[at - 1]));
}

function expression(relation: Relation, name: string): string {
  const qualified = `${relation.name}.${name}`;
  const column = relation.columns[name];
  const fixed = settled[qualified];
  if (fixed !== undefined) return fixed;
  switch (column?.type) {
    case NODE_TREE:
      return `to_json(${nodeTreeTexts[qualified] ?? name})`;
    case REGPROC:
      return `${name}::oid`;
    case INT2VECTOR:
    case OIDVECTOR:
      return `to_json(string_to_array(${name}::text, ' '))`;
    default:
      return column?.storedAs === "array" ? `to_json(${name}::text[])` : name;
  }
}

const NODE_TREE = 194;
const REGPROC = 24;
const INT2VECTOR = 22;
const OIDVECTOR = 30;
/** oid[], int2[] and the vectors: arrays whose elements are numbers. */
const NUMBER_ARRAYS = new Set([INT2VECTOR, OIDVECTOR, 1028, 1005]);

function decode(relation: Relation, at: number, text: string | null): StoredValue {
  const name = relation.columnNames[at] as string;
  const column = relation.columns[name];
  if (text === null || column === undefined) return null;
  if (column.type === NODE_TREE && text !== "<>") return nodeTree(`${relation.name}.${name}`, text);
  switch (column.storedAs) {
    case "bool":
      return text === "t";
    case "int":
    case "real":
      return finite(Number(text));
    case "array": {
      const elements = JSON.parse(text) as string[];
      return NUMBER_ARRAYS.has(column.type) ? elements.map((e) => finite(Number(e))) : elements;
    }
    case "text":
      return text;
    case "bigint":
    case "blob":
      throw new Error(`${relation.name}.${name} has a value, which no built-in row had before`);
  }
}

function nodeTree(column: string, text: string): string {
  if (!(column in nodeTreeTexts)) throw new Error(`${column} has a node tree of no known text`);
  return JSON.stringify({ v: 1, sql: JSON.parse(text) });
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new Error(`${value} is no value that JSON can hold`);
  return value;
}
