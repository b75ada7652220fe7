/** `verify` and `waldump` of whole data directories, sound and damaged. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect } from "chai";
import { NodeDisk } from "../../src/base/disk.ts";
import { verify } from "../../src/commands/verify.ts";
import { waldump } from "../../src/commands/waldump.ts";
import { FileLog } from "../../src/wal/file-log.ts";
import { DdlCluster } from "./check-fixture.ts";

/** What `work` prints on standard output, as lines. */
async function printed(work: () => Promise<unknown>): Promise<string[]> {
  const { write } = process.stdout;
  let text = "";
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    text += chunk.toString();
    const done = rest.at(-1);
    if (typeof done === "function") process.nextTick(done as () => void);
    return true;
  }) as typeof write;
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
  return text.split("\n").slice(0, -1);
}

describe("verify", () => {
  let directory: string;
  const file = (name: string) => join(directory, name);
  const openCluster = () =>
    DdlCluster.open(
      new FileLog({ disk: new NodeDisk(), directory: file("wal"), segmentBytes: 1 << 20 }),
      file("pages.db"),
    );
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-check-"));
    const cluster = await openCluster();
    await cluster.run("create schema s; create table s.t (id serial primary key, a text unique)");
    await cluster.run(
      "create role ada; alter table s.t owner to ada; alter table s.t drop column a",
    );
    await cluster.close();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const contents = () =>
    new Map(
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== "lock")
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path, readFileSync(path).toString("latin1")]),
    );

  async function verified(): Promise<{ faults: number; lines: string[] }> {
    let faults = -1;
    const lines = await printed(async () => {
      faults = await verify(directory);
    });
    return { faults, lines };
  }

  it("finds nothing wrong with a sound directory, and changes nothing in it", async () => {
    const before = contents();
    const { faults, lines } = await verified();
    expect(lines.at(-1)).to.equal("no faults");
    expect(faults).to.equal(0);
    expect(lines[0]).to.match(/^log: \d+ entries, epochs 1 to 6$/);
    expect(contents()).to.deep.equal(before);
  });

  it("finds nothing wrong when the pages are missing or behind", async () => {
    rmSync(file("pages.db"));
    expect((await verified()).faults).to.equal(0);
    const cluster = await openCluster();
    await cluster.run("create table late ()");
    // As after a kill: nothing is committed to the pages, and nobody has the lock.
    expect((await verified()).faults).to.equal(0);
    await cluster.close();
  });

  it("shows rows of the pages that the log does not give", async () => {
    const db = new Database(file("pages.db"));
    db.exec("UPDATE pg_namespace SET nspname = 'x' WHERE nspname = 's'");
    db.exec("DELETE FROM pg_authid WHERE rolname = 'ada'");
    db.exec("UPDATE meta SET next_oid = 1");
    db.close();
    const { faults, lines } = await verified();
    expect(faults, lines.join("\n")).to.equal(4);
    expect(
      lines.some((line) =>
        /^pages: a row that the log does not give: pg_namespace \d+ \[\d, ∞\) oid=\d+ nspname="x"/.test(
          line,
        ),
      ),
    ).to.equal(true);
    expect(
      lines.some((line) => line.startsWith("pages: a row of the log is missing: pg_authid 0 ")),
    ).to.equal(true);
    expect(
      lines.some((line) => /^pages: their nextOid is 1, the log gives \d+$/.test(line)),
    ).to.equal(true);
  });

  it("shows pages that SQLite cannot read", async () => {
    writeFileSync(file("pages.db"), "these are not pages".repeat(1000));
    const { faults, lines } = await verified();
    expect(faults).to.equal(1);
    expect(lines.some((line) => /^pages: rebuilt: SQLite cannot read it/.test(line))).to.equal(
      true,
    );
  });

  it("shows damage of the log with file and offset", async () => {
    const [segment = ""] = readdirSync(file("wal")).filter((name) => name.endsWith(".wal"));
    const bytes = readFileSync(file(`wal/${segment}`));
    bytes[3000] = (bytes[3000] ?? 0) ^ 1;
    writeFileSync(file(`wal/${segment}`), bytes);
    const { faults, lines } = await verified();
    expect(faults).to.equal(1);
    expect(lines.some((line) => /^log: .*\.wal is damaged at offset \d+/.test(line))).to.equal(
      true,
    );
  });

  it("refuses a directory that is none of ours", async () => {
    const error = await verify(tmpdir()).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).to.equal(`${tmpdir()} is no data directory: it has no wal`);
  });

  it("has a log that can be printed, from any entry on", async () => {
    const all = await printed(() => waldump(directory));
    const heads = all.filter((line) => line.startsWith("lsn "));
    expect(
      all.some((line) => /insert pg_namespace db \d+: oid=\d+ nspname='s'/.test(line)),
    ).to.equal(true);
    expect(all.at(-1)).to.match(/^end of log at lsn \d+: /);
    const from = /^lsn (\d+)/.exec(heads.at(-1) ?? "")?.[1];
    const last = await printed(() => waldump(directory, from));
    expect(last.filter((line) => line.startsWith("lsn "))).to.deep.equal(heads.slice(-1));
    expect(last.at(-1)).to.equal(all.at(-1));
  });
});
