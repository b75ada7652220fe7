/**
 * BACKUPS of a server that works: what is restored is the state of one commit, `catalogd verify`
 * finds nothing, and whatever is cut off in the middle is no backup and is gone at the next start.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import pg from "pg";
import { epoch } from "../../src/base/ids.ts";
import { CommitXids } from "../../src/pages/commit-xids.ts";
import { type BackupSource, takeBackup } from "../../src/txn/backup.ts";
import {
  findFaults,
  findManifest,
  removeBackup,
  writeFile,
} from "../../src/txn/backup-manifest.ts";
import { FileLog } from "../../src/wal/file-log.ts";
import type { Position } from "../../src/wal/log.ts";
import { Random, seedOfRun } from "../support/random.ts";
import { launch, run, type Server, temporaryDirectory } from "../support/server.ts";
import { EVERY_KEPT, PowerCut, SimDisk } from "../support/sim-disk.ts";
import { until } from "./job-stage.ts";

const clients = new Set<pg.Client>();
afterEach(async () => {
  await Promise.all([...clients].map((client) => client.end().catch(() => {})));
  clients.clear();
});

async function connect({ host, port }: Server): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user: "root", database: "dev" });
  client.on("error", () => {});
  await client.connect();
  clients.add(client);
  return client;
}

async function value(client: pg.Client, text: string): Promise<unknown> {
  const { rows } = await client.query({ text, rowMode: "array" });
  return rows[0]?.[0];
}

async function command(...parameters: readonly string[]): Promise<string> {
  const child = run(parameters);
  const { code } = await child.exited;
  return `${code} ${child.output}${child.log}`.trim();
}

/** Ids of the transactions that had committed by then, as the pages know them. */
function transactionsUpTo(directory: string, last: number): number[] {
  const pages = new Database(join(directory, "pages.db"), { readonly: true });
  const xids = new CommitXids(pages);
  const found = Array.from({ length: last + 1 }, (_, at) => xids.find(epoch(at)));
  pages.close();
  return found;
}

async function storeIn(client: pg.Client, directory: string): Promise<void> {
  await client.query(`alter system set backup_storage_url = 'fs://${directory}'`);
}

/** Accounts that hold something else than what the lines have moved. */
const WRONG = `select count(*) from account a
  full join (select id, sum(by) as moved from
    (select source as id, -1 as by from line union all select target, 1 from line) m group by id) l
  on l.id = a.id where a.n is distinct from 100 + coalesce(l.moved, 0)`;

describe("backups", () => {
  it("are the state of one commit, whatever is written meanwhile", async () => {
    const random = new Random(seedOfRun());
    const storage = temporaryDirectory();
    const server = await launch();
    const client = await connect(server);
    await storeIn(client, storage);
    await client.query("create table account (id int primary key, n int)");
    await client.query("insert into account select g, 100 from generate_series(1, 2000) g");
    await client.query("create index on account (n)");
    await client.query("create materialized view total as select sum(n) as s from account");
    // Each transaction moves one, and says so.
    await client.query("create table line (source int, target int)");
    let stopped = false;
    const write = async () => {
      const writer = await connect(server);
      while (!stopped) {
        const [from, to] = [random.below(2000) + 1, random.below(2000) + 1];
        await writer.query(`begin; insert into line values (${from}, ${to});
          update account set n = n - 1 where id = ${from};
          update account set n = n + 1 where id = ${to}; commit`);
      }
    };
    const writers = [write(), write()];
    const ids: string[] = [];
    for (let at = 0; at < 2; at++) ids.push(String(await value(client, "backup")));
    stopped = true;
    await Promise.all(writers);
    const listed = await client.query(
      "select meta_snapshot_id, epoch, bytes > 0 as some from rw_catalog.rw_meta_snapshot order by 1",
    );
    expect(listed.rows.map((row) => [row.meta_snapshot_id, row.some])).to.deep.equal(
      ids.map((id) => [id, true]),
    );
    const backup = join(storage, "backup", ids[1] as string);
    expect(await command("verify", backup)).to.match(/^0 backup: 5 files.*no faults$/s);
    const target = join(temporaryDirectory(), "data");
    expect(await command("restore", backup, target)).to.match(/^0 restored cluster/);
    expect(await command("restore", backup, target)).to.equal(`2 catalogd: ${target} is not empty`);
    expect(await command("serve", "--data", backup, "--listen", "127.0.0.1:0")).to.match(
      /^1 catalogd: .* is a backup: catalogd restore makes a copy to serve$/,
    );
    const restored = await connect(await launch({ directory: target }));
    const lines = "select count(*) from line";
    await client.query("checkpoint");
    const known = transactionsUpTo(server.directory, Number(listed.rows[1]?.epoch));
    expect(await value(restored, lines)).to.equal(
      await value(client, `${lines} where xmin::text::bigint in (${known.join(", ")})`),
    );
    expect(await value(restored, WRONG)).to.equal("0");
    await restored.query("flush");
    expect(await value(restored, "select s from total")).to.equal("200000");
    await restored.query("insert into account values (2001, 0)");
    await client.query(`delete meta snapshots ${ids.join(", ")}`);
    expect(readdirSync(join(storage, "backup"))).to.deep.equal([]);
    expect(await value(client, "select count(*) from rw_catalog.rw_meta_snapshot")).to.equal("0");
  });

  it("that are cut off are nothing, and are gone after the next start", async () => {
    const storage = temporaryDirectory();
    const server = await launch();
    const client = await connect(server);
    await storeIn(client, storage);
    await client.query(
      "create table t as select g, repeat('x', 500) from generate_series(1, 40000) g",
    );
    const taken = client.query("backup").catch((error: Error) => error);
    const root = join(storage, "backup");
    await until("files are written", async () => existsSync(root) && readdirSync(root).length > 0);
    await server.process.kill();
    await taken;
    const [left = ""] = readdirSync(root);
    const isWhole = existsSync(join(root, left, "manifest.json"));
    const again = await connect(await launch({ directory: server.directory }));
    if (!isWhole) {
      const target = join(temporaryDirectory(), "data");
      expect(await command("restore", join(root, left), target)).to.match(/^2 .* is no backup/);
      await until("it is gone", async () => readdirSync(root).length === 0);
    }
    const count = "select count(*)::int from rw_catalog.rw_meta_snapshot";
    await until("the list is right", async () => (await value(again, count)) === Number(isWhole));
  });

  it("are cancelled, refused and bounded by parameters", async () => {
    const storage = temporaryDirectory();
    const server = await launch();
    const client = await connect(server);
    const fails = async (text: string, on = client) => {
      try {
        await on.query(text);
        return "nothing";
      } catch (error) {
        const { code, message } = error as pg.DatabaseError;
        return `${code} ${message}`;
      }
    };
    expect(await fails("backup")).to.equal("55000 no storage is set for backups");
    expect(await fails("alter system set backup_storage_url = 'memory'")).to.equal(
      '22023 invalid value for parameter "backup_storage_url": "memory"',
    );
    expect(await fails("alter system set backup_storage_directory = '../x'")).to.equal(
      '22023 invalid value for parameter "backup_storage_directory": "../x"',
    );
    await storeIn(client, storage);
    expect(await fails("begin; backup")).to.match(/^25001 BACKUP cannot/);
    await client.query("rollback");
    expect(await fails("delete meta snapshots 1")).to.equal("42704 backup 1 does not exist");
    expect(await fails("delete meta snapshots x")).to.match(/^42601 syntax error at or near "x"/);
    await client.query("create role plain login");
    await client.query("set role plain");
    expect(await fails("backup")).to.equal("42501 must be superuser to take a backup");
    await client.query("reset role");
    // A place that cannot be written to.
    writeFileSync(join(storage, "backup"), "");
    expect(await fails("backup")).to.match(/^42809 could not write or remove backup/);
    await client.query("alter system set backup_storage_directory = 'other/place'");
    mkdirSync(join(storage, "other"));
    await client.query(
      "create table t as select g, repeat('x', 500) from generate_series(1, 40000) g",
    );
    await client.query("set statement_timeout = 1");
    expect(await fails("backup")).to.equal("57014 canceling statement due to statement timeout");
    await client.query("set statement_timeout = 0");
    const place = join(storage, "other", "place");
    await until("nothing is left", async () => {
      if (existsSync(place) && readdirSync(place).length > 0) return false;
      return (await fails("backup")) === "nothing";
    });
    expect(readdirSync(place).length).to.equal(1);
  });

  it("are whole or nothing at every power cut", async () => {
    const seen = new Set<string>();
    for (let crashAt = 1; ; crashAt++) {
      const { disk, source } = await logToBackUp();
      const before = disk.operations;
      const cut = disk.afterPowerCut("all", crashAt);
      let found = false;
      try {
        await takeBackup({ ...source(cut), disk: cut }, request, NEVER);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        found = true;
      }
      expect(before).to.be.above(0);
      for (const kept of EVERY_KEPT) {
        const after = cut.afterPowerCut(kept);
        const manifest = await findManifest(after, request.directory);
        seen.add(manifest ? "whole" : "nothing");
        if (manifest) {
          expect(await findFaults(after, request.directory, manifest)).to.deep.equal([]);
          const log = new FileLog({
            disk: after,
            directory: `${request.directory}/wal`,
            segmentBytes: SEGMENT,
          });
          const info = await log.open();
          expect(String(info.head.lsn)).to.equal(manifest.lsn);
          await log.close();
        }
        await removeBackup(after, request.directory);
        expect(await after.list(request.directory)).to.deep.equal([]);
        expect(await after.list(`${request.directory}/wal`)).to.deep.equal([]);
      }
      if (!found) break;
    }
    expect([...seen].sort()).to.deep.equal(["nothing", "whole"]);
  });
});

const NEVER = new AbortController().signal;
const SEGMENT = 2 * 1024 * 1024;
const request = { id: 1, directory: "/backup/1", takenAt: new Date(0) };

/** A log of a few entries, of which the last two are behind the backup's commit. */
async function logToBackUp() {
  const disk = new SimDisk();
  const log = new FileLog({ disk, directory: "/data/wal", segmentBytes: SEGMENT, incarnation: 7n });
  const info = await log.open();
  const leadership = await log.campaign();
  let position: Position = info.head;
  const positions: Position[] = [];
  for (let at = 0; at < 5; at++) {
    position = await log.append(leadership, position, Buffer.alloc(900_000, at), "now");
    positions.push(position);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await log.close();
  const source = (on: SimDisk): BackupSource => ({
    disk: on,
    cluster: "7",
    record: Buffer.from("{}"),
    copyPages: (directory) => writeFile(on, join(directory, "pages.db"), Buffer.alloc(5000, 1)),
    reached: () => ({ position: positions[2] as Position, epoch: epoch(3) }),
    copyLog: async (target, upTo, signal) => {
      const own = new FileLog({ disk: on, directory: "/data/wal", segmentBytes: SEGMENT });
      await own.open();
      await own.copyTo(target, upTo, signal);
      await own.close();
    },
  });
  return { disk, source };
}
