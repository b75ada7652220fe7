/** RisingWave's statements in the parser: what is theirs, and where their errors stand. */
import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { parse } from "../../src/sql/parse/parse.ts";

const kinds = (text: string) => parse(text).map(({ tag, body }) => `${tag}: ${body.kind}`);

function errorOf(text: string): readonly (string | number | undefined)[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SqlError) return [error.code, error.message, error.fields.position];
    throw error;
  }
  throw new Error(`no error: ${text}`);
}

/** [text, what is unexpected, its position]; undefined = the end. */
type Wrong = readonly [text: string, token: string | undefined, position: number];

function checkErrors(wrong: readonly Wrong[]): void {
  for (const [text, token, position] of wrong) {
    const where = token === undefined ? "end of input" : `or near "${token}"`;
    expect(errorOf(text), text).to.deep.equal(["42601", `syntax error at ${where}`, position]);
  }
}

describe("RisingWave's statements in the parser", () => {
  before(loadGrammar);

  it("tells kinds of things from settings", () => {
    expect(kinds("show tables")).to.deep.equal(["SHOW: query"]);
    expect(kinds("SHOW /* all */ Materialized VIEWS")).to.deep.equal(["SHOW: query"]);
    expect(kinds('show "tables"; show all; show materialized; show work_mem')).to.deep.equal([
      "SHOW: show",
      "SHOW: show",
      "SHOW: show",
      "SHOW: show",
    ]);
    expect(kinds("show jobs; show sinks from s like 'x'")).to.deep.equal([
      "SHOW: unsupported",
      "SHOW: unsupported",
    ]);
  });

  it("reads them among other statements, in their order", () => {
    const text = "select 'é;show'; show tables from é; ;explain drop table t; desc t; show views";
    expect(
      parse(text).map(({ tag, text: own, source }) => [tag, own, source === text]),
    ).to.deep.equal([
      ["SELECT", "select 'é;show'", true],
      ["SHOW", " show tables from é", true],
      ["EXPLAIN", `${" ".repeat(8)}drop table t`, true],
      ["DESCRIBE", " desc t", true],
      ["SHOW", " show views", true],
    ]);
  });

  it("finds them only where a statement begins", () => {
    checkErrors([
      ["select 1 desc t", "t", 15],
      ["explain show tables from s", "show", 9],
      ["prepare p as show tables from s", "show", 14],
      ["create rule r as on insert to t do (show tables from s; desc t)", "show", 37],
    ]);
  });

  it("says where SHOW and DESCRIBE are wrong, in characters", () => {
    checkErrors([
      ["show tables x", "x", 13],
      ["show tables from", undefined, 17],
      ["select '😀'; show tables from; select 1", ";", 29],
      ["show tables from a.b", ".", 19],
      ["show tables like x", "x", 18],
      ["show tables from s like 'x' y", "y", 29],
      ["show databases from s", "from", 16],
      ["show columns", undefined, 13],
      ["show columns from select", "select", 19],
      ["show tables where", undefined, 18],
      ["show tables where a = 1 limit 1", "limit", 25],
      ["show tables where é = = 1", "=", 23],
      ["show create domain d", "domain", 13],
      ["describe", undefined, 9],
      ['desc "t" "u"', '"u"', 10],
    ]);
    expect(errorOf("show tables from 'x")).to.deep.equal([
      "42601",
      `unterminated quoted string at or near "'x"`,
      18,
    ]);
    expect(errorOf("describe a.b.c.d")[1]).to.equal(
      "improper qualified name (too many dotted names): a.b.c.d",
    );
  });

  it("reports the first of several errors, whosever it is", () => {
    checkErrors([
      ["selec 1; show tables x", "selec", 1],
      ["show tables x; selec 1", "x", 13],
      ["show tables from s; selec 1; show tables x", "selec", 21],
    ]);
  });

  it("counts the parameters of a condition", () => {
    const [statement] = parse('show tables from s where "Name" = any ($2)');
    expect(statement?.parameterCount).to.equal(2);
  });
});
