/** RisingWave's statements in the parser: what is theirs, and where their errors stand. */
import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { parse } from "../../src/sql/parse/parse.ts";

const kinds = (text: string) => parse(text).map(({ tag, body }) => `${tag}: ${body.kind}`);

const bodies = (text: string) => parse(text).map(({ body }) => body);

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
    expect(kinds("show secrets; show sinks from s like 'x'")).to.deep.equal([
      "SHOW: unsupported",
      "SHOW: query",
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

  it("reads what is said to jobs and sessions", () => {
    const text =
      "cancel jobs 1, 2; CANCEL JOB '5'; wait; wait materialized view s.m; flush; recover; kill '7'";
    expect(bodies(text)).to.deep.equal([
      { kind: "cancelJobs", ids: [1, 2] },
      { kind: "cancelJobs", ids: [5] },
      { kind: "wait", view: undefined },
      { kind: "wait", view: { schema: "s", name: "m", position: 64 } },
      { kind: "flush" },
      { kind: "recover" },
      { kind: "kill", processId: 7 },
    ]);
    checkErrors([
      ["cancel jobs", undefined, 12],
      ["cancel jobs 1,", undefined, 15],
      ["cancel 1", "1", 8],
      ["wait view v", "view", 6],
      ["flush all", "all", 7],
      ["recover; recover x", "x", 18],
      ["kill -1", "-", 6],
      ["kill '2:0'", "'2:0'", 6],
    ]);
    const [body] = bodies("kill 99999999999");
    expect(body?.kind === "refused" && body.error.message).to.equal(
      "value 99999999999 is out of range",
    );
  });

  it("reads SET BACKFILL_RATE_LIMIT and SWAP WITH", () => {
    expect(bodies("alter materialized view m set backfill_rate_limit = default")).to.deep.equal([
      {
        kind: "setRateLimit",
        noun: "materialized view",
        of: "backfill",
        relation: { name: "m", position: 25 },
        limit: undefined,
      },
    ]);
    const limits = bodies(
      "alter sink s.k set backfill_rate_limit to 0; alter source a set source_rate_limit = 5",
    );
    expect(
      limits.map((body) => body.kind === "setRateLimit" && [body.of, body.limit]),
    ).to.deep.equal([
      ["backfill", 0],
      ["source", 5],
    ]);
    expect(kinds("alter table a swap with s.b; alter schema a swap with b")).to.deep.equal([
      "ALTER TABLE: swapRelations",
      "ALTER SCHEMA: swapSchemas",
    ]);
    expect(kinds("explain alter view a swap with b")).to.deep.equal(["EXPLAIN: explain"]);
    checkErrors([
      ["alter table t set backfill_rate_limit", undefined, 38],
      ["alter table t set backfill_rate_limit = -1", "-", 41],
      ["alter view t set backfill_rate_limit = 1", "backfill_rate_limit", 18],
      ["alter table a swap b", "b", 20],
      ["alter table a swap with b.", undefined, 27],
      ["alter sequence a swap with b", "swap", 18],
      ["alter table if exists a swap with b", "swap", 25],
      ["alter schema a swap with b.c", ".", 27],
    ]);
  });

  it("reads sources", () => {
    const text =
      "create source if not exists é.x (a int, b text default 'x') with (connector = 'datagen', " +
      `fields.v.end = 5, "Q".x = -1.5, e = E'a\\nb', f = on) format PLAIN encode json (k = 'c')`;
    const [body] = bodies(text);
    if (body?.kind !== "createSource") throw new Error("it is CREATE SOURCE");
    const { source, ifNotExists, elements, options, format } = body;
    expect({ source, ifNotExists }).to.deep.equal({
      source: { schema: "é", name: "x", position: 29 },
      ifNotExists: true,
    });
    expect(
      elements.map((element) => element.kind === "column" && element.column.position),
    ).to.deep.equal([34, 41]);
    expect(options.map(({ key, value }) => [key, value])).to.deep.equal([
      ["connector", "datagen"],
      ["fields.v.end", "5"],
      ["Q.x", "-1.5"],
      ["e", "a\nb"],
      ["f", "on"],
    ]);
    expect([options[1]?.position, options[1]?.valuePosition]).to.deep.equal([90, 105]);
    expect(format?.options[0]?.key).to.equal("k");
    expect([format?.format, format?.encode]).to.deep.equal(["plain", "json"]);
    const [strings] = bodies(
      "create source s with (a = U&'\\00e9', b = $x1$;$$'$x1$, c = 'it''s')",
    );
    expect(strings?.kind === "createSource" && strings.options.map(({ value }) => value)).to.eql([
      "é",
      ";$$'",
      "it's",
    ]);
    checkErrors([
      ["create source s", undefined, 16],
      ["create source s (a int)", undefined, 24],
      ["create source é (a int,) with (connector = 'x')", ")", 24],
      ["create source s (a int with (connector = 'x')", undefined, 46],
      ["create source s with ()", ")", 23],
      ["create source s with (a. = 'x')", "=", 26],
      ["create source s with (a = 'x'", undefined, 30],
      ["create source s with (a = 'x') format plain", undefined, 44],
      ["create source s with (a = 'x') encode json", "encode", 32],
    ]);
  });

  it("reads sinks, their queries by the grammar", () => {
    const [sink] = bodies(
      "create sink k as with q as (select 1) select * from q where a = 'with (' with (c.d = 'x')",
    );
    if (sink?.kind !== "createSink") throw new Error("a sink");
    expect(sink.query.node).to.have.property("withClause");
    expect(sink.options.map(({ key }) => key)).to.deep.equal(["c.d"]);
    const [from] = bodies("create sink k from s.t with (connector = 'blackhole')");
    const table = { schemaname: "s", relname: "t", inh: true, relpersistence: "p", location: -1 };
    expect(from?.kind === "createSink" && from.query.node).to.deep.include({
      fromClause: [{ RangeVar: table }],
    });
    checkErrors([
      ["create sink k as select * from q where with (c = 'x')", "with", 40],
      ["create sink k as with (c = 'x')", "with", 18],
      ["create sink k as select 1", undefined, 26],
      ["create sink k as insert into t values (1) with (c = 'x')", "insert", 18],
      ["create sink k (a) from t with (c = 'x')", "(", 15],
      ["select 'é'; create sink k as selec 1 with (c = 'x')", "selec", 30],
    ]);
  });

  it("reads what else is done to sources and sinks", () => {
    const text =
      "drop source if exists a, b.c cascade; drop sink k restrict; alter source a owner to current_user;" +
      "alter sink k rename to l; alter sink s.l set schema t";
    expect(bodies(text)).to.deep.equal([
      {
        kind: "dropRelations",
        noun: "source",
        names: [
          { name: "a", position: 23 },
          { schema: "b", name: "c", position: 26 },
        ],
        ifExists: true,
        cascade: true,
      },
      {
        kind: "dropRelations",
        noun: "sink",
        names: [{ name: "k", position: 49 }],
        ifExists: false,
        cascade: false,
      },
      {
        kind: "alterTable",
        noun: "source",
        table: { name: "a", position: 74 },
        ifExists: false,
        actions: [{ kind: "owner", owner: { kind: "current_user" } }],
      },
      {
        kind: "renameRelation",
        noun: "sink",
        relation: { name: "k", position: 109 },
        ifExists: false,
        newName: "l",
      },
      {
        kind: "setSchema",
        noun: "sink",
        relation: { schema: "s", name: "l", position: 135 },
        ifExists: false,
        schema: "t",
      },
    ]);
    checkErrors([
      ["drop source", undefined, 12],
      ["drop sink a b", "b", 13],
      ["alter source a", undefined, 15],
      ["alter sink a owner to select", "select", 23],
      ["alter sink a rename b", "rename", 14],
    ]);
  });

  it("reads connections", () => {
    const text = "create connection if not exists s.c with (type = 'postgres', port = 5432)";
    const options = [
      { key: "type", value: "postgres", position: 43, valuePosition: 50 },
      { key: "port", value: "5432", position: 62, valuePosition: 69 },
    ];
    const named = (name: object) => ({ kind: "qualified", noun: "connection", name });
    expect(bodies(text)).to.deep.equal([
      {
        kind: "createConnection",
        name: { schema: "s", name: "c", position: 33 },
        ifNotExists: true,
        options,
      },
    ]);
    const others =
      "drop connection if exists a, s.b cascade; alter connection a rename to b; " +
      "alter connection a owner to session_user; alter connection a set schema s; " +
      "comment on connection a is 'x'; alter connection a connector with (host = 'x')";
    const [drop, rename, give, move, comment, change] = bodies(others);
    expect(drop).to.deep.equal({
      kind: "dropObjects",
      objects: [
        named({ name: "a", position: 27 }),
        named({ schema: "s", name: "b", position: 30 }),
      ],
      ifExists: true,
      cascade: true,
    });
    expect([rename, give, move, comment].map((body) => body?.kind)).to.deep.equal([
      ...["renameObject", "objectOwner", "objectSchema", "comment"],
    ]);
    expect(change?.kind === "refused" && change.error.message).to.equal(
      "ALTER CONNECTION CONNECTOR WITH is not supported",
    );
    const [sink] = bodies(`create sink k from t with (connector = 'x', connection = s."C")`);
    expect(sink?.kind === "createSink" && sink.options[1]?.name).to.deep.equal({
      ...{ schema: "s", name: "C", position: 58 },
    });
    checkErrors([
      ["create connection c", undefined, 20],
      ["create connection with (type = 'x')", "with", 19],
      ["create sink k from t with (connection = 'c')", "'c'", 41],
      ["drop connection a restrict cascade", "cascade", 28],
      ["alter connection c reset schema s", "reset", 20],
    ]);
  });

  it("meets texts that are nearly right with syntax errors, within them", () => {
    const right = [
      `show indexes from s."T" where "Name" = 'x'`,
      "create source if not exists s.x (a int) with (a.b = 'c', d = -1) format plain encode json (e = f)",
      "create sink k as select 1 with (connector = 'x')",
      "alter materialized view s.m set backfill_rate_limit = 5",
      "alter sink k owner to current_user",
      "create sink k from t with (connection = s.c)",
      "create connection if not exists s.c with (type = 'x')",
      "drop connection if exists a, s.b cascade",
      "show create materialized view v",
      "explain alter table a.b swap with c.d",
    ];
    for (const text of right) {
      const tokens = text.split(" ");
      for (const [at, token] of tokens.entries()) {
        for (const other of [
          "",
          `${token} ${token}`,
          "select",
          "'",
          '"',
          "(",
          ")",
          ";",
          "é.",
          "$1",
        ]) {
          const wrong = tokens.with(at, other).join(" ");
          try {
            parse(wrong);
          } catch (error) {
            if (!(error instanceof SqlError)) throw new Error(wrong, { cause: error });
            expect(error.fields.position, wrong).to.be.within(1, wrong.length + 1);
          }
        }
      }
    }
  });
});
