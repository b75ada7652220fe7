/** Real clients that run random transactions until the server is gone. */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import pg from "pg";
import { spawnPsql } from "../support/psql.ts";
import type { Address } from "../support/server.ts";
import type { Script } from "./generator.ts";
import type { Reply } from "./postgres-js-worker.ts";

/** unknown: the connection ended before the answer to COMMIT came. */
export type Outcome = "committed" | "rolled back" | "unknown";

export interface Observer {
  /** A row arrived: the label of a sequence and a value of it. */
  value(label: string, value: number): void;
  /** The server answered with an error. */
  error(code: string, message: string): void;
}

/** What of a script a client has to know. */
export type Work = Omit<Script, "after">;

export interface Client {
  /** Resolves with "unknown" also for every script after the connection ended. */
  run(script: Work): Promise<Outcome>;
  close(): Promise<void>;
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** True when the server said it; false when the connection ended. */
function isAnswer(error: unknown, observer: Observer): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code !== "string" || !SQLSTATE.test(code) || code === "EPIPE") return false;
  observer.error(code, String(message));
  return true;
}

/** node-postgres: each statement is awaited before the next. */
export class NodePostgres implements Client {
  readonly #client: pg.Client;
  readonly #observer: Observer;

  static async connect({ host, port }: Address, observer: Observer): Promise<NodePostgres> {
    const client = new pg.Client({ host, port, user: "root", database: "dev" });
    client.on("error", () => {});
    await client.connect();
    return new NodePostgres(client, observer);
  }

  private constructor(client: pg.Client, observer: Observer) {
    this.#client = client;
    this.#observer = observer;
  }

  async run({ form, statements, end }: Work): Promise<Outcome> {
    if (form !== "block") return this.#runWhole(statements.join("; "), form === "single");
    for (const statement of ["BEGIN", ...statements]) {
      if ((await this.#query(statement)) === "unknown") return "rolled back";
    }
    const command = await this.#query(end === "commit" ? "COMMIT" : "ROLLBACK");
    if (end === "rollback" || command === "ROLLBACK") return "rolled back";
    return command === "COMMIT" ? "committed" : "unknown";
  }

  async #runWhole(text: string, extended: boolean): Promise<Outcome> {
    const done = await this.#query(text, extended);
    return done === "unknown" ? "unknown" : done === "failed" ? "rolled back" : "committed";
  }

  /** The command tag's first word, or how it failed. */
  async #query(text: string, extended = false): Promise<string> {
    try {
      const query = { text, rowMode: "array" as const };
      const answer = await this.#client.query(extended ? { ...query, values: [] } : query);
      const results = (Array.isArray(answer) ? answer : [answer]) as pg.QueryArrayResult[];
      for (const { rows } of results) {
        for (const [label, value] of rows) this.#observer.value(String(label), Number(value));
      }
      return results.at(-1)?.command ?? "";
    } catch (error) {
      return isAnswer(error, this.#observer) ? "failed" : "unknown";
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }
}

/** postgres.js: a block's statements are sent without waiting for their answers. */
export class PostgresJs implements Client {
  readonly #worker: Worker;
  #done: ((outcome: Outcome) => void) | undefined;
  #gone = false;

  static async connect({ host, port }: Address, observer: Observer): Promise<PostgresJs> {
    const file = new URL("postgres-js-worker.ts", import.meta.url);
    const client = new PostgresJs(new Worker(file, { workerData: { host, port } }), observer);
    await client.run({ form: "single", statements: ["SELECT 1"], end: "commit" });
    return client;
  }

  private constructor(worker: Worker, observer: Observer) {
    this.#worker = worker;
    worker.on("message", (reply: Reply) => {
      if (reply.kind === "value") observer.value(reply.label, reply.value);
      else if (reply.kind === "error") observer.error(reply.code, reply.message);
      else this.#finish(reply.outcome);
    });
    worker.on("error", () => this.#finish("unknown"));
  }

  run(work: Work): Promise<Outcome> {
    if (this.#gone) return Promise.resolve("unknown");
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#worker.postMessage({
        form: work.form,
        statements: work.statements,
        end: work.end,
      } satisfies Work);
    });
  }

  #finish(outcome: Outcome): void {
    this.#gone ||= outcome === "unknown";
    this.#done?.(outcome);
    this.#done = undefined;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** The real psql, fed line by line. */
export class Psql implements Client {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #observer: Observer;
  #number = 0;
  #lastLine = "";
  #done: ((outcome: Outcome) => void) | undefined;
  #end: "commit" | "rollback" = "commit";
  #isBlock = false;
  #gone = false;

  static async connect(address: Address, observer: Observer): Promise<Psql> {
    const child = spawnPsql(address, ["-A", "-t", "-v", "VERBOSITY=sqlstate"]);
    const psql = new Psql(child, observer);
    await psql.run({ form: "single", statements: ["SELECT 1"], end: "commit" });
    return psql;
  }

  private constructor(child: ChildProcessWithoutNullStreams, observer: Observer) {
    this.#child = child;
    this.#observer = observer;
    child.stdin.on("error", () => {});
    createInterface(child.stdout).on("line", (line) => this.#onLine(line));
    createInterface(child.stderr).on("line", (line) => {
      const code = /ERROR: +([0-9A-Z]{5})/.exec(line)?.[1];
      if (code !== undefined) observer.error(code, line);
    });
    child.once("close", () => {
      this.#gone = true;
      this.#finish("unknown");
    });
  }

  run({ form, statements, end }: Work): Promise<Outcome> {
    if (this.#gone) return Promise.resolve("unknown");
    this.#number += 1;
    this.#end = end;
    this.#isBlock = form === "block";
    const close = end === "commit" ? "COMMIT" : "ROLLBACK";
    const text = this.#isBlock
      ? ["BEGIN", ...statements, close].map((statement) => `${statement};\n`).join("")
      : `${statements.join("\\; ")};\n`;
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#child.stdin.write(`${text}\\echo done ${this.#number} :SQLSTATE\n`);
    });
  }

  #onLine(line: string): void {
    const value = /^([\w.]+)\|(\d+)$/.exec(line);
    if (value) this.#observer.value(value[1] ?? "", Number(value[2]));
    const done = /^done (\d+) (\w+)$/.exec(line);
    if (done && Number(done[1]) === this.#number) this.#finish(this.#outcome(done[2] ?? ""));
    this.#lastLine = line;
  }

  #outcome(code: string): Outcome {
    if (this.#end === "rollback") return "rolled back";
    // psql goes on to what follows a statement that could not be sent.
    if (code !== "00000") return SQLSTATE.test(code) && !this.#isBlock ? "rolled back" : "unknown";
    if (!this.#isBlock) return "committed";
    return this.#lastLine === "COMMIT" ? "committed" : "rolled back";
  }

  #finish(outcome: Outcome): void {
    this.#done?.(outcome);
    this.#done = undefined;
  }

  async close(): Promise<void> {
    if (this.#gone) return;
    await new Promise<void>((resolve) => {
      this.#child.once("close", () => resolve());
      this.#child.stdin.end();
    });
  }
}
