import { expect } from "chai";
import fc from "fast-check";
import { SqlError } from "../../src/base/sql-error.ts";
import type { CreateTable } from "../../src/catalog/statement.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { parse } from "../../src/sql/parse/parse.ts";
import { golden } from "./parse-golden.ts";

function errorOf(text: string): SqlError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`no error: ${text}`);
}

/** A refused statement's error, as it would be raised when its turn comes. */
function refusalOf(text: string): readonly [code: string, message: string, position?: number] {
  const body = parse(text)[0]?.body;
  if (body?.kind !== "refused") throw new Error(`not refused: ${text}`);
  const { code, message, fields } = body.error;
  return fields.position === undefined ? [code, message] : [code, message, fields.position];
}

const DEFERRABLE_TWICE = "multiple DEFERRABLE/NOT DEFERRABLE clauses not allowed";
const INITIALLY_TWICE = "multiple INITIALLY IMMEDIATE/DEFERRED clauses not allowed";
const NEVER_DEFERRED = "constraint declared INITIALLY DEFERRED must be DEFERRABLE";

describe("the parser", () => {
  before(loadGrammar);

  it("turns statements into data as the golden list says", () => {
    for (const [text, tag, body] of golden) {
      const [statement] = parse(text);
      expect(statement?.tag, text).to.equal(tag);
      const { shape: _, ...tree } = plain(statement?.body) as { shape?: unknown };
      expect(tree, text).to.deep.equal(body);
    }
  });

  it("says what is wrong where, in characters, as PostgreSQL does", () => {
    for (const [text, message, position] of [
      ["selec 1", 'syntax error at or near "selec"', 1],
      ["select 'é😀', 1x", 'trailing junk after numeric literal at or near "1x"', 14],
      ["select (", "syntax error at end of input", 9],
      ["select 'a", 'unterminated quoted string at or near "\'a"', 8],
      ["create table t (a int,)", 'syntax error at or near ")"', 23],
      ["\u00a0", 'syntax error at or near "\u00a0"', 1],
      ["select 0x1F", 'trailing junk after numeric literal at or near "0x1F"', 8],
      ["select 'é', 1_000", 'trailing junk after numeric literal at or near "1_000"', 13],
      ["select * from (select 1)", "subquery in FROM must have an alias", 15],
      ["select * from t, ( values (1))", "VALUES in FROM must have an alias", 18],
    ] as const) {
      const error = errorOf(text);
      expect([error.code, error.message, error.fields.position], text).to.deep.equal([
        "42601",
        message,
        position,
      ]);
    }
    expect(errorOf("select * from (select 1)").fields.hint).to.equal(
      "For example, FROM (SELECT ...) [AS] foo.",
    );
  });

  it("finds no statement in an empty text", () => {
    for (const text of ["", "  \n\t", "-- nothing", "/* a /* b */ */", ";;"]) {
      expect(parse(text), text).to.deep.equal([]);
    }
  });

  it("refuses text that is not UTF-8 and NUL", () => {
    expect(errorOf("select '\ud800'")).to.include({ code: "22021" });
    expect(errorOf("a\0b").message).to.equal('invalid byte sequence for encoding "UTF8": 0x00');
  });

  it("gives each statement its own text and counts its parameters", () => {
    const statements = parse("select 'é', $2; create table ö (a int)  ; select '$9'");
    expect(statements.map(({ text, parameterCount }) => [text, parameterCount])).to.deep.equal([
      ["select 'é', $2", 2],
      [" create table ö (a int)  ", 0],
      [" select '$9'", 0],
    ]);
    const table = statements[1]?.body as CreateTable;
    expect(table.table.position).to.equal(30);
  });

  it("survives nesting that no stack holds, any number of times", async () => {
    const deep = `select ${"1+".repeat(12_000)}1`;
    for (let round = 0; round < 45; round++) {
      expect(errorOf(deep)).to.include({ code: "54001", message: "stack depth limit exceeded" });
      await null;
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(parse("select 1")).to.have.length(1);
  });

  it("names what it refuses, and where", () => {
    for (const [text, ...refusal] of [
      ["create table t (a setof int)", "42P16", 'column "a" cannot be declared SETOF'],
      ["create sequence s start 1.5", "22P02", 'invalid input syntax for type bigint: "1.5"'],
      ["create sequence s owned by a", "42601", "invalid OWNED BY option"],
      ["grant r to é with  inherit true", "42601", 'syntax error at or near "inherit"', 20],
      ["grant r to q with admin false", "42601", 'syntax error at or near "false"', 25],
      ["revoke set option for r from q", "42601", 'syntax error at or near "option"', 12],
      [
        "alter database d tablespace a is_template true",
        "0A000",
        `option "tablespace" cannot be specified with other options`,
        18,
      ],
      [
        "comment on type a.b.c.d is 'x'",
        "42601",
        "improper qualified name (too many dotted names): a.b.c.d",
      ],
      ["create database d nope = 1", "42601", 'option "nope" not recognized', 19],
      ["create database d is_template = 5", "42601", "is_template requires a Boolean value"],
      [
        "declare c scroll no scroll cursor for select 1",
        "42P11",
        "cannot specify both SCROLL and NO SCROLL",
      ],
    ] as const) {
      expect(refusalOf(text), text).to.deep.equal(refusal);
    }
  });

  it("carries what is wrong with a column's constraints until its type is known", () => {
    for (const [clauses, message, position] of [
      ["not deferrable", "misplaced NOT DEFERRABLE clause", 23],
      ["check (true) initially immediate", "misplaced INITIALLY IMMEDIATE clause", 36],
      ["unique deferrable not deferrable", DEFERRABLE_TWICE, 41],
      ["references u initially deferred initially deferred", INITIALLY_TWICE, 55],
      ["unique not deferrable initially deferred", NEVER_DEFERRED, 45],
      ["primary key initially deferred not deferrable", NEVER_DEFERRED, 54],
    ] as const) {
      const body = parse(`create table t (a int ${clauses})`)[0]?.body as CreateTable;
      const [element] = body.elements;
      const misplaced = element?.kind === "column" ? element.column.misplaced : undefined;
      expect(
        [misplaced?.code, misplaced?.message, misplaced?.fields.position],
        clauses,
      ).to.deep.equal(["42601", message, position]);
    }
  });

  it("gives the errors of the grammar about constraints PostgreSQL's codes", () => {
    for (const [text, code] of [
      ["create table t (a int, check (a > 0) deferrable)", "0A000"],
      ["create table t (a int, unique (a) no inherit)", "0A000"],
      ["create table t (a int references u match partial)", "0A000"],
      ["create table t (a int references u on update set null (a))", "0A000"],
      ["create table t (a int, unique (a) not deferrable initially deferred)", "42601"],
      ["create table t (a int generated by default as (1) stored)", "42601"],
    ] as const) {
      expect(errorOf(text).code, text).to.equal(code);
    }
  });

  it("knows the tags of statements that this server has not", () => {
    for (const [text, what] of [["load 'x'", "LOAD"]] as const) {
      expect(parse(text)[0]?.body, text).to.deep.equal({ kind: "unsupported", what });
    }
  });

  it("never fails with anything but a SqlError", () => {
    const words = fc.constantFrom(
      ..."create table alter drop select from where ( ) , ; ' \" $1 $$ 1 0x1 t.a :: int [ ] -- /* é 😀 as with set to = values begin commit not null default".split(
        " ",
      ),
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words, { maxLength: 30 }).map((parts) => parts.join(" ")),
      fc
        .constantFrom(...golden.map(([text]) => text))
        .chain((text) => fc.nat(text.length).map((at) => text.slice(0, at))),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).to.be.instanceOf(SqlError);
          const { position = 1 } = (error as SqlError).fields;
          expect(position).to.be.within(1, [...text].length + 1);
        }
      }),
      { numRuns: 600 },
    );
  });
});

/**
 * Without the trees of expressions, positions, and with bigints as text: what a golden list can
 * hold.
 */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, part) => {
      if (key === "position" || key === "typePosition") return undefined;
      if (key === "node") return "…";
      return typeof part === "bigint" ? `${part}n` : part;
    }),
  );
}
