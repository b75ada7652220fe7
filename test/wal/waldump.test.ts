import { expect } from "chai";
import { DataCorrupted } from "../../src/base/assert.ts";
import { ByteWriter } from "../../src/base/bytes.ts";
import { bulkOf, epoch, oid, xid } from "../../src/base/ids.ts";
import { FileLog } from "../../src/wal/file-log.ts";
import type { Frame } from "../../src/wal/fragment.ts";
import { encodeFrame } from "../../src/wal/frame.ts";
import { dumpLog, type NameOf } from "../../src/wal/waldump.ts";
import { SimDisk } from "../support/sim-disk.ts";

const nameOf: NameOf = (rel) =>
  rel === oid(2615)
    ? { name: "pg_namespace", columns: [{ name: "oid" }, { name: "nspname" }], key: [0] }
    : undefined;

const frames: readonly (readonly Frame[])[] = [
  [
    {
      kind: "marks",
      marks: [
        { kind: "oid", next: oid(16416) },
        { kind: "xid", next: xid(765) },
      ],
    },
    {
      kind: "commit",
      epoch: epoch(1),
      xid: xid(733),
      info: { user: "ada", session: 4, time: 811_332_000_123_456n, statement: "create schema s" },
      mutations: [
        { kind: "insert", rel: oid(2615), db: oid(5), row: [16390, "it's"] },
        { kind: "update", rel: oid(2615), db: oid(5), key: [16390], row: [16390, null] },
        { kind: "delete", rel: oid(9), db: oid(0), key: [[1, 2], 3n, Uint8Array.of(1, 255)] },
      ],
      rows: [
        { kind: "index", storage: oid(16400), index: oid(16401), columns: [0, 2], keys: 2 },
        { kind: "add", storage: oid(16400), version: 1, row: [1n, "a", null] },
        { kind: "end", storage: oid(16400), version: 1, next: 2 },
        { kind: "end", storage: oid(16400), version: 2, next: 0 },
        { kind: "entry", storage: oid(16402), version: 2, keys: ["x"] },
      ],
      bulks: [bulkOf(xid(5))],
    },
  ],
  [
    { kind: "part", xid: xid(734), mutations: [] },
    {
      kind: "bulk",
      bulk: bulkOf(xid(9)),
      rows: [{ kind: "add", storage: oid(16400), version: 3, row: ["b"] }],
    },
    { kind: "marks", marks: [{ kind: "abandoned", bulk: bulkOf(xid(9)) }] },
    {
      kind: "marks",
      marks: [{ kind: "sequence", db: oid(5), storage: oid(16391), last: -1n, called: false }],
    },
  ],
];

async function written(payloads: readonly Uint8Array[]): Promise<SimDisk> {
  const disk = new SimDisk();
  const log = new FileLog({ disk, directory: "/wal", segmentBytes: 512, incarnation: 1n });
  let { head } = await log.open();
  const leadership = await log.campaign();
  for (const payload of payloads) head = await log.append(leadership, head, payload, "now");
  await log.close();
  return disk;
}

async function dumped(disk: SimDisk, raw = false): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of dumpLog(disk, "/wal", { nameOf, raw })) lines.push(line);
  return lines;
}

const encoded = frames.map((group) => {
  const writer = new ByteWriter();
  for (const frame of group) encodeFrame(writer, frame);
  return new Uint8Array(writer.bytes());
});

describe("waldump", () => {
  it("prints entries, frames, mutations and marks", async () => {
    const lines = await dumped(await written(encoded));
    expect(lines.map((line) => line.replace(/chain \S+[1-9a-f]\S*/, "chain …"))).to.deep.equal([
      "lsn 0 term 1 chain 0000000000000000 payload 129 bytes",
      "  marks: next oid 16416, next xid 765",
      "  commit epoch 1 xid 733 user ada session 4 at 2025-09-16 10:00:00.123456+00",
      "    statement: create schema s",
      "    insert pg_namespace db 5: oid=16390 nspname='it''s'",
      "    update pg_namespace db 5 key (oid=16390): oid=16390 nspname=null",
      "    delete relation 9 db 0 key ({1,2} 3n \\x01ff)",
      "    index 16401 of storage 16400 keys 2 columns 0,2",
      "    add to storage 16400 version 1: 1n 'a' null",
      "    end in storage 16400 version 1, replaced by 2",
      "    end in storage 16400 version 2",
      "    entry in index 16402 version 2: 'x'",
      "    bulks 4503599627370501",
      "lsn 161 term 1 chain … payload 65 bytes",
      "  part of xid 734",
      "  bulk 4503599627370505",
      "    add to storage 16400 version 3: 'b'",
      "  marks: abandoned bulk 4503599627370505",
      "  marks: sequence storage 16391 db 5 last -1 not called",
      "end of log at lsn 258: preallocated space: nothing was ever written here",
    ]);
  });

  it("prints the bytes if it is asked to", async () => {
    const lines = await dumped(await written([encoded[1] as Uint8Array]), true);
    const bytes = Buffer.from(encoded[1] as Uint8Array).toString("hex");
    expect(lines.slice(1, 3)).to.deep.equal([
      `  | ${bytes.slice(0, 64)}`,
      `  | ${bytes.slice(64, 128)}`,
    ]);
  });

  it("shows a torn tail and leaves it alone", async () => {
    const disk = await written(encoded);
    disk.flip("/wal/0000000000000001.wal", 64 + 161 + 40, 0);
    const before = Buffer.from(disk.bytesOf("/wal/0000000000000001.wal"));
    const { operations } = disk;
    expect((await dumped(disk)).at(-1)).to.match(/^torn tail at lsn 161: the header reached/);
    expect(disk.operations).to.equal(operations);
    expect(disk.bytesOf("/wal/0000000000000001.wal").equals(before)).to.equal(true);
  });

  it("says where the log is damaged, behind what it could read", async () => {
    const disk = await written([...encoded, encoded[1] as Uint8Array]);
    disk.flip("/wal/0000000000000001.wal", 64 + 161 + 40, 0);
    const lines: string[] = [];
    let caught: unknown;
    try {
      for await (const line of dumpLog(disk, "/wal", { nameOf })) lines.push(line);
    } catch (error) {
      caught = error;
    }
    expect(lines).to.have.lengthOf(13);
    expect(caught).to.be.instanceOf(DataCorrupted);
    expect((caught as Error).message).to.include("0000000000000001.wal is damaged at offset 225");
  });

  it("never passes over a payload that does not decode", async () => {
    const error = await dumped(await written([Uint8Array.of(9, 9)])).catch((caught) => caught);
    expect(error).to.be.instanceOf(DataCorrupted);
    expect((error as Error).message).to.include("the entry at lsn 0 does not decode");
  });

  it("says so where there is no log", async () => {
    expect(await dumped(new SimDisk())).to.deep.equal(["no log"]);
  });
});
