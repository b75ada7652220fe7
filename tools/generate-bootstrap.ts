/**
 * Writes bootstrap/catalogs.jsonl.gz and bootstrap/catalogs.sha256 from a PostgreSQL 15 server's
 * catalogs: the rows of a database freshly created from template0. src/catalog/bootstrap.ts has the
 * format. The same server version gives the same bytes: what depends on the machine is left out,
 * what a running server changes (statistics, freeze horizons) is set back.
 *
 *   npx tsx tools/generate-bootstrap.ts --host 127.0.0.1 --port 5432 --user root
 *
 * The cluster should come from `initdb --locale=C --encoding=UTF8 --username=root`: its bootstrap
 * superuser, collation and privileges are taken over as they are.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Command } from "commander";
import pg from "pg";
import { allRelations } from "../src/catalog/all-relations.ts";
import { BOOTSTRAP_FORMAT } from "../src/catalog/bootstrap.ts";
import { bindDomains } from "./generate-bootstrap-bind.ts";
import { readRelation, type StoredRow } from "./generate-bootstrap-read.ts";
import { checkReferences, pruneRows, splitTemplate } from "./generate-bootstrap-select.ts";

const DATABASE = "catalogd_bootstrap";
const FOLDER = new URL("../bootstrap/", import.meta.url);

interface Server {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

async function main(): Promise<void> {
  const options = new Command()
    .description("generate the built-in rows from a PostgreSQL 15 server")
    .option("--host <host>", "host of the server", "127.0.0.1")
    .option("--port <port>", "port of the server", Number, 5432)
    .option("--user <user>", "the cluster's bootstrap superuser", "root")
    .parse()
    .opts<Server>();
  const lines = bindDomains(await inFreshDatabase(options, generate));
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  const hash = createHash("sha256").update(bytes).digest("hex");
  mkdirSync(FOLDER, { recursive: true });
  const packed = gzipSync(bytes, { level: 9 });
  writeFileSync(new URL("catalogs.jsonl.gz", FOLDER), packed);
  writeFileSync(new URL("catalogs.sha256", FOLDER), `${hash}\n`);
  console.log(`${lines.length - 1} relations, ${bytes.length} bytes, ${packed.length} packed`);
  console.log(`sha256 ${hash}`);
}

async function generate(client: pg.Client): Promise<string[]> {
  const settings = await client.query<{ server_version: string }>("SHOW server_version");
  const [version = ""] = settings.rows[0]?.server_version.split(" ") ?? [];
  if (!version.startsWith("15.")) throw new Error(`this is PostgreSQL ${version}, not 15`);
  const all = new Map<string, StoredRow[]>();
  for (const relation of allRelations) {
    all.set(relation.name, await readRelation(client, relation));
  }
  const kept = pruneRows(all);
  checkReferences(kept);
  const isTemplate = splitTemplate(kept);
  const head = { format: BOOTSTRAP_FORMAT, server: version };
  const lines = [JSON.stringify(head)];
  for (const relation of allRelations) {
    const rows = kept.get(relation.name) ?? [];
    if (rows.length === 0) continue;
    const pinned = rows.filter((row) => !isTemplate(relation, row));
    const template = rows.filter((row) => isTemplate(relation, row));
    const { name, columnNames } = relation;
    lines.push(JSON.stringify({ relation: name, columns: columnNames, pinned, template }));
  }
  return lines;
}

/** Runs `step` in a database that nobody has touched, and drops it afterwards. */
async function inFreshDatabase<T>(server: Server, step: (client: pg.Client) => Promise<T>) {
  const admin = new pg.Client({ ...server, database: "postgres" });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0`);
    try {
      const client = new pg.Client({ ...server, database: DATABASE });
      await client.connect();
      try {
        return await step(client);
      } finally {
        await client.end();
      }
    } finally {
      await admin.query(`DROP DATABASE ${DATABASE}`);
    }
  } finally {
    await admin.end();
  }
}

await main();
