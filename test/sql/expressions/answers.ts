/**
 * The same expression to catalogd's binder and printer and to a PostgreSQL server: as a column's
 * DEFAULT, and as the column of a view over the table x.
 */
import type pg from "pg";
import { oid } from "../../../src/base/ids.ts";
import { SqlError } from "../../../src/base/sql-error.ts";
import { decodeQuery, decodeTree, encodeTree } from "../../../src/sql/bind/codec.ts";
import type { BindContext } from "../../../src/sql/bind/context.ts";
import { bindExpression, bindQuery } from "../../../src/sql/bind/query.ts";
import { collectReferences } from "../../../src/sql/bind/references.ts";
import { parse } from "../../../src/sql/parse/parse.ts";
import { printExpression, printQueryText } from "../../../src/sql/print/print.ts";
import { bindContext, builtin } from "../bind-support.ts";
import { testCatalog } from "../bind-tables.ts";
import { columnsOfX, createX } from "./columns.ts";

/** `column`: the type of the column whose DEFAULT it is; absent = the column of a view. */
export interface Case {
  readonly column?: string;
  readonly text: string;
}

export type Answer =
  | {
      readonly plain: string;
      /** Where it differs from plain. */
      readonly pretty?: string;
      /** type, typmod and collation of a view's column */
      readonly typed?: readonly [string, string, string];
    }
  | { readonly error: Readonly<Record<string, string | number>> };

const defaultPrefix = (column: string) => `CREATE TABLE d (c ${column} DEFAULT (`;
const VIEW_PREFIX = "CREATE VIEW v AS SELECT ";
const VIEW_SUFFIX = " AS c FROM x";

export const defaultColumns: Readonly<Record<string, readonly [type: number, typmod: number]>> = {
  bool: [16, -1],
  int4: [23, -1],
  int2: [21, -1],
  int8: [20, -1],
  numeric: [1700, -1],
  "numeric(5,2)": [1700, 327686],
  float8: [701, -1],
  text: [25, -1],
  "varchar(5)": [1043, 9],
  "char(3)": [1042, 7],
  name: [19, -1],
  date: [1082, -1],
  timestamptz: [1184, -1],
  "timestamp(3)": [1114, 3],
  interval: [1186, -1],
  jsonb: [3802, -1],
  "bit(8)": [1560, 8],
  "integer[]": [1007, -1],
  "numeric(4,1)[]": [1231, 262149],
  "text[]": [1009, -1],
  regclass: [2205, -1],
};

const withoutPretty = (plain: string, pretty: string) => ({
  plain,
  ...(pretty === plain ? {} : { pretty }),
});

export class Catalogd {
  readonly #context: BindContext;

  constructor() {
    const catalog = testCatalog();
    catalog.addTable(
      20200,
      "x",
      columnsOfX.map(({ name, typname, typmod = -1, collation }) => {
        const type = builtin.typesByName.get(typname)?.oid ?? oid(0);
        return [name, type, typmod, collation && { C: 950, POSIX: 951 }[collation]] as const;
      }),
    );
    const setting = (name: string) => ({ timezone: "UTC" })[name];
    const context = bindContext(catalog);
    this.#context = { ...context, inferParameters: false, types: { ...context.types, setting } };
  }

  answer(one: Case): Answer {
    try {
      return one.column === undefined ? this.#view(one.text) : this.#default(one.column, one.text);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      const { position, ...fields } = error.fields;
      const prefix = one.column === undefined ? "SELECT " : defaultPrefix(one.column);
      const at = position === undefined ? {} : { position: position - prefix.length };
      const given = Object.entries(fields).filter(([, value]) => value !== undefined);
      return {
        error: { code: error.code, message: error.message, ...Object.fromEntries(given), ...at },
      };
    }
  }

  #default(column: string, text: string): Answer {
    const [type, typmod] = defaultColumns[column] ?? [0, 0];
    const body = parse(`${defaultPrefix(column)}${text}))`)[0]?.body;
    if (body?.kind === "refused") throw body.error;
    const clause = body?.kind === "createTable" ? body.columns[0]?.constraints[0] : undefined;
    if (clause?.kind !== "default") throw new Error(`no default: ${text}`);
    const { node } = clause.expression;
    const use = {
      kind: "column default",
      column: "c",
      target: { type: oid(type), typmod },
    } as const;
    const bound = bindExpression(node, this.#context, use);
    if (bound.kind === "constant" && bound.value === null) return { plain: "" };
    collectReferences(bound);
    const tree = decodeTree(encodeTree(bound));
    const print = (pretty: boolean) =>
      printExpression(tree, { builtin, types: this.#context.types, pretty });
    return withoutPretty(print(false), print(true));
  }

  #view(text: string): Answer {
    const body = parse(`SELECT ${text}${VIEW_SUFFIX}`)[0]?.body;
    if (body?.kind === "refused") throw body.error;
    if (body?.kind !== "query") throw new Error(`no query: ${text}`);
    const bound = bindQuery(body.node, this.#context).query;
    collectReferences(bound);
    const query = decodeQuery(encodeTree(bound));
    const print = (pretty: boolean) =>
      cutQuery(`${printQueryText(query, { builtin, types: this.#context.types, pretty })};`);
    const { type, typmod, collation } = query.targets[0]?.expression ?? {};
    const typed = [String(type), String(typmod), String(collation)] as const;
    return { ...withoutPretty(print(false), print(true)), typed };
  }
}

/** The column's expression in a view's definition. */
const cutQuery = (text: string): string =>
  text.replace(/^ SELECT /, "").replace(/\n {3}FROM x;$/, "");

export async function preparePostgres(client: pg.Client): Promise<void> {
  await client.query("SET timezone = 'UTC'; SET synchronous_commit = off");
  await client.query("SET client_min_messages = error");
  await client.query(`DROP TABLE IF EXISTS x; ${createX}`);
  await client.query("DROP TABLE IF EXISTS t1, t2, t3, t4; DROP SEQUENCE IF EXISTS s1");
  await client.query(
    "create table t1(id int primary key, name text, n numeric(10,2), ts timestamptz, arr int[], " +
      "b bool, v varchar(10), c char(5)); create table t2(x int, y text); " +
      "create table t3(j json); create table t4(id bigint, q text); create sequence s1",
  );
}

export async function askPostgres(client: pg.Client, one: Case): Promise<Answer> {
  const isView = one.column === undefined;
  const prefix = isView ? VIEW_PREFIX : defaultPrefix(one.column ?? "");
  const text = isView
    ? `${VIEW_PREFIX}${one.text}${VIEW_SUFFIX}; SELECT pg_get_viewdef('v'), pg_get_viewdef('v', true),
       atttypid::oid::text, atttypmod::text, attcollation::oid::text FROM pg_attribute
       WHERE attrelid = 'v'::regclass; ROLLBACK`
    : `${prefix}${one.text})); SELECT pg_get_expr(adbin, adrelid), pg_get_expr(adbin, adrelid, true)
       FROM pg_attrdef WHERE adrelid = 'd'::regclass; ROLLBACK`;
  try {
    const results = (await client.query({ text, rowMode: "array" })) as unknown as readonly {
      readonly rows: readonly (readonly string[])[];
    }[];
    const row = results[1]?.rows[0];
    if (!row) return { plain: "" };
    const [plain = "", pretty = "", ...typed] = row;
    if (!isView) return withoutPretty(plain, pretty);
    const shown = withoutPretty(cutQuery(plain), cutQuery(pretty));
    return { ...shown, typed: typed as unknown as [string, string, string] };
  } catch (error) {
    const { code, message, detail, hint, where, position } = error as pg.DatabaseError;
    return {
      error: {
        code: code ?? "",
        message,
        ...(detail === undefined ? {} : { detail }),
        ...(hint === undefined ? {} : { hint }),
        ...(where === undefined ? {} : { where }),
        ...(position === undefined ? {} : { position: Number(position) - prefix.length }),
      },
    };
  }
}
