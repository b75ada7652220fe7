/**
 * GOLDEN SCRIPTS: several sessions on one engine, statements and answers, without sockets.
 *
 *   # a comment
 *   a> begin; create table t (id int)     session a says this; a session is opened by its first
 *   line
 *   b@shop> select 1                      a session in another database
 *   b:ada> select 1                       a session of another role than root
 *   b cancel                              from another connection
 *   b disconnect
 *   b answers                             waits until b is answered, by its own timeout
 *   locks                                 prints what is held and waited for
 *   ---
 *   a: BEGIN, CREATE TABLE                what was answered, written by UPDATE=1
 *   b: waits for name "t" in schema public, held by a
 *
 * A session waits when the lock table says so, never because time has passed. Timeouts pass a
 * hundred times as fast as they say. Behind each script the catalog is checked.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { unreachable } from "../../src/base/assert.ts";
import type { Notice } from "../../src/base/sql-error.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { Catalog } from "../../src/catalog/catalog.ts";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { sourceOfStore } from "../../src/catalog/check/source.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { pgDatabase } from "../../src/catalog/relations/pg-database.ts";
import { pgNamespace } from "../../src/catalog/relations/pg-namespace.ts";
import { pgType } from "../../src/catalog/relations/pg-type.ts";
import { checkOptions } from "../../src/sql/bind/check-options.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { LockOwner, type LockRow } from "../../src/txn/lock-manager.ts";
import { bitOf, conflictsOf } from "../../src/txn/lock-mode.ts";
import type { LockTag } from "../../src/txn/lock-tag.ts";
import { type Answer, LocalSession } from "./local-session.ts";
import { SimDisk } from "./sim-disk.ts";

const TIME_RATE = 100;

/** Runs the script; fails where its answers are not those of the file, which UPDATE=1 rewrites. */
export async function runGoldenScript(file: string): Promise<void> {
  const wanted = readFileSync(file, "utf8");
  const stage = await Stage.open();
  const restore = speedUpTime();
  let played: string;
  try {
    played = await play(stage, wanted);
    expect(stage.faults(), "faults of the catalog").to.deep.equal([]);
  } finally {
    restore();
    await stage.close();
  }
  if (process.env["UPDATE"] === "1") writeFileSync(file, played);
  else expect(played).to.equal(wanted);
}

async function play(stage: Stage, script: string): Promise<string> {
  const blocks = script.trimEnd().split(/\n\n+/);
  const played: string[] = [];
  for (const block of blocks) {
    const [input = ""] = block.split(/^---$/m);
    const lines = input.trimEnd().split("\n");
    const answers: string[] = [];
    for (const line of lines) if (!line.startsWith("#")) answers.push(...(await stage.act(line)));
    const isRemark = lines.every((line) => line.startsWith("#"));
    played.push(isRemark ? lines.join("\n") : [...lines, "---", ...answers].join("\n"));
  }
  return `${played.join("\n\n")}\n`;
}

class Stage {
  readonly #engine: CatalogEngine;
  readonly #service: Sessions;
  readonly #directory: string;
  readonly #sessions = new Map<string, LocalSession>();
  /** How each waiting session was last said to wait. */
  readonly #waits = new Map<string, string>();

  static async open(): Promise<Stage> {
    const directory = mkdtempSync(join(tmpdir(), "catalogd-golden-"));
    const engine = await CatalogEngine.open({
      directory,
      disk: new SimDisk(),
      database: "dev",
      onFatal: (error) => {
        throw error;
      },
    });
    return new Stage(engine, directory);
  }

  private constructor(engine: CatalogEngine, directory: string) {
    this.#engine = engine;
    this.#directory = directory;
    this.#service = new Sessions({ engine });
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) session.close();
    await this.#settle();
    await this.#engine.close();
    rmSync(this.#directory, { recursive: true });
  }

  faults(): string[] {
    return checkCatalog(sourceOfStore(this.#engine.storage.store), checkOptions).map(String);
  }

  /** Does what the line says; returns what sessions answered by then. */
  async act(line: string): Promise<string[]> {
    if (line === "locks") return this.#describeLocks();
    const said = /^(\w+)(?::(\w+))?(?:@(\w+))?> (.*)$/.exec(line);
    const done = /^(\w+) (cancel|disconnect|answers)$/.exec(line);
    if (said) {
      const [, name = "", user = "root", database = "dev", text = ""] = said;
      const refused = await this.#say(name, user, database, text);
      if (refused) return describeAnswers(name, [{ kind: "error", error: refused }]);
    } else if (done) await this.#do(done[1] ?? "", done[2] ?? "");
    else throw new Error(`not a line of a golden script: ${line}`);
    await this.#settle();
    return this.#report();
  }

  /** Returns why the session could not be opened. */
  async #say(
    name: string,
    user: string,
    database: string,
    text: string,
  ): Promise<SqlError | undefined> {
    let session = this.#sessions.get(name);
    try {
      session ??= await LocalSession.open(this.#service, database, user);
    } catch (error) {
      if (error instanceof SqlError) return error;
      throw error;
    }
    this.#sessions.set(name, session);
    if (session.busy) throw new Error(`${name} has not been answered yet`);
    session.start(text);
    return undefined;
  }

  async #do(name: string, what: string): Promise<void> {
    const session = this.#sessions.get(name);
    if (session === undefined) throw new Error(`there is no session ${name}`);
    if (what === "cancel") session.cancel();
    else if (what === "answers") await session.answered();
    else {
      session.close();
      await session.answered();
      session.take();
      this.#sessions.delete(name);
      this.#waits.delete(name);
    }
  }

  /** Until every session is answered or stands in the lock table as waiting. */
  async #settle(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const waiting = new Set(this.#waitingRows().map((row) => row.processId));
      const sessions = [...this.#sessions.values()];
      if (sessions.every(({ busy, processId }) => !busy || waiting.has(processId))) return;
    }
  }

  #waitingRows(): LockRow[] {
    return this.#engine.storage.locks.rows().filter((row) => !row.granted);
  }

  #report(): string[] {
    const lines: string[] = [];
    for (const [name, session] of this.#sessions) {
      const answers = session.take();
      if (answers.length > 0 || !session.busy) this.#waits.delete(name);
      lines.push(...describeAnswers(name, answers));
      if (session.ended()) this.#sessions.delete(name);
      else if (session.busy) lines.push(...this.#describeWait(name, session.processId));
    }
    return lines;
  }

  #describeWait(name: string, processId: number): string[] {
    const rows = this.#engine.storage.locks.rows();
    const wait = rows.find((row) => !row.granted && row.processId === processId);
    if (wait === undefined) return [];
    const others = rows.filter(
      (row) =>
        row.tag.key === wait.tag.key &&
        row.processId !== processId &&
        conflictsOf[wait.mode] & bitOf[row.mode],
    );
    const held = this.#names(others.filter((row) => row.granted));
    const before = this.#names(
      others.filter((row) => !row.granted && rows.indexOf(row) < rows.indexOf(wait)),
    );
    const text =
      `waits for ${this.#describeTag(wait.tag)}` +
      (held === "" ? "" : `, held by ${held}`) +
      (before === "" ? "" : `, behind ${before}`);
    if (this.#waits.get(name) === text) return [];
    this.#waits.set(name, text);
    return [`${name}: ${text}`];
  }

  #names(rows: readonly LockRow[]): string {
    const names = [...this.#sessions]
      .filter(([, { processId }]) => rows.some((row) => row.processId === processId))
      .map(([name]) => name);
    return names.sort().join(", ");
  }

  #describeLocks(): string[] {
    const lines: string[] = [];
    for (const [name, { processId }] of this.#sessions) {
      for (const row of this.#engine.storage.locks.rows()) {
        if (row.processId !== processId || row.tag.kind === "database") continue;
        const verb = row.granted ? "holds" : "waits for";
        lines.push(`${name} ${verb} ${row.mode} on ${this.#describeTag(row.tag)}`);
      }
    }
    return lines.sort();
  }

  #describeTag(tag: LockTag): string {
    const { storage } = this.#engine;
    if (tag.kind === "transaction") return `transaction ${tag.xid}`;
    const transaction = storage.begin(tag.db, new LockOwner(0), "read committed");
    const catalog = new Catalog(transaction);
    const schema = (oid: number) => catalog.find(pgNamespace, "key", [oid])?.nspname;
    const relation = (oid: number) => catalog.find(pgClass, "key", [oid])?.relname;
    switch (tag.kind) {
      case "database":
        return `database ${catalog.find(pgDatabase, "key", [tag.db])?.datname}`;
      case "relation":
        return `relation ${relation(tag.oid) ?? "that is not committed"}`;
      case "object":
        if (tag.classOid === pgNamespace.oid) return `schema ${schema(tag.oid)}`;
        if (tag.classOid === pgType.oid) {
          return `type ${catalog.find(pgType, "key", [tag.oid])?.typname}`;
        }
        return `object of class ${tag.classOid}`;
      case "name": {
        const scope = schema(tag.scope);
        return `name "${tag.name}"${scope === undefined ? "" : ` in schema ${scope}`}`;
      }
      case "row":
        return `a row of ${relation(tag.table)}`;
      case "key":
        return `key (${tag.value}) of index ${relation(tag.index)}`;
      case "advisory":
        return tag.keys === 1
          ? `advisory ${(BigInt(tag.classId) << 32n) + BigInt(tag.objectId)}`
          : `advisory ${tag.classId}, ${tag.objectId}`;
      default:
        return unreachable(tag);
    }
  }
}

/** Tags in one line, each row, notice and error in one of its own. */
function describeAnswers(name: string, answers: readonly Answer[]): string[] {
  const lines: string[] = [];
  let tags: string[] = [];
  const flush = () => {
    if (tags.length > 0) lines.push(`${name}: ${tags.join(", ")}`);
    tags = [];
  };
  for (const answer of answers) {
    if (answer.kind === "tag") tags.push(answer.tag);
    else {
      flush();
      lines.push(...describeAnswer(answer).map((line) => `${name}: ${line}`));
    }
  }
  flush();
  return lines;
}

function describeAnswer(answer: Exclude<Answer, { kind: "tag" }>): string[] {
  switch (answer.kind) {
    case "row":
      return [answer.values.map((value) => value ?? "∅").join(" | ")];
    case "notice": {
      const { severity, code, message } = answer.notice;
      const what = code === "00000" ? severity : `${severity} ${code}`;
      return [`${what} ${message}`, ...describeFields(answer.notice)];
    }
    case "notification":
      return [`notified of ${answer.channel} ${JSON.stringify(answer.payload)}`];
    case "error": {
      const { error } = answer;
      if (!(error instanceof SqlError)) throw error;
      return [`${error.severity} ${error.code} ${error.message}`, ...describeFields(error.fields)];
    }
  }
}

function describeFields({ detail, hint }: Pick<Notice, "detail" | "hint">): string[] {
  const fields = [
    ["DETAIL", detail],
    ["HINT", hint],
  ] as const;
  return fields.flatMap(([what, text]) =>
    text === undefined
      ? []
      : text.split("\n").map((line, at) => `  ${at === 0 ? what : "     "} ${line}`),
  );
}

function speedUpTime(): () => void {
  const real = globalThis.setTimeout;
  const fast = (callback: () => void, delay = 0) => real(callback, delay / TIME_RATE);
  globalThis.setTimeout = Object.assign(fast, real) as unknown as typeof setTimeout;
  return () => {
    globalThis.setTimeout = real;
  };
}
