/**
 * COPY's READERS against rows that PostgreSQL 15 read: each case of copy-golden.jsonl is the
 * options, the data, and the rows or the error. UPDATE=1 with PG_PORT records them, made from a
 * seed, from a PostgreSQL 15 server at 127.0.0.1:PG_PORT, of which root is a superuser.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { type Oid, oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { copyFormat } from "../../src/sql/copy/options.ts";
import { placed, rowReader } from "../../src/sql/copy/row-reader.ts";
import { loadGrammar } from "../../src/sql/parse/grammar.ts";
import { parse } from "../../src/sql/parse/parse.ts";
import type { TypeContext } from "../../src/sql/types/codec.ts";
import { Random } from "../support/random.ts";
import { message, say, WireClient } from "../support/wire-client.ts";

const GOLDEN = new URL("copy-golden.jsonl", import.meta.url).pathname;
const SEED = 20_150_018;
const RANDOM_CASES = 600;

interface Case {
  readonly options: string;
  /** Of columns a, b, … all of type text. */
  readonly columns: number;
  /** One character a byte. */
  readonly data: string;
  readonly rows?: readonly (readonly (string | null)[])[];
  readonly error?: string;
}

describe("COPY's readers", () => {
  before(loadGrammar);

  if (process.env["UPDATE"] === "1") {
    it("are recorded", async function () {
      this.timeout(120_000);
      const lines = (await record(cases())).map((each) => JSON.stringify(each));
      writeFileSync(GOLDEN, `${lines.join("\n")}\n`);
    });
    return;
  }

  const golden = readFileSync(GOLDEN, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Case);

  it("read what PostgreSQL reads, and say what it says", () => {
    for (const each of golden) {
      expect(read(each, [Buffer.from(each.data, "latin1")]), nameOf(each)).to.deep.equal(each);
    }
  });

  it("read the same wherever the data is cut", () => {
    for (const each of golden) {
      const bytes = Buffer.from(each.data, "latin1");
      const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      expect(read(each, single), `byte by byte: ${nameOf(each)}`).to.deep.equal(each);
      for (let at = 1; at < Math.min(bytes.length, 12); at++) {
        const halves = [bytes.subarray(0, at), bytes.subarray(at)];
        expect(read(each, halves), `cut at ${at}: ${nameOf(each)}`).to.deep.equal(each);
      }
    }
  });
});

const nameOf = ({ options, data }: Case): string => `${options} ${JSON.stringify(data)}`;
const columnName = (at: number): string => String.fromCharCode(97 + at);
const TEXT = oid(25) as Oid;

function read({ options, columns, data }: Case, pieces: readonly Buffer[]): Case {
  const [statement] = parse(`copy t from stdin (${options})`);
  const body = statement?.body;
  if (body?.kind !== "copy") throw new Error(`no COPY: ${options}`);
  const target = {
    relation: "t",
    columns: Array.from({ length: columns }, (_, at) => ({
      name: columnName(at),
      type: TEXT,
      typmod: -1,
    })),
  };
  const reader = rowReader(target, copyFormat(body.options, true), {
    setting: () => undefined,
  } as unknown as TypeContext);
  const rows: (string | null)[][] = [];
  const drain = () => {
    for (let row = reader.next(); row !== undefined; row = reader.next()) {
      rows.push(row as (string | null)[]);
    }
  };
  try {
    for (const piece of pieces) {
      reader.push(piece);
      drain();
    }
    reader.end();
    drain();
  } catch (thrown) {
    const error = placed(thrown, reader, false);
    if (!(error instanceof SqlError)) throw error;
    const { code, message: text, fields } = error;
    const hint = fields.hint === undefined ? "" : ` hint=${JSON.stringify(fields.hint)}`;
    const where = fields.where === undefined ? "" : ` where=${JSON.stringify(fields.where)}`;
    return {
      options,
      columns,
      data,
      error: `ErrorResponse ERROR ${code} ${JSON.stringify(text)}${hint}${where}`,
    };
  }
  return { options, columns, data, rows };
}

// Recording

type Input = Pick<Case, "options" | "columns" | "data">;

function cases(): Input[] {
  const random = new Random(SEED);
  const made: Input[] = [];
  const text = [
    "a",
    "b",
    "\t",
    "\n",
    "\\",
    ".",
    "N",
    "x4",
    "1",
    "7",
    "\r",
    "\r\n",
    "|",
    "\xc3\xa9",
  ];
  const csv = ["a", "b", ",", "\n", '"', '""', ".", "\\", "\r", "\r\n", "'", ";", "\xc3\xa9"];
  for (let i = 0; i < RANDOM_CASES; i++) {
    const isCsv = i % 2 === 0;
    const alphabet = isCsv ? csv : text;
    const plain = alphabet.filter((piece) => !piece.includes("\r") || random.below(8) === 0);
    const length = 1 + random.below(16);
    const data = Array.from({ length }, () => random.pick(plain)).join("");
    const options = isCsv
      ? random.pick([
          "format csv",
          "format csv, header",
          "format csv, header match",
          `format csv, quote '''', escape '\\', delimiter ';'`,
          `format csv, escape '\\', null 'a'`,
          "format csv, force_not_null (a), force_null (b)",
        ])
      : random.pick([
          "format text",
          "header",
          "delimiter '|', null ''",
          "null 'a'",
          "header match",
        ]);
    made.push({ options, columns: 1 + random.below(3), data });
  }
  return made;
}

async function record(inputs: readonly Input[]): Promise<Case[]> {
  const client = new WireClient(Number(process.env["PG_PORT"]));
  await client.start({ user: "root", database: "dev" });
  const recorded: Case[] = [];
  for (const input of inputs) {
    const options =
      input.columns < 2 ? input.options.replace(", force_null (b)", "") : input.options;
    recorded.push(await recordOne(client, { ...input, options }));
  }
  client.close();
  return recorded;
}

async function recordOne(client: WireClient, input: Input): Promise<Case> {
  const names = Array.from({ length: input.columns }, (_, at) => columnName(at));
  const columns = names.map((name) => `${name} text`).join(", ");
  const create = `drop table if exists t; create temp table t (${columns}, "#" serial)`;
  client.send(say.Query(create));
  await client.until("ReadyForQuery");
  client.send(say.Query(`copy t (${names.join(", ")}) from stdin (${input.options})`));
  client.send(message("d", Buffer.from(input.data, "latin1")), say.CopyDone());
  const answers = await client.until("ReadyForQuery");
  const error = answers.find((line) => line.startsWith("ErrorResponse"));
  if (error !== undefined) return { ...input, error };
  client.send(say.Query(`select json_build_array(${names.join(", ")}) from t order by "#"`));
  const lines = await client.until("ReadyForQuery");
  const rows = lines
    .filter((line) => line.startsWith("DataRow "))
    .map((line) => JSON.parse(JSON.parse(line.slice(8)) as string) as (string | null)[]);
  return { ...input, rows };
}
