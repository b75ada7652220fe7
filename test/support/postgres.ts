/**
 * A POSTGRESQL 15 to ask, for the long runs: the one at 127.0.0.1 whose port PG_PORT names and of
 * which root is a superuser, else one that is started from PG_BIN in a new directory and ends with
 * the test. Collation C, as ours.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Address } from "./server.ts";

const HOST = "127.0.0.1";
const PROGRAMS = process.env["PG_BIN"] ?? "/usr/lib/postgresql/15/bin";
const START_MS_MAX = 60_000;

const ABSENT =
  `PostgreSQL 15 is needed and not in ${PROGRAMS}: apt-get install postgresql-15, ` +
  "or name its programs in PG_BIN, or in PG_PORT the port of one that runs at 127.0.0.1";

export interface OraclePostgres extends Address {
  /** Of its database postgres. */
  readonly url: string;
  /** Anew; its URL. */
  createDatabase(name: string): Promise<string>;
  close(): Promise<void>;
}

/** Throws where there is none and none can be started. */
export async function openOracle(): Promise<OraclePostgres> {
  const given = process.env["PG_PORT"];
  if (given !== undefined) {
    const port = Number(given);
    await checkVersion(port);
    return { ...oracleAt(port), close: async () => {} };
  }
  if (!existsSync(join(PROGRAMS, "initdb"))) throw new Error(ABSENT);
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "catalogd-postgres-"));
  const server = start(directory, port);
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const killNow = () => server.kill("SIGQUIT");
  process.once("exit", killNow);
  const close = async () => {
    process.off("exit", killNow);
    server.kill("SIGINT");
    await ended;
    rmSync(directory, { recursive: true });
  };
  try {
    await untilItAnswers(port, server);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...oracleAt(port), close };
}

const urlOf = (port: number, database = "postgres"): string =>
  `postgresql://root@${HOST}:${port}/${database}`;

const oracleAt = (port: number) => ({
  host: HOST,
  port,
  url: urlOf(port),
  async createDatabase(name: string) {
    await run(port, `DROP DATABASE IF EXISTS ${name}`);
    await run(port, `CREATE DATABASE ${name} TEMPLATE template0`);
    return urlOf(port, name);
  },
});

/** Its first value. */
async function run(port: number, text: string): Promise<string> {
  const client = new pg.Client({ connectionString: urlOf(port) });
  await client.connect();
  try {
    const { rows } = await client.query({ text, rowMode: "array" });
    return String(rows[0]?.[0]);
  } finally {
    await client.end();
  }
}

/** Nothing of it needs to survive. */
function start(directory: string, port: number): ChildProcess {
  const user = postgresUser();
  if (user.uid !== undefined) chownSync(directory, user.uid, user.gid ?? 0);
  const options = { ...user, cwd: "/" };
  const initdb = ["-D", directory, "-U", "root", "-A", "trust", "--locale=C", "-E", "UTF8", "-N"];
  execFileSync(join(PROGRAMS, "initdb"), initdb, { ...options, stdio: "ignore" });
  const settings = { port, listen_addresses: HOST, unix_socket_directories: "", fsync: "off" };
  const words = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return spawn(join(PROGRAMS, "postgres"), ["-D", directory, ...words], {
    ...options,
    stdio: "ignore",
  });
}

/** initdb and postgres refuse to run as root. */
export function postgresUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const line = users.find((entry) => entry.startsWith("postgres:"));
  if (!line) throw new Error("run this as an ordinary user, or add a user called postgres");
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, HOST, resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== "object" || !address) throw new Error("no free port");
  return address.port;
}

async function checkVersion(port: number): Promise<void> {
  const version = await run(port, "SHOW server_version_num");
  if (!version.startsWith("15")) throw new Error(`PostgreSQL 15 is needed, not ${version}`);
}

async function untilItAnswers(port: number, server: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_MS_MAX;
  for (;;) {
    try {
      return await checkVersion(port);
    } catch (error) {
      const isGone = server.exitCode !== null || server.signalCode !== null;
      if (isGone || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
