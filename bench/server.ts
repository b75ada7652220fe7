/** The two servers that are compared, each with a data directory and a port of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { freePort, postgresUser } from "../test/support/postgres.ts";

export const HOST = "127.0.0.1";
export const USER = "root";
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TMPFS = 0x0102_1994;

export interface Server {
  readonly name: string;
  readonly port: number;
  /** Returns when a query was answered; milliseconds from the start of the program to then. */
  start(): Promise<number>;
  /** Ends every process of the server at once, as a crash would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** The same as `kill` for a program that is about to end and cannot wait. */
  killNow(): void;
  /** Memory that the server's processes have for themselves plus their share of what they share. */
  memoryBytes(): number;
}

/** One client, one text of statements; the last one's rows as arrays of texts. */
export async function query(server: Server, database: string, sql: string): Promise<string[][]> {
  const client = new pg.Client({ host: HOST, port: server.port, user: USER, database });
  await client.connect();
  try {
    // Of several statements there are as many results.
    const results: unknown = await client.query({ text: sql, rowMode: "array" });
    const last = Array.isArray(results) ? results.at(-1) : results;
    return (last as { rows: unknown[][] }).rows.map((row) => row.map(String));
  } finally {
    await client.end();
  }
}

async function untilItAnswers(server: Server, database: string): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    try {
      await query(server, database, "SELECT 1");
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

export function assertDisk(directory: string): void {
  if (statfsSync(directory).type === TMPFS) {
    throw new Error(`${directory} is in memory, where nothing is durable: use --directory`);
  }
}

const proportionalBytes = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
};

const exited = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once("exit", resolve));

export class Catalogd implements Server {
  readonly name = "catalogd";
  readonly port: number;
  readonly directory: string;
  /** What the server said about its last start. */
  opened: { readonly entries: number; readonly mutations: number; readonly ms: number } | undefined;
  #child: ChildProcess | undefined;

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.port = port;
  }

  static async create(parent: string): Promise<Catalogd> {
    execFileSync("sh", [join(ROOT, "tools/build.sh")], { stdio: "inherit" });
    return new Catalogd(join(parent, "catalogd"), await freePort());
  }

  async start(): Promise<number> {
    const started = performance.now();
    const argv = ["serve", "--data", this.directory, "--listen", `${HOST}:${this.port}`];
    const child = spawn(process.execPath, [join(ROOT, "dist/main.js"), ...argv], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      for (const line of text.split("\n")) {
        if (line.includes('"msg":"opened"')) this.opened = JSON.parse(line);
      }
    });
    const failed = exited(child).then(() => {
      throw new Error(`catalogd has ended:\n${said}`);
    });
    failed.catch(() => {});
    await Promise.race([untilItAnswers(this, "dev"), failed]);
    return performance.now() - started;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.#child) return;
    this.#child.kill(signal);
    await exited(this.#child);
    this.#child = undefined;
  }
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }
  killNow(): void {
    this.#child?.kill("SIGKILL");
  }
  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  memoryBytes(): number {
    return this.#child?.pid === undefined ? 0 : proportionalBytes(this.#child.pid);
  }

  /** Throws the derived pages away, so that the next start replays the whole log. */
  removePages(): void {
    for (const suffix of ["", "-wal", "-shm"]) {
      rmSync(join(this.directory, `pages.db${suffix}`), { force: true });
    }
  }

  /**
   * Groups, commits and bytes in the log: read line by line, as it may be longer than any string.
   */
  async logSize(): Promise<{
    readonly groups: number;
    readonly commits: number;
    readonly bytes: number;
  }> {
    const argv = [join(ROOT, "dist/main.js"), "waldump", this.directory];
    const dump = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
    let [groups, commits, last] = [0, 0, ""];
    for await (const line of createInterface({ input: dump.stdout })) {
      if (/^lsn \d+ term /.test(line)) groups++;
      else if (/^ +commit epoch /.test(line)) commits++;
      last = line;
    }
    return { groups, commits, bytes: Number(/ at lsn (\d+):/.exec(last)?.[1]) };
  }
}

export class Postgres implements Server {
  readonly name = "PostgreSQL 15";
  readonly port: number;
  readonly #programs: string;
  readonly #directory: string;
  readonly #user = postgresUser();
  #child: ChildProcess | undefined;

  private constructor(programs: string, directory: string, port: number) {
    this.#programs = programs;
    this.#directory = directory;
    this.port = port;
  }

  static async create(programs: string, parent: string): Promise<Postgres> {
    const directory = join(parent, "postgres");
    const server = new Postgres(programs, directory, await freePort());
    mkdirSync(directory);
    if (server.#user.uid !== undefined)
      chownSync(directory, server.#user.uid, server.#user.gid ?? 0);
    const initdb = ["-D", directory, "-U", USER, "-A", "trust", "--locale=C", "--encoding=UTF8"];
    execFileSync(join(programs, "initdb"), initdb, { ...server.#user, cwd: "/", stdio: "ignore" });
    return server;
  }

  /**
   * PostgreSQL's own defaults: every commit is durable when it is answered. But with them it has
   * not the locks that dropping 10,000 tables at once takes.
   */
  async start(): Promise<number> {
    const started = performance.now();
    const settings = {
      port: this.port,
      listen_addresses: HOST,
      unix_socket_directories: "",
      max_locks_per_transaction: 1024,
    };
    const argv = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    this.#child = spawn(join(this.#programs, "postgres"), ["-D", this.#directory, ...argv], {
      ...this.#user,
      cwd: "/",
      stdio: "ignore",
    });
    await untilItAnswers(this, "postgres");
    return performance.now() - started;
  }

  #processes(): number[] {
    const child = this.#child;
    const pid = child?.pid;
    if (!child || pid === undefined || child.exitCode !== null || child.signalCode !== null)
      return [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return [pid, ...children.split(" ").filter(Boolean).map(Number)];
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.killNow();
    if (child) await exited(child);
    this.#child = undefined;
  }

  killNow(): void {
    for (const pid of this.#processes()) process.kill(pid, "SIGKILL");
  }

  async stop(): Promise<void> {
    if (!this.#child) return;
    this.#child.kill("SIGINT");
    await exited(this.#child);
    this.#child = undefined;
  }

  memoryBytes(): number {
    let sum = 0;
    for (const pid of this.#processes()) {
      try {
        sum += proportionalBytes(pid);
      } catch {
        // The backend has ended between the two reads.
      }
    }
    return sum;
  }
}
