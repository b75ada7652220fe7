/** What catalogd and PostgreSQL answer to an expression: how it prints, or why it is refused. */
import pg from "pg";
import { SqlError } from "../../../src/base/sql-error.ts";
import type { LocalSession } from "../../support/local-session.ts";
import { type Case, sqlOf } from "./cases.ts";
import { createX } from "./columns.ts";

export type Answer =
  | {
      readonly plain: string;
      /** Where it differs from plain. */
      readonly pretty?: string;
      /** type, typmod and collation of a view's column */
      readonly typed?: readonly string[];
    }
  | { readonly error: Readonly<Record<string, string | number>> };

/** One message to the server; rows of all its statements, or the error that ended it. */
export interface Server {
  rows(sql: string): Promise<readonly (readonly (string | null)[])[] | Failure>;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly where?: string | undefined;
  readonly position?: number | undefined;
}

const setup = [
  "SET timezone = 'UTC'; SET client_min_messages = error; SET synchronous_commit = off",
  "DROP TABLE IF EXISTS x, t2",
  createX,
  "CREATE TABLE t2 (x int, y text)",
];

export async function prepare(server: Server): Promise<void> {
  for (const sql of setup) {
    const answer = await server.rows(sql);
    if ("code" in answer) throw new Error(`${sql}: ${answer.message}`);
  }
}

export async function answerOf(server: Server, one: Case): Promise<Answer> {
  const { before, after } = sqlOf(one);
  const answer = await server.rows(`${before}${one.text}${after}`);
  if ("code" in answer) {
    const { position, ...fields } = answer;
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    const at = position === undefined ? {} : { position: position - before.length };
    return { error: { ...(Object.fromEntries(given) as Record<string, string>), ...at } };
  }
  const [plain = "", pretty = "", ...typed] = (answer[0] ?? []).map((value) => value ?? "");
  if (one.place === "view") return { ...withoutPretty(cutQuery(plain), cutQuery(pretty)), typed };
  return withoutPretty(plain, pretty);
}

const withoutPretty = (plain: string, pretty: string) => ({
  plain,
  ...(pretty === plain ? {} : { pretty }),
});

/** The column's expression in a view's definition. */
const cutQuery = (text: string): string =>
  text
    .replace(/^ SELECT /, "")
    .replace(/\n {3}FROM x;$/, "")
    .replace(/ AS c$/, "");

export class CatalogdServer implements Server {
  readonly #session: LocalSession;

  constructor(session: LocalSession) {
    this.#session = session;
  }

  async rows(sql: string) {
    const answers = await this.#session.run(sql);
    const rows: (readonly (string | null)[])[] = [];
    for (const answer of answers) {
      if (answer.kind === "row") rows.push(answer.values);
      if (answer.kind !== "error") continue;
      if (!(answer.error instanceof SqlError)) throw answer.error;
      const { code, message, fields } = answer.error;
      const { detail, hint, where, position } = fields;
      return { code, message, detail, hint, where, position };
    }
    return rows;
  }
}

export class PostgresServer implements Server {
  readonly #client: pg.Client;

  constructor(client: pg.Client) {
    this.#client = client;
  }

  static async connect(address: string): Promise<PostgresServer> {
    const client = new pg.Client({
      connectionString: address,
      types: { getTypeParser: () => (value: unknown) => value } as unknown as pg.CustomTypesConfig,
    });
    await client.connect();
    return new PostgresServer(client);
  }

  async rows(sql: string) {
    try {
      const results: unknown = await this.#client.query({ text: sql, rowMode: "array" });
      return [results].flat().flatMap((each) => (each as pg.QueryArrayResult<string[]>).rows ?? []);
    } catch (error) {
      const { code = "", message, detail, hint, where, position } = error as pg.DatabaseError;
      const at = position === undefined ? {} : { position: Number(position) };
      return { code, message, detail, hint, where, ...at };
    }
  }

  end(): Promise<void> {
    return this.#client.end();
  }
}
