/**
 * A TABLE OF A POSTGRESQL SERVER. A delivery is one transaction there, which also writes its epoch
 * into the table catalogd_sinks beside the table. After a crash that table says what was committed:
 * so each change is there once, too.
 */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { z } from "zod";
import { SqlError } from "../../base/sql-error.ts";
import type { SinkColumn, TextRow } from "../../catalog/connectors/ports.ts";
import type { PostgresSink as Options } from "../../catalog/connectors/sinks.ts";
import { quoteIdentifier } from "../../catalog/quote.ts";
import type { Position, SinkConnector } from "./connector.ts";
import { ANSWER_MS, within } from "./deadline.ts";

const CONNECT_MS = 10_000;
/** Of one statement. */
const PARAMETERS_MAX = 10_000;
/** Rows that are remembered before they are removed. */
const GONE_MAX = 100_000;
const positions = z.object({ id: z.string() });

export class PostgresSink implements SinkConnector {
  readonly #options: Options;
  #client: pg.Client | undefined;
  #columns: readonly SinkColumn[] = [];
  #id = "";
  /** Of an upsert: rows that went are removed when it is known which of them came back. */
  #gone = new Map<string, TextRow>();

  constructor(options: Options) {
    this.#options = options;
  }

  get #table(): string {
    const { schema, table } = this.#options;
    return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
  }
  get #epochs(): string {
    return `${quoteIdentifier(this.#options.schema)}.catalogd_sinks`;
  }

  async connect(columns: readonly SinkColumn[]): Promise<Position> {
    const names = columns.map(({ name }) => quoteIdentifier(name)).join(", ");
    await this.#open();
    await this.#ask(`SELECT ${names} FROM ${this.#table} LIMIT 0`);
    await this.#ask(
      `CREATE TABLE IF NOT EXISTS ${this.#epochs} (sink text PRIMARY KEY, epoch bigint NOT NULL)`,
    );
    return { id: randomUUID() };
  }

  async resume(position: Position): Promise<number> {
    this.#id = positions.parse(position).id;
    const text = `SELECT epoch::text FROM ${this.#epochs} WHERE sink = $1`;
    await this.#open();
    const [row] = await this.#ask(text, [this.#id]);
    return Number(row?.[0] ?? 0);
  }

  async begin(columns: readonly SinkColumn[]): Promise<void> {
    this.#columns = columns;
    this.#gone = new Map();
    await this.#ask("BEGIN");
  }

  async remove(rows: readonly TextRow[]): Promise<void> {
    if (this.#options.type === "append-only") return;
    for (const row of rows) this.#gone.set(this.#keyText(row), row);
    if (this.#gone.size > GONE_MAX) await this.#deleteGone();
  }

  async add(rows: readonly TextRow[]): Promise<void> {
    const { type } = this.#options;
    if (type === "append-only") return this.#insert(rows, "");
    // The last of those with a key is what is left, and one statement cannot change a row twice.
    const last = new Map(rows.map((row) => [this.#keyText(row), row]));
    for (const key of last.keys()) this.#gone.delete(key);
    return this.#insert([...last.values()], this.#onConflict());
  }

  async keep(epoch: number): Promise<Position> {
    await this.#deleteGone();
    await this.#ask(
      `INSERT INTO ${this.#epochs} VALUES ($1, $2)
        ON CONFLICT (sink) DO UPDATE SET epoch = EXCLUDED.epoch`,
      [this.#id, String(epoch)],
    );
    await this.#ask("COMMIT");
    return { id: this.#id };
  }

  /** The server takes back what was begun when the connection ends. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  get #keys(): readonly number[] {
    const { primary_key: names = [] } = this.#options;
    return names.map((name) => this.#columns.findIndex((column) => column.name === name));
  }

  #keyText(row: TextRow): string {
    return JSON.stringify(this.#keys.map((at) => row[at]));
  }

  #onConflict(): string {
    const { primary_key: names = [] } = this.#options;
    const keys = names.map(quoteIdentifier).join(", ");
    const others = this.#columns.map(({ name }) => name).filter((name) => !names.includes(name));
    const sets = others.map(
      (name) => `${quoteIdentifier(name)} = EXCLUDED.${quoteIdentifier(name)}`,
    );
    const action = sets.length === 0 ? "NOTHING" : `UPDATE SET ${sets.join(", ")}`;
    return `ON CONFLICT (${keys}) DO ${action}`;
  }

  async #insert(rows: readonly TextRow[], onConflict: string): Promise<void> {
    const names = this.#columns.map(({ name }) => quoteIdentifier(name)).join(", ");
    for (const part of parts(rows, this.#columns.length)) {
      const values = part.map((row, at) => `(${numbered(row.length, at * row.length).join(", ")})`);
      await this.#ask(
        `INSERT INTO ${this.#table} (${names}) VALUES ${values.join(", ")} ${onConflict}`,
        part.flat(),
      );
    }
  }

  async #deleteGone(): Promise<void> {
    const rows = [...this.#gone.values()];
    this.#gone.clear();
    const keys = this.#keys;
    const names = keys.map((at) => quoteIdentifier(this.#columns[at]?.name ?? ""));
    for (const part of parts(rows, keys.length)) {
      const same = part.map((_, at) => {
        const given = numbered(keys.length, at * keys.length);
        return `(${names.map((name, i) => `${name} = ${given[i]}`).join(" AND ")})`;
      });
      const values = part.flatMap((row) => keys.map((at) => row[at] ?? null));
      await this.#ask(`DELETE FROM ${this.#table} WHERE ${same.join(" OR ")}`, values);
    }
  }

  async #ask(
    text: string,
    values: readonly (string | null)[] = [],
  ): Promise<readonly (readonly (string | null)[])[]> {
    try {
      const client = this.#client;
      if (!client) throw new SqlError("08006", `${this.#where}: the connection was lost`);
      const query = { text, values: [...values], rowMode: "array" as const };
      const { rows } = await within(this.#where, client.query<(string | null)[]>(query));
      return rows;
    } catch (error) {
      await this.close();
      throw this.#told(error);
    }
  }

  /** In the middle of a delivery nothing is opened again: it would be in no transaction. */
  async #open(): Promise<void> {
    if (this.#client) return;
    const { host, port, user, password, database } = this.#options;
    const client = new pg.Client({
      ...{ host, port, user, database, ssl: false },
      // Without a function, what this server's own user has in its files would be sent.
      password: () => password ?? "",
      application_name: "catalogd",
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
    });
    client.on("error", () => {
      if (this.#client === client) this.#client = undefined;
    });
    try {
      await within(this.#where, client.connect(), CONNECT_MS);
    } catch (error) {
      throw this.#told(error);
    }
    this.#client = client;
  }

  get #where(): string {
    const { host, port, database } = this.#options;
    return `database "${database}" at ${host}:${port}`;
  }

  #told(error: unknown): SqlError {
    if (error instanceof SqlError) return error;
    const { code, message } = error as { readonly code?: string; readonly message: string };
    const isServers = code !== undefined && /^[0-9A-Z]{5}$/.test(code);
    const said = message === "" ? (code ?? "no connection") : message;
    return new SqlError(isServers ? code : "08006", `${this.#where}: ${said}`);
  }
}

const numbered = (count: number, from: number): string[] =>
  Array.from({ length: count }, (_, at) => `$${from + at + 1}`);

function* parts(rows: readonly TextRow[], width: number): Generator<readonly TextRow[]> {
  const most = Math.max(Math.floor(PARAMETERS_MAX / Math.max(width, 1)), 1);
  for (let at = 0; at < rows.length; at += most) yield rows.slice(at, at + most);
}
