import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { parse } from "../../src/sql/parse/parse.ts";

/** [tag of the whole, options, tag of what is explained] of each statement. */
function outline(text: string) {
  return parse(text).map(({ tag, body }) => {
    if (body.kind !== "explain") return [tag];
    const options = body.options.map(({ name, value }) =>
      value?.kind === "text" ? `${name} ${value.text}` : name,
    );
    return [tag, options.join(", "), body.statement.tag];
  });
}

function errorOf(text: string): readonly (string | number | undefined)[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SqlError) return [error.code, error.message, error.fields.position];
    throw error;
  }
  throw new Error(`no error: ${text}`);
}

describe("EXPLAIN in the parser", () => {
  before(loadGrammar);

  it("explains queries as PostgreSQL's grammar does, and DDL as well", () => {
    expect(outline("explain select 1")).to.deep.equal([["EXPLAIN", "", "SELECT"]]);
    expect(outline("explain create table t (a int)")).to.deep.equal([
      ["EXPLAIN", "", "CREATE TABLE"],
    ]);
    expect(outline("EXPLAIN ANALYZE VERBOSE DROP TABLE t")).to.deep.equal([
      ["EXPLAIN", "analyze, verbose", "DROP TABLE"],
    ]);
    expect(outline("explain (format json, verbose off) alter table t add a int")).to.deep.equal([
      ["EXPLAIN", "format json, verbose off", "ALTER TABLE"],
    ]);
  });

  it("finds the word only where a statement begins", () => {
    const text =
      "select 'explain drop table t;'; /* explain drop /* ; */ explain */ explain -- ;\n" +
      'drop table "explain"; create table explain (id int); explain (format text) select $$;$$;' +
      " explain drop schema é; select E'\\';explain drop table u'";
    expect(outline(text)).to.deep.equal([
      ["SELECT"],
      ["EXPLAIN", "", "DROP TABLE"],
      ["CREATE TABLE"],
      ["EXPLAIN", "format text", "SELECT"],
      ["EXPLAIN", "", "DROP SCHEMA"],
      ["SELECT"],
    ]);
  });

  it("keeps positions, in characters", () => {
    expect(errorOf("select 'é😀'; explain /* ü */ create table é (a int,)")).to.deep.equal([
      "42601",
      'syntax error at or near ")"',
      52,
    ]);
    expect(errorOf("explain (format json, ) drop table t")).to.deep.equal([
      "42601",
      'syntax error at or near ")"',
      23,
    ]);
    expect(errorOf("explain set a = 1")).to.deep.equal([
      "42601",
      'syntax error at or near "set"',
      9,
    ]);
    expect(errorOf("explain explain drop table t")[1]).to.equal(
      'syntax error at or near "explain"',
    );
    expect(errorOf("select 1; explain drop table t; selec")[2]).to.equal(33);
  });

  it("remembers the client's text, and where the options stand", () => {
    const text = "select 'é'; explain (colour red) drop table t";
    const [, statement] = parse(text);
    expect(statement?.source).to.equal(text);
    const body = statement?.body;
    expect(body?.kind === "explain" && body.options[0]?.position).to.equal(22);
  });
});
