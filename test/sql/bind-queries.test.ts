import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { Oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { pgAttribute } from "../../src/catalog/relations/pg-attribute.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { columnFacts } from "../../src/sql/bind/builtin.ts";
import { bindQuery } from "../../src/sql/bind/query.ts";
import { RW_CATALOG } from "../../src/sql/bind/rw-catalog.ts";
import type { BoundQuery } from "../../src/sql/bind/tree.ts";
import { parse } from "../../src/sql/parse/parse.ts";
import { bindContext, builtin } from "./bind-support.ts";
import { type TestCatalog, testCatalog } from "./bind-tables.ts";

/**
 * One line a statement: what PostgreSQL 15 described of it, or its error. Columns: name, type,
 * typmod, table, attnum.
 */
interface Golden {
  readonly text: string;
  readonly parameters?: readonly number[];
  readonly columns?: readonly (readonly [string, number, number, string, number])[];
  readonly error?: Readonly<Record<string, string | number>>;
}

const golden = JSON.parse(
  readFileSync(new URL("bind-golden/queries.json", import.meta.url), "utf8"),
) as Golden[];

function bindText(catalog: TestCatalog, text: string): BoundQuery {
  const [statement] = parse(text);
  const body = statement?.body;
  if (body?.kind === "refused") throw body.error;
  if (body?.kind !== "query") throw new Error(`no query: ${text}`);
  return bindQuery(body.node, bindContext(catalog));
}

/** A domain is described as the type under it. */
function described(type: Oid): Oid {
  const facts = builtin.types.get(type);
  return facts?.kind === "d" ? described(facts.baseType) : type;
}

function answer(catalog: TestCatalog, text: string): unknown {
  try {
    const { query, parameterTypes } = bindText(catalog, text);
    const columns = query.targets.map(({ name, expression, originTable, originColumn }) => [
      name,
      described(expression.type),
      Math.max(expression.typmod, -1),
      originTable === 0 ? "" : catalog.nameOf(originTable),
      originColumn,
    ]);
    return { parameters: parameterTypes, columns };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const fields = Object.entries(error.fields).filter(([, value]) => value !== undefined);
    return { error: { code: error.code, message: error.message, ...Object.fromEntries(fields) } };
  }
}

describe("binding queries", () => {
  const catalog = testCatalog();
  for (const { text, ...wanted } of golden) {
    it(`answers as PostgreSQL does to ${text}`, () => {
      expect(answer(catalog, text)).to.deep.equal(wanted);
    });
  }

  for (const [view] of builtin.viewQueries) {
    const own = builtin.relations.get(view)?.namespace === RW_CATALOG;
    const row = catalog.find(pgClass, "key", [view]);
    const name = own ? builtin.relations.get(view)?.name : row?.relname;
    const of: Record<number, string> = { 11: "pg_catalog", [RW_CATALOG]: "rw_catalog" };
    const schema = of[own ? RW_CATALOG : Number(row?.relnamespace)] ?? "information_schema";
    it(`expands the view ${schema}.${name} to its columns`, () => {
      const { query } = bindText(catalog, `SELECT * FROM ${schema}.${name}`);
      const [entry] = "rangeTable" in query ? query.rangeTable : [];
      const inner = entry?.kind === "subquery" ? entry.query.targets : [];
      const types = inner.filter(({ junk }) => !junk).map(({ expression }) => expression.type);
      const declared = own
        ? (builtin.columns.get(view) ?? [])
        : columnFacts(catalog.list(pgAttribute, "key", [view]));
      const shown = query.targets.map((target, at) => [target.name, types[at]]);
      expect(shown).to.deep.equal(declared.map((column) => [column.name, column.type]));
    });
  }

  it("takes the client's parameter types before any inference", () => {
    const [statement] = parse("SELECT $1, $2");
    const node = statement?.body.kind === "query" ? statement.body.node : undefined;
    const bound = bindQuery(node, bindContext(catalog, { parameterTypes: [23 as Oid] }));
    expect(bound.parameterTypes).to.deep.equal([23, 25]);
  });

  it("knows no parameters in a statement that came without", () => {
    const [statement] = parse("SELECT $1");
    const node = statement?.body.kind === "query" ? statement.body.node : undefined;
    expect(() => bindQuery(node, bindContext(catalog, { inferParameters: false })))
      .to.throw(SqlError, "there is no parameter $1")
      .with.property("code", "42P02");
  });

  it("locks each relation that it reads, those inside views too", () => {
    const locked: number[] = [];
    const lockRelation = (relation: Oid) => {
      locked.push(relation);
    };
    for (let run = 0; run < 2; run++) {
      const [statement] = parse("SELECT * FROM t1, pg_roles");
      const node = statement?.body.kind === "query" ? statement.body.node : undefined;
      locked.length = 0;
      bindQuery(node, bindContext(catalog, { lockRelation }));
      expect(locked).to.include.members([20000, 1260, 2964]);
    }
  });
});
