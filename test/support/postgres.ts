/**
 * A POSTGRESQL 15 SERVER to compare with: the one at PG_PORT of 127.0.0.1, of which root is a
 * superuser, or a new one in a temporary directory.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "./server.ts";

const PROGRAMS = "/usr/lib/postgresql/15/bin";
const START_MS_MAX = 60_000;
const INSTALL = `PostgreSQL 15 is needed: set PG_PORT to one at 127.0.0.1 of which root is a superuser, or install its programs into ${PROGRAMS} (Debian: apt-get install postgresql-15)`;

export interface Postgres extends Address {
  close(): Promise<void>;
}

/** Throws, saying how to install it, when there is none. */
export async function openPostgres(): Promise<Postgres> {
  const host = "127.0.0.1";
  const given = process.env["PG_PORT"];
  if (given !== undefined) return { host, port: Number(given), close: async () => {} };
  if (!existsSync(join(PROGRAMS, "initdb"))) throw new Error(INSTALL);
  const directory = mkdtempSync(join(tmpdir(), "postgres-"));
  const user = serverUser();
  if (user) chownSync(directory, user.uid, user.gid);
  const data = join(directory, "data");
  const options = ["-A", "trust", "-U", "root", "--encoding=UTF8", "--locale=C"];
  const run = { ...user, cwd: directory, stdio: "ignore" as const };
  execFileSync(join(PROGRAMS, "initdb"), ["-D", data, ...options], run);
  const port = await freePort();
  const settings = [`listen_addresses=${host}`, "unix_socket_directories=", "fsync=off"];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const args = ["-D", data, "-p", String(port), ...flags];
  const child = spawn(join(PROGRAMS, "postgres"), args, run);
  await accepting(port, child);
  return { host, port, close: () => stop(child, directory) };
}

/** The server refuses to be root's: then it is that of the user whom its package has made. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"]).toString());
  return { uid: id("-u"), gid: id("-g") };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Resolves when the server answers a connection that asks for nothing but whether it may ask. */
async function accepting(port: number, child: ChildProcess): Promise<void> {
  for (const until = Date.now() + START_MS_MAX; Date.now() < until; ) {
    if (child.exitCode !== null) break;
    if (await answers(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill("SIGINT");
  throw new Error(`PostgreSQL did not start (${child.exitCode})`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const startup = Buffer.from("\0\0\0\x21\0\x03\0\0user\0root\0database\0postgres\0\0", "latin1");
    startup.writeInt32BE(startup.length);
    socket.once("connect", () => socket.write(startup));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data[0] === "R".charCodeAt(0));
    });
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
}

async function stop(child: ChildProcess, directory: string): Promise<void> {
  const over = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGINT");
  await over;
  rmSync(directory, { recursive: true });
}
