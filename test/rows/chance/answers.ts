/** What a server answers to a statement, as lines of text, and when two answers are the same. */
import { inOrder } from "../../queries/asker.ts";
import type { Address } from "../../support/server.ts";
import { CLOSED, SILENCE, say, WireClient } from "../../support/wire-client.ts";

const ANSWER_MS_MAX = 60_000;

export class Talker {
  readonly #client: WireClient;

  /** A session in a new database of that name, of collation C. */
  static async open(address: Address, database: string): Promise<Talker> {
    const admin = await Talker.#connect(address, "postgres");
    await admin.mustRun(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await admin.mustRun(
      `CREATE DATABASE ${database} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    admin.close();
    return Talker.#connect(address, database);
  }

  static async drop(address: Address, database: string): Promise<void> {
    const admin = await Talker.#connect(address, "postgres");
    await admin.mustRun(`DROP DATABASE ${database} WITH (FORCE)`);
    admin.close();
  }

  static async #connect({ host, port }: Address, database: string): Promise<Talker> {
    const client = new WireClient(port, host);
    await client.start({ user: "root", database, TimeZone: "UTC" });
    return new Talker(client);
  }

  private constructor(client: WireClient) {
    this.#client = client;
  }

  /** The answer's lines, up to ReadyForQuery; rows that have no order are sorted. */
  async run(text: string): Promise<string[]> {
    this.#client.send(say.Query(text));
    const lines = await this.#client.until("ReadyForQuery", 1, ANSWER_MS_MAX);
    const end = lines.at(-1);
    if (end === CLOSED || end === SILENCE) throw new Error(`${end} after ${text}`);
    return inOrder(text, lines.map(plain));
  }

  async mustRun(text: string): Promise<void> {
    const failed = errorOf(await this.run(text));
    if (failed !== undefined) throw new Error(`${failed} in ${text}`);
  }

  close(): void {
    this.#client.send(say.Terminate());
    this.#client.close();
  }
}

/**
 * Rows begin with a space, as inOrder knows them. Left out: the CONTEXT of a nested action, and the
 * type modifier of an expression, which is that of what PostgreSQL's planner makes of it.
 */
const plain = (line: string): string =>
  line
    .replace(/^DataRow/, " ")
    .replace(/ where="SQL statement .*?(?= \w+="|$)/, "")
    .replaceAll(/(\("[^"]*" \d+\/-?\d+) mod \d+\)/g, "$1)");

export const errorOf = (lines: readonly string[]): string | undefined =>
  lines.find((line) => line.startsWith("ErrorResponse"));

/** Of values and of what they break, found when a statement runs: these have no position. */
const FOUND_LATE = /^ErrorResponse ERROR (21000|22\d{3}|23\d{3}) (?!.* position=)/;
const NO_COLLATION = /^ErrorResponse ERROR 42P22 /;

/**
 * Of several mistakes another one is found first: PostgreSQL's planner computes what is constant,
 * which perhaps no row needs, and here all values are computed before the first row is written. Or
 * its check of a generation expression computes one whose collations it has not found out yet.
 */
export function isOtherOrder(ours: readonly string[], theirs: readonly string[]): boolean {
  const [error, wanted] = [errorOf(ours), errorOf(theirs)];
  if (wanted === undefined) return false;
  if (error === undefined) return / 22\d{3} /.test(wanted) || NO_COLLATION.test(wanted);
  return [error, wanted].every((line) => FOUND_LATE.test(line)) && / 22\d{3} /.test(error + wanted);
}

const DETAIL = / detail="(?:[^"\\]|\\.)*"/;

/** An error without the row that it names. */
const withoutRow = (line: string): string => line.replace(DETAIL, "");

/** Two rows, each of which lacks a value, or is referred to, and not the same one. */
const isOfOtherRow = (error: string, wanted: string): boolean =>
  ["23502", "23503"].some((code) => [error, wanted].every((line) => line.includes(` ${code} `))) &&
  DETAIL.exec(error)?.[0] !== DETAIL.exec(wanted)?.[0];

/**
 * The same answers; or the same error over another row, as rows without an order are visited in
 * the order of their storage.
 */
export function isSame(ours: readonly string[], theirs: readonly string[]): boolean {
  if (ours.join("\n") === theirs.join("\n")) return true;
  const [error, wanted] = [errorOf(ours), errorOf(theirs)];
  if (error === undefined || wanted === undefined) return false;
  return withoutRow(error) === withoutRow(wanted) || isOfOtherRow(error, wanted);
}
