/**
 * One session that is asked statements one after the other; an answer is a line for each row, or
 * the error with all that it says. `\binary` asks for bytes, `\bind type hex …` gives them.
 */
import { connect, type Socket } from "node:net";
import type { Address } from "../../support/server.ts";
import { describeMessage, say } from "../../support/wire-client.ts";

const DATABASE = "values_of_types";

export class ValueAsker {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #lines: string[] = [];
  #binary = false;
  #waiting: { resolve: (lines: string[]) => void; binary: boolean }[] = [];
  #failed: Error | undefined;

  /** A session in a database of its own, which is made anew. */
  static async open(address: Address, user = "root"): Promise<ValueAsker> {
    const admin = new ValueAsker(address);
    await admin.#start(user, "postgres");
    await admin.ask(`DROP DATABASE IF EXISTS ${DATABASE}`);
    const made = await admin.ask(
      `CREATE DATABASE ${DATABASE} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    if (made.length > 0) throw new Error(made.join("\n"));
    admin.close();
    const asker = new ValueAsker(address);
    await asker.#start(user, DATABASE);
    return asker;
  }

  private constructor({ host, port }: Address) {
    this.#socket = connect({ port, host, noDelay: true });
    this.#socket.on("data", (chunk) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
      this.#cut();
    });
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", () => this.#end(new Error("the connection has ended")));
  }

  /** Questions may be asked before earlier ones are answered. */
  ask(statement: string): Promise<string[]> {
    const binary = statement.startsWith("\\binary ");
    return this.#send(messagesOf(statement), binary);
  }

  close(): void {
    this.#socket.end(say.Terminate());
  }

  async #start(user: string, database: string): Promise<void> {
    const settings = { TimeZone: "UTC", client_min_messages: "error", synchronous_commit: "off" };
    const lines = await this.#send(say.Startup({ user, database, ...settings }), false);
    const error = lines.find((line) => line.startsWith("ERROR") || line.startsWith("FATAL"));
    if (error !== undefined) throw new Error(error);
  }

  #send(bytes: Buffer, binary: boolean): Promise<string[]> {
    if (this.#failed) return Promise.reject(this.#failed);
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) this.#binary = binary;
      this.#waiting.push({ resolve, binary });
      this.#socket.write(bytes);
    });
  }

  #end(error: Error): void {
    this.#failed ??= error;
    for (const { resolve } of this.#waiting.splice(0)) resolve([String(error)]);
  }

  #cut(): void {
    while (this.#bytes.length >= 5) {
      const length = this.#bytes.readInt32BE(1);
      if (this.#bytes.length < length + 1) return;
      this.#take(String.fromCharCode(this.#bytes[0] ?? 0), this.#bytes.subarray(5, length + 1));
      this.#bytes = this.#bytes.subarray(length + 1);
    }
  }

  #take(type: string, body: Buffer): void {
    if (type === "D") {
      this.#lines.push(rowOf(body, this.#binary));
    } else if (type === "E") {
      this.#lines.push(describeMessage("E", body).replace(/^ErrorResponse /, ""));
    } else if (type === "Z") {
      const lines = this.#lines;
      this.#lines = [];
      this.#waiting.shift()?.resolve(lines);
      this.#binary = this.#waiting[0]?.binary ?? false;
    }
  }
}

function rowOf(body: Buffer, binary: boolean): string {
  const values: string[] = [];
  for (let at = 2; at < body.length; ) {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) {
      values.push("null");
      continue;
    }
    const bytes = body.subarray(at, at + length);
    values.push(binary ? `0x${bytes.toString("hex")}` : JSON.stringify(bytes.toString("utf8")));
    at += length;
  }
  return values.join(" ");
}

function messagesOf(statement: string): Buffer {
  const [, kind, rest = ""] = /^\\(\w+) (.*)$/s.exec(statement) ?? [];
  if (kind === undefined) return say.Query(statement);
  const bind = kind === "bind" ? /^(.*?) ((?:[0-9a-f]+|-)(?: (?:[0-9a-f]+|-))*)$/.exec(rest) : null;
  const hex = bind?.[2]?.split(" ") ?? [];
  const text = bind ? `SELECT ${hex.map((_, at) => `$${at + 1}::${bind[1]}`).join(", ")}` : rest;
  return Buffer.concat([
    say.Parse("", text),
    bind
      ? say.Bind(
          "",
          "",
          hex.map((one) => ({ hex: one === "-" ? "" : one })),
          [1],
        )
      : say.Bind("", "", [], [], [1]),
    say.Execute(""),
    say.Sync(),
  ]);
}
