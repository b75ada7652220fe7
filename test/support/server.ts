/**
 * THE REAL SERVER as a child process, on a free port, with a data directory of its own.
 *
 * What was compiled to dist is used if no source is newer, else the sources. Every server that a
 * test leaves running is killed after the test, by its own process id; its data directory is
 * removed with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "mocha";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const READY = /catalogd is ready: psql -h (\S+) -p (\d+) /;
const READY_MS_MAX = 60_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LaunchOptions {
  /** A new one, removed after the test, unless given. */
  readonly directory?: string;
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Ended before it was ready. */
export class NotStarted extends Error {
  override readonly name = "NotStarted";
  readonly exit: Exit;

  constructor(exit: Exit, output: string) {
    super(`the server ended before it was ready (${exit.code ?? exit.signal}):\n${output}`);
    this.exit = exit;
  }
}

const directories: string[] = [];
const running = new Set<ServerProcess>();

afterEach(async () => {
  await Promise.all([...running].map((server) => server.kill()));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** A directory that is removed after the test, behind the servers that use it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "catalogd-test-"));
  directories.push(directory);
  return directory;
}

export class ServerProcess {
  readonly directory: string;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #out = "";
  #log = "";

  constructor(child: ChildProcess, directory: string) {
    this.#child = child;
    this.directory = directory;
    child.stdout?.on("data", (chunk: Buffer) => {
      this.#out += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
    running.add(this);
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }
  /** Standard output so far. */
  get output(): string {
    return this.#out;
  }
  /** Standard error so far: the server's log. */
  get log(): string {
    return this.#log;
  }

  /** Resolves when the server accepts sessions; rejects with NotStarted when it ends first. */
  async ready(): Promise<Address> {
    const deadline = setTimeout(() => this.#child.kill("SIGKILL"), READY_MS_MAX);
    try {
      for (;;) {
        const match = READY.exec(this.#out);
        if (match) return { host: match[1] ?? "", port: Number(match[2]) };
        const exit = await Promise.race([this.exited, this.#nextOutput()]);
        if (exit !== undefined) throw new NotStarted(exit, this.#out + this.#log);
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  #nextOutput(): Promise<undefined> {
    return new Promise((resolve) => this.#child.stdout?.once("data", () => resolve(undefined)));
  }

  /** kill -9 */
  kill(): Promise<Exit> {
    this.#child.kill("SIGKILL");
    return this.exited;
  }

  /** SIGTERM */
  stop(): Promise<Exit> {
    this.#child.kill("SIGTERM");
    return this.exited;
  }
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Server extends Address {
  readonly process: ServerProcess;
  readonly directory: string;
}

/** Runs `catalogd` with these arguments. */
export function run(
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  directory = "",
): ServerProcess {
  const child = spawn(process.execPath, [...program(), ...parameters], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new ServerProcess(child, directory);
}

/** Starts `catalogd serve`; it may not be ready yet. */
export function spawnServer(options: LaunchOptions = {}): ServerProcess {
  const directory = options.directory ?? join(temporaryDirectory(), "data");
  const { flags = [], environment } = options;
  const own = ["serve", "--data", directory, "--listen", "127.0.0.1:0"];
  return run([...own, ...flags], environment, directory);
}

/** For all tests of a suite, which stops it and removes its directory. */
export async function launchForSuite(): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), "catalogd-suite-"));
  const server = await launch({ directory });
  running.delete(server.process);
  process.once("exit", () => void server.process.kill());
  return server;
}

export async function launch(options: LaunchOptions = {}): Promise<Server> {
  const server = spawnServer(options);
  const { host, port } = await server.ready();
  return { process: server, host, port, directory: server.directory };
}

let chosen: readonly string[] | undefined;

function program(): readonly string[] {
  chosen ??= isCompiled()
    ? [join(ROOT, "dist/main.js")]
    : ["--import", "tsx", join(ROOT, "src/main.ts")];
  return chosen;
}

function isCompiled(): boolean {
  const compiled = join(ROOT, "dist/.sources");
  if (!existsSync(compiled)) return false;
  const at = statSync(compiled).mtimeMs;
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  return sources.every((name) => statSync(join(ROOT, "src", name)).mtimeMs <= at);
}
