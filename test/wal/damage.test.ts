import { expect } from "chai";
import { DataCorrupted } from "../../src/base/assert.ts";
import { segmentPath } from "../../src/wal/directory.ts";
import { FileLog } from "../../src/wal/file-log.ts";
import { encodeGroup, seedOf } from "../../src/wal/group.ts";
import { type AppendError, AppendError as AppendFailed, type Position } from "../../src/wal/log.ts";
import { type Fault, type Operation, SimDisk } from "../support/sim-disk.ts";
import { appendAll, failureOf, numbered, payload, texts, textsOf } from "./log-conformance.ts";

const directory = "/wal";
const segmentBytes = 512;
const incarnation = 99n;
const options = { directory, segmentBytes, incarnation };
const file = (number: number): string => segmentPath(directory, number);

interface SmallLog {
  readonly disk: SimDisk;
  readonly positions: readonly Position[];
}

/** Entries of 40 bytes, each a group of 72: six to a segment. */
async function smallLog(count: number): Promise<SmallLog> {
  const disk = new SimDisk();
  const log = new FileLog({ disk, ...options });
  let { head } = await log.open();
  const leadership = await log.campaign();
  const positions = [head];
  for (const each of numbered(count)) {
    head = await log.append(leadership, head, each, "now");
    positions.push(head);
  }
  await log.close();
  return { disk, positions };
}

async function readAll(disk: SimDisk): Promise<string[]> {
  const log = new FileLog({ disk, ...options });
  const info = await log.open();
  const found = textsOf(await log.read(info.first, 1000));
  await log.close();
  return found;
}

async function corruption(disk: SimDisk): Promise<string> {
  try {
    await readAll(disk);
  } catch (error) {
    expect(error).to.be.instanceOf(DataCorrupted);
    return (error as DataCorrupted).message;
  }
  throw new Error("no damage was found");
}

describe("damage", () => {
  it("of the last group is a torn tail, wherever the bit is; of another it is corruption", async () => {
    for (let offset = 64; offset < 64 + 3 * 72; offset++) {
      const { disk } = await smallLog(3);
      disk.flip(file(1), offset, offset % 8);
      const group = Math.floor((offset - 64) / 72);
      if (group === 2) {
        expect(await readAll(disk), `bit at ${offset}`).to.deep.equal(texts(numbered(2)));
        const rest = disk.bytesOf(file(1)).subarray(64 + 2 * 72);
        expect(rest.every((byte) => byte === 0)).to.equal(true);
      } else {
        const message = await corruption(disk);
        const where = `${file(1)} is damaged at offset ${64 + group * 72}: `;
        expect(message, `bit at ${offset}`).to.include(where);
      }
    }
  });

  it("of a header is corruption, once there is a group below it", async () => {
    for (let offset = 0; offset < 64; offset++) {
      const { disk } = await smallLog(1);
      disk.flip(file(1), offset, 3);
      expect(await corruption(disk)).to.equal(
        `${file(1)} is damaged at offset 0: its header is not valid`,
      );
    }
  });

  it("of a full segment is found when it is read, even in its last group", async () => {
    for (let offset = 64; offset < 64 + 6 * 72; offset += 5) {
      const { disk } = await smallLog(8);
      disk.flip(file(1), offset, 1);
      const start = 64 + Math.floor((offset - 64) / 72) * 72;
      expect(await corruption(disk), `bit at ${offset}`).to.include(
        `${file(1)} is damaged at offset ${start}: `,
      );
    }
  });

  it("of preallocated space is cut off", async () => {
    const { disk } = await smallLog(3);
    disk.flip(file(1), 400, 0);
    expect(await readAll(disk)).to.deep.equal(texts(numbered(3)));
    expect(disk.bytesOf(file(1))[400]).to.equal(0);
  });

  it("is torn wherever the last write ended, and nothing is left of it", async () => {
    for (let cut = 64 + 2 * 72; cut < 64 + 3 * 72; cut++) {
      const { disk } = await smallLog(3);
      const bytes = Buffer.from(disk.bytesOf(file(1)));
      bytes.fill(0, cut);
      disk.put(file(1), bytes);
      // The padding at the group's end is not zero, so each cut loses something.
      expect(await readAll(disk), `cut at ${cut}`).to.deep.equal(texts(numbered(2)));
      const rest = disk.bytesOf(file(1)).subarray(64 + 2 * 72);
      expect(rest.every((byte) => byte === 0)).to.equal(true);
    }
  });

  it("by a file that was cut short is corruption", async () => {
    for (let length = 0; length < segmentBytes; length += 7) {
      const { disk } = await smallLog(2);
      disk.put(file(1), disk.bytesOf(file(1)).subarray(0, length));
      expect(await corruption(disk)).to.match(/its header is not valid|bytes long|has a term/);
    }
  });

  it("by a file that is missing is corruption, wherever it is", async () => {
    for (const number of [1, 2, 3]) {
      const { disk } = await smallLog(20);
      await disk.remove(file(number));
      if (number === 1) {
        // Indistinguishable from a trimmed log, until someone asks for what is gone.
        expect(await readAll(disk)).to.deep.equal(texts(numbered(20).slice(6)));
      } else {
        expect(await corruption(disk)).to.equal(`${file(number)} is missing`);
      }
    }
    const { disk } = await smallLog(2);
    await disk.remove(file(1));
    expect(await corruption(disk)).to.equal("/wal has a term and no log");
  });

  it("by a segment of another log is corruption", async () => {
    const { disk } = await smallLog(8);
    const other = new SimDisk();
    const log = new FileLog({ disk: other, directory, segmentBytes, incarnation: 1n });
    const { head } = await log.open();
    await appendAll(log, await log.campaign(), head, numbered(8));
    disk.put(file(2), other.bytesOf(file(2)));
    expect(await corruption(disk)).to.equal(`${file(2)} belongs to another log`);
    disk.put(file(2), other.bytesOf(file(1)));
    expect(await corruption(disk)).to.include("it is segment 1");
  });

  it("by a whole group of another history is corruption", async () => {
    const { disk, positions } = await smallLog(2);
    const bytes = Buffer.from(disk.bytesOf(file(1)));
    const stranger = { lsn: (positions[2] as Position).lsn, chain: 5n };
    const group = encodeGroup(Buffer.alloc(72), stranger, 1n, payload(3), seedOf(incarnation));
    bytes.set(group, 64 + 2 * 72);
    disk.put(file(1), bytes);
    expect(await corruption(disk)).to.include("another history");
  });

  it("of the term is corruption", async () => {
    for (let offset = 0; offset < 32; offset++) {
      const { disk } = await smallLog(1);
      disk.flip("/wal/term", offset, 6);
      expect(await corruption(disk)).to.equal("/wal/term is damaged");
    }
  });

  it("of an open log is found by whoever reads it", async () => {
    const { disk } = await smallLog(5);
    const log = new FileLog({ disk, ...options });
    const { first } = await log.open();
    disk.flip(file(1), 64 + 2 * 72 + 50, 0);
    const error = await log.read(first, 100).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(DataCorrupted);
    expect((error as Error).message).to.include(`offset ${64 + 2 * 72}: no valid group`);
  });
});

describe("a disk that fails", () => {
  type When = (operation: Operation) => boolean;
  const failing = (when: When, fault: Fault) => (operation: Operation) =>
    when(operation) ? fault : undefined;

  for (const mode of ["now", "pooled"] as const) {
    for (const code of ["EIO", "ENOSPC"] as const) {
      for (const applied of ["nothing", "half", "all"] as const) {
        it(`in an append leaves its outcome open (${mode}, ${code}, ${applied})`, async () => {
          const disk = new SimDisk();
          const log = new FileLog({ disk, ...options });
          const { head: first } = await log.open();
          const leadership = await log.campaign();
          const head = await appendAll(log, leadership, first, numbered(2));
          disk.faults = failing((operation) => operation.kind === "write", { code, applied });
          const append = () => log.append(leadership, head, payload(3), mode);
          expect(await failureOf(append)).to.equal("ambiguous");
          disk.faults = () => undefined;
          expect(await failureOf(append)).to.equal("unavailable");
          expect(textsOf(await log.read(first, 9))).to.deep.equal(texts(numbered(2)));
          await log.close();
          // Reading the log anew resolves it.
          const found = await readAll(disk);
          expect(found).to.deep.equal(texts(numbered(applied === "all" ? 3 : 2)));
        });
      }
    }
  }

  for (const kind of ["create", "write", "sync", "rename", "names"] as const) {
    it(`while the next segment is made (${kind}) fails that append and no other`, async () => {
      const disk = new SimDisk();
      const log = new FileLog({ disk, ...options });
      const { head: first } = await log.open();
      const leadership = await log.campaign();
      const making = (operation: Operation): boolean =>
        operation.kind === kind && (kind === "names" || operation.path.includes("0002.wal"));
      disk.faults = failing(making, {
        code: "ENOSPC",
        applied: kind === "create" ? "nothing" : "half",
      });
      const head = await appendAll(log, leadership, first, numbered(6));
      for (const mode of ["pooled", "now"] as const) {
        const error = await (async () => log.append(leadership, head, payload(7), mode))().catch(
          (caught: unknown) => caught,
        );
        expect(error).to.be.instanceOf(AppendFailed);
        expect((error as AppendError).failure).to.equal("no-space");
      }
      disk.faults = failing(making, { code: "EIO", applied: "nothing" });
      const append = () => log.append(leadership, head, payload(7), "pooled");
      expect(await failureOf(append)).to.equal("unavailable");
      disk.faults = () => undefined;
      await log.append(leadership, head, payload(7), "pooled");
      expect(textsOf(await log.read(first, 9))).to.deep.equal(texts(numbered(7)));
      await log.close();
      expect(await readAll(disk)).to.deep.equal(texts(numbered(7)));
    });
  }

  it("in a new segment's header leaves the outcome open", async () => {
    const disk = new SimDisk();
    const log = new FileLog({ disk, ...options });
    const { head: first } = await log.open();
    const leadership = await log.campaign();
    const head = await appendAll(log, leadership, first, numbered(6));
    disk.faults = failing(({ kind, path }) => kind === "write" && path.endsWith("0002.wal"), {
      code: "EIO",
      applied: "half",
    });
    expect(await failureOf(() => log.append(leadership, head, payload(7), "pooled"))).to.equal(
      "ambiguous",
    );
    disk.faults = () => undefined;
    await log.close();
    expect(await readAll(disk)).to.deep.equal(texts(numbered(6)));
  });
});
