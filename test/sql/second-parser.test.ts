/**
 * A SECOND OPINION: what node-sql-parser, a grammar of another hand, makes of the statements of
 * this project's own scripts. Wherever both read a statement, they must agree on what it is about.
 * What the other reads otherwise than PostgreSQL does is left out, and named.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import nodeSqlParser from "node-sql-parser/build/postgresql.js";
import type { QualifiedName } from "../../src/catalog/statement.ts";
import { loadGrammar, parseTrees } from "../../src/sql/parse/grammar.ts";
import { parse } from "../../src/sql/parse/parse.ts";
import { corpusFiles, readCorpus } from "../queries/corpus.ts";

/** A part of either parser's tree. */
type Tree = { readonly [field in Field]?: unknown };
type Field =
  | ("type" | "keyword" | "prefix" | "resource" | "action" | "if_not_exists" | "members")
  | ("table" | "db" | "schema" | "view" | "name" | "index" | "index_type" | "index_columns")
  | ("create_definitions" | "expr" | "column" | "old_column" | "value" | "left" | "var")
  | ("catalogname" | "schemaname" | "relname" | "ctename");

const SCRIPTS = join(import.meta.dirname, "..", "psql");

/** What the other reads otherwise than PostgreSQL does. */
const ITS_FAULTS: readonly RegExp[] = [
  /""/, // a quote in a quoted name ends the name
  /\b(on|table|view) \w+\.\w+\.\w+/i, // of three names the middle one is lost
  /create (temp )?table \S+ ?\(\)/i, // a table without columns is a function
  /^set time zone/i, // has no name
  /\bfrom only\b/i, // is a table named only
  /\((\w+\.)?\w+( \w+)? (left |inner |cross |natural )?join/i, // one in parentheses has no tables
];

/** Statements that have a line of a script to themselves. */
function statementsOfScripts(): string[] {
  const files = readdirSync(SCRIPTS).filter((file) => file.endsWith(".psql"));
  return files.flatMap((file) =>
    readFileSync(join(SCRIPTS, file), "utf8")
      .split("\n")
      .filter((line) => /^[a-z].*;$/i.test(line) && !line.includes("\\")),
  );
}

const queriesOfCorpus = (): string[] =>
  corpusFiles().flatMap((file) => readCorpus(file).map(({ text }) => text));

const withoutFaults = (texts: readonly string[]): Set<string> =>
  new Set(texts.filter((text) => !ITS_FAULTS.some((fault) => fault.test(text))));

const other = new nodeSqlParser.Parser();

/** Its one tree. */
function theirs(text: string): Tree | undefined {
  const trees = [other.astify(text, { database: "postgresql" })].flat();
  return trees.length === 1 ? (trees[0] as unknown as Tree) : undefined;
}

function ours(text: string) {
  const statements = parse(text);
  return statements.length === 1 ? statements[0]?.body : undefined;
}

/** It keeps the case of what is not quoted, and the quotes of some of what is. */
const folded = (name: unknown): string => String(name).replaceAll('"', "").toLowerCase();
const shown = ({ schema, name }: QualifiedName): string =>
  folded(schema === undefined ? name : `${schema}.${name}`);
const given = ({ db, table }: Tree): string =>
  folded(db === null || db === undefined ? table : `${db}.${table}`);

/** The last name in a column reference, whatever its form. */
function columnIn(node: unknown): string | undefined {
  if (typeof node === "string") return folded(node);
  const { column, expr, value } = (node ?? {}) as Tree;
  if (value !== undefined) return folded(value);
  return columnIn(expr ?? column);
}

/** What a statement is about, in words that both can give. */
type About = readonly unknown[];

function aboutOurs(body: NonNullable<ReturnType<typeof ours>>, text: string): About | undefined {
  switch (body.kind) {
    case "createTable": {
      const columns = body.elements.flatMap((each) =>
        each.kind === "column" ? [folded(each.column.name)] : [],
      );
      return ["create table", shown(body.table), body.ifNotExists, ...columns];
    }
    case "createIndex": {
      const isPlain = !/[(,] ?\(/.test(text);
      const keys = body.keys.map((key) => ("column" in key && isPlain ? folded(key.column) : "…"));
      return ["create index", folded(body.name ?? ""), shown(body.table), body.unique, ...keys];
    }
    case "createSchema":
      return ["create schema", folded(body.name ?? ""), body.ifNotExists];
    case "createView":
      return ["create view", shown(body.view)];
    case "dropRelations":
      return ["drop", body.noun, body.ifExists, ...body.names.map(shown)];
    case "alterTable":
      if (body.noun !== "table") return undefined;
      return ["alter table", shown(body.table), body.actions.length];
    case "renameRelation":
      if (body.noun !== "table") return undefined;
      return ["alter table", shown(body.relation), 1, "to", folded(body.newName)];
    case "renameColumn":
      if (body.noun !== "table") return undefined;
      return ["alter table", shown(body.table), 1, folded(body.column), folded(body.newName)];
    case "comment":
      return ["comment", body.text ?? null];
    case "set":
      return ["set", body.name.toLowerCase(), body.local];
    case "show":
      return ["show", body.name.toLowerCase()];
    default:
      return undefined;
  }
}

function aboutTheirs(tree: Tree, text: string): About | undefined {
  switch (`${tree.type} ${tree.keyword}`) {
    case "create table": {
      const [table] = tree.table as Tree[];
      const columns = ((tree.create_definitions ?? []) as Tree[])
        .filter(({ resource }) => resource === "column")
        .map(({ column }) => columnIn(column));
      return table && ["create table", given(table), tree.if_not_exists !== null, ...columns];
    }
    case "create index": {
      // Parentheses make an expression of a column; it does not tell.
      const isPlain = !/[(,] ?\(/.test(text);
      const keys = (tree.index_columns as Tree[]).map((key) =>
        key.type === "column_ref" && isPlain ? columnIn(key) : "…",
      );
      const unique = tree.index_type === "unique";
      return ["create index", folded(tree.index ?? ""), given(tree.table as Tree), unique, ...keys];
    }
    case "create schema": {
      const [name] = (tree.schema as { readonly schema: unknown[] }).schema;
      return ["create schema", columnIn(name), tree.if_not_exists !== null];
    }
    case "create view": {
      const { db, view } = tree.view as Tree;
      return ["create view", given({ db, table: view })];
    }
    case "drop table":
    case "drop view": {
      const names = (tree.name as Tree[]).map(given);
      return ["drop", tree.keyword, tree.prefix !== null, ...names];
    }
    case "alter table": {
      const [table] = tree.table as Tree[];
      const actions = tree.expr as Tree[];
      const [first] = actions;
      const about = table && ["alter table", given(table), actions.length];
      if (first?.action !== "rename" || about === undefined) return about;
      if (first.resource === "table") return [...about, "to", folded(first.table)];
      return [...about, columnIn(first.old_column), columnIn(first.column)];
    }
    case "comment on": {
      const { expr } = tree.expr as { readonly expr: Tree };
      return ["comment", expr.value];
    }
    case "set null":
    case "set local":
    case "set LOCAL": {
      const [assignment] = tree.expr as { readonly left: Tree }[];
      return ["set", settingIn(assignment?.left), tree.keyword !== null];
    }
    case "show var":
      return ["show", settingIn(tree.var as Tree)];
    default:
      return undefined;
  }
}

const settingIn = (variable: Tree | undefined): string =>
  folded([variable?.name, ...((variable?.members ?? []) as unknown[])].join("."));

/** Relations that a query names, apart from its own WITH queries. */
function relationsOf(tree: unknown, found: Set<string>, own: Set<string>): void {
  if (typeof tree !== "object" || tree === null) return;
  for (const [field, part] of Object.entries(tree)) {
    // A statement has what it changes without a node around it.
    if (field === "RangeVar" || (field === "relation" && (part as Tree).relname !== undefined)) {
      const { catalogname, schemaname, relname } = part as Tree;
      const names = [catalogname, schemaname, relname].filter((name) => name !== undefined);
      found.add(folded(names.join(".")));
    } else if (field === "CommonTableExpr") own.add(folded((part as Tree).ctename));
    relationsOf(part, found, own);
  }
}

function relationsIn(text: string): string[] {
  const [found, own] = [new Set<string>(), new Set<string>()];
  relationsOf(parseTrees(text), found, own);
  return [...found].filter((name) => !own.has(name)).sort();
}

function theirRelationsIn(text: string): string[] {
  const own = new Set<string>();
  relationsOf(parseTrees(text), new Set(), own);
  const named = other.tableList(text, { database: "postgresql" }).map((entry) => {
    const [, db = "null", table = ""] = entry.split("::");
    return folded(db === "null" ? table : `${db}.${table}`);
  });
  return [...new Set(named)].filter((name) => !own.has(name)).sort();
}

/** What `read` gives, or nothing where it refuses. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

describe("a second parser", () => {
  before(loadGrammar);

  it("agrees on what DDL and settings are about", () => {
    const compared = new Map<unknown, number>();
    for (const text of withoutFaults(statementsOfScripts())) {
      const body = readable(() => ours(text));
      const mine = body && aboutOurs(body, text);
      const tree = mine && readable(() => theirs(text));
      const yours = tree && aboutTheirs(tree, text);
      if (!mine || !yours) continue;
      compared.set(mine[0], (compared.get(mine[0]) ?? 0) + 1);
      expect(mine, text).to.deep.equal(yours);
    }
    expect([...compared.keys()].sort()).to.deep.equal([
      "alter table",
      "comment",
      "create index",
      "create schema",
      "create table",
      "create view",
      "drop",
      "set",
      "show",
    ]);
    for (const [what, count] of compared) expect(count, String(what)).to.be.greaterThan(15);
  });

  it("finds the same relations in queries and views", () => {
    let compared = 0;
    for (const text of withoutFaults([...statementsOfScripts(), ...queriesOfCorpus()])) {
      if (!/^(select|with|create view)\b/i.test(text)) continue;
      const mine = readable(() => relationsIn(text));
      const yours = mine && readable(() => theirRelationsIn(text));
      if (!yours) continue;
      compared++;
      expect(mine, text).to.deep.equal(yours);
    }
    expect(compared).to.be.greaterThan(1000);
  });
});
