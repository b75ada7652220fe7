/**
 * A POSTGRESQL 15 TO COMPARE WITH: the one at 127.0.0.1 whose port PG_PORT says, of which root is a
 * superuser; without, one of Debian's package postgresql-15 that is started for the test, with
 * collation C and in a directory of its own.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Address } from "./server.ts";

const PROGRAMS = "/usr/lib/postgresql/15/bin";
const HOST = "127.0.0.1";

export interface Postgres extends Address {
  stop(): Promise<void>;
}

/** Throws, and says what to install, where there is none. */
export async function startPostgres(): Promise<Postgres> {
  const given = process.env["PG_PORT"];
  if (given !== undefined) return { host: HOST, port: Number(given), stop: async () => undefined };
  if (!existsSync(join(PROGRAMS, "initdb"))) {
    throw new Error(
      `PostgreSQL 15 is needed: PG_PORT names the port of one at ${HOST} whose superuser is root, or \`apt-get install postgresql-15\` puts one into ${PROGRAMS}`,
    );
  }
  const directory = mkdtempSync(join(tmpdir(), "postgres-test-"));
  const as = owner();
  if (as !== undefined) chownSync(directory, as.uid, as.gid);
  const run = (program: string, ...args: string[]) => {
    const { status, stderr } = spawnSync(join(PROGRAMS, program), args, {
      ...as,
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  };
  const data = join(directory, "data");
  const port = await freePort();
  run("initdb", "-D", data, "-A", "trust", "-U", "root", "-E", "UTF8", "--locale=C", "--no-sync");
  const options = `-p ${port} -c listen_addresses=${HOST} -c unix_socket_directories=${directory} -c fsync=off`;
  run("pg_ctl", "-D", data, "-w", "-l", join(directory, "log"), "-o", options, "start");
  return {
    host: HOST,
    port,
    stop: async () => {
      run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop");
      rmSync(directory, { recursive: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then it is the package's own user. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"]));
  return { uid: id("-u"), gid: id("-g") };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
