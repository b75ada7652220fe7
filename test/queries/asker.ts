/**
 * What a server answers to one query, as lines of text: the types of its parameters, the columns,
 * the rows, or the error with all that it says. Over the extended protocol, so that nothing is
 * hidden.
 */
import { createHash } from "node:crypto";
import type { Address } from "../support/server.ts";
import { CLOSED, type ParameterValue, SILENCE, say, WireClient } from "../support/wire-client.ts";

const ANSWER_MS_MAX = 120_000;
const DATABASE = "query_corpus";
/** Rows beyond these are told apart by a digest. */
const ROWS_SHOWN = 16;

/**
 * Errors of queries by chance that say nothing: PostgreSQL has no plan or no time, or its grammar
 * wants an alias where the one of 17 does not.
 */
export const NOT_COMPARED =
  /57014|failed to build any|(subquery|VALUES) in FROM must have an alias/;

export interface Question {
  readonly text: string;
  readonly parameters?: readonly ParameterValue[];
}

/** One session in a database of its own, set up by `schema`. */
export class Asker {
  readonly #client: WireClient;
  /** Names of users' tables and types: their oids are not the same everywhere. */
  readonly #tables = new Map<string, string>();

  /** `keep`: the database is there already. */
  static async open(address: Address, schema: string, keep = false): Promise<Asker> {
    if (!keep) await createDatabase(address, schema);
    const asker = new Asker(await connect(address, DATABASE));
    await asker.#learnTables();
    return asker;
  }

  private constructor(client: WireClient) {
    this.#client = client;
    client.oidText = String;
  }

  close(): void {
    this.#client.send(say.Terminate());
    this.#client.close();
  }

  /** Every line of the answer, rows and all. */
  async ask({ text, parameters = [] }: Question): Promise<string[]> {
    const client = this.#client;
    client.send(
      say.Parse("", text),
      say.Describe("S", ""),
      say.Bind("", "", parameters),
      say.Execute(""),
      say.Sync(),
    );
    const lines = await client.until("ReadyForQuery", 1, ANSWER_MS_MAX);
    const end = lines.at(-1) ?? CLOSED;
    if (end === CLOSED || end === SILENCE) throw new Error(`${end} after ${text}`);
    return lines.filter((line) => !ceremony.test(line)).map((line) => this.#plain(line));
  }

  /** An oid of a user's table or type is shown as its name. */
  #plain(line: string): string {
    if (line === "DataRow") return "  (no columns)";
    if (line.startsWith("DataRow")) return ` ${line.slice("DataRow".length)}`;
    if (!line.startsWith("RowDescription")) return line;
    return line
      .replaceAll(/ of (\d{5,})\./g, (all, oid: string) => {
        const name = this.#tables.get(oid);
        return name === undefined ? all : ` of ${name}.`;
      })
      .replaceAll(/ (\d{5,})\//g, (all, oid: string) => {
        const name = this.#tables.get(oid);
        return name === undefined ? all : ` ${name}/`;
      });
  }

  async #learnTables(): Promise<void> {
    const text =
      "SELECT oid, relname FROM pg_class WHERE oid >= 16384 " +
      "UNION ALL SELECT oid, typname FROM pg_type WHERE oid >= 16384";
    const rows = await this.ask({ text });
    for (const row of rows) {
      const [, oid, name] = /^ {2}"(\d+)" "(.*)"$/.exec(row) ?? [];
      if (oid !== undefined && name !== undefined) this.#tables.set(oid, name);
    }
  }
}

const ceremony =
  /^(ParseComplete|BindComplete|ReadyForQuery|ParameterDescription$|CommandComplete)/;

async function connect(address: Address, database: string): Promise<WireClient> {
  const client = new WireClient(address.port, address.host);
  await client.start({ user: "root", database, TimeZone: "UTC", statement_timeout: "10s" });
  return client;
}

async function createDatabase(address: Address, schema: string): Promise<void> {
  const admin = await connect(address, "postgres");
  for (const text of [`DROP DATABASE IF EXISTS ${DATABASE}`, `CREATE DATABASE ${DATABASE}`]) {
    await run(admin, text);
  }
  admin.close();
  const owner = await connect(address, DATABASE);
  await run(owner, schema);
  owner.close();
}

async function run(client: WireClient, text: string): Promise<void> {
  client.send(say.Query(text));
  const lines = await client.until("ReadyForQuery", 1, ANSWER_MS_MAX);
  const failed = lines.find((line) => line.startsWith("ErrorResponse"));
  if (failed !== undefined) throw new Error(`${failed} in ${text}`);
}

/** Rows in an order of their own where the query gives none. */
export function inOrder(text: string, lines: readonly string[]): string[] {
  const isRow = (line: string) => line.startsWith(" ");
  const rows = lines.filter(isRow);
  const others = lines.filter((line) => !isRow(line));
  return [...others, ...(isOrdered(text) ? rows : rows.sort())];
}

/** An ORDER BY outside of all parentheses. */
function isOrdered(text: string): boolean {
  let plain = text.replaceAll(/'[^']*'|"[^"]*"/g, "");
  for (let before = ""; before !== plain; ) {
    before = plain;
    plain = plain.replaceAll(/\([^()]*\)/g, "");
  }
  return /\border\s+by\b/i.test(plain);
}

/** The same with all but the first rows as a digest. */
export function digested(lines: readonly string[]): string[] {
  const at = lines.findIndex((line) => line.startsWith(" "));
  const count = at < 0 ? 0 : lines.length - at;
  if (count <= ROWS_SHOWN) return [...lines];
  const digest = createHash("sha256").update(lines.slice(at).join("\n")).digest("hex");
  return [...lines.slice(0, at + ROWS_SHOWN), `  … ${count} rows, sha256 ${digest.slice(0, 16)}`];
}
