import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { type Disk, errorCode, NodeDisk } from "../../src/base/disk.ts";
import { EVERY_KEPT, SimDisk } from "../support/sim-disk.ts";

const codeOf = (work: Promise<unknown>) => work.then(() => "no error", errorCode);

interface DiskUnderTest {
  readonly disk: Disk;
  readonly directory: string;
  readonly destroy: () => Promise<void>;
}

function describeDisk(name: string, start: () => Promise<DiskUnderTest>): void {
  describe(name, () => {
    let disk: Disk;
    let directory: string;
    let destroy: () => Promise<void>;
    beforeEach(async () => {
      ({ disk, directory, destroy } = await start());
      await disk.makeDirectory(directory);
    });
    afterEach(() => destroy());

    it("reads what was written, at any offset", async () => {
      const file = path.join(directory, "a");
      const writing = await disk.open(file, "write");
      await writing.write(Buffer.from("hello"), 0);
      await writing.sync();
      await writing.close();
      const durable = await disk.open(file, "durable");
      durable.writeSync(Buffer.from("y, world"), 4);
      await durable.truncate(10);
      await durable.close();
      const reading = await disk.open(file, "read");
      expect(await reading.size()).to.equal(10);
      const bytes = Buffer.alloc(20);
      expect(await reading.read(bytes, 2)).to.equal(8);
      expect(bytes.subarray(0, 8).toString()).to.equal("lly, wor");
      expect(await reading.read(bytes, 10)).to.equal(0);
      await reading.close();
    });

    it("has names that are listed, renamed and removed", async () => {
      for (const name of ["b", "a", "c"]) {
        await (await disk.open(path.join(directory, name), "write")).close();
      }
      await disk.rename(path.join(directory, "c"), path.join(directory, "d"));
      await disk.remove(path.join(directory, "a"));
      await disk.syncDirectory(directory);
      expect(await disk.list(directory)).to.deep.equal(["b", "d"]);
      expect(await disk.exists(path.join(directory, "b"))).to.equal(true);
      expect(await disk.exists(path.join(directory, "a"))).to.equal(false);
      expect(await disk.list(path.join(directory, "nowhere"))).to.deep.equal([]);
    });

    it("has no file that nobody made", async () => {
      const missing = path.join(directory, "missing");
      expect(await codeOf(disk.open(missing, "read"))).to.equal("ENOENT");
      expect(await codeOf(disk.open(missing, "durable"))).to.equal("ENOENT");
      expect(await codeOf(disk.remove(missing))).to.equal("ENOENT");
      expect(await codeOf(disk.rename(missing, `${missing}2`))).to.equal("ENOENT");
    });
  });
}

describeDisk("the disk", async () => {
  const parent = await mkdtemp(path.join(tmpdir(), "catalogd-disk-"));
  return {
    disk: new NodeDisk(),
    directory: path.join(parent, "x", "y"),
    destroy: () => rm(parent, { recursive: true }),
  };
});
describeDisk("the simulated disk", async () => ({
  disk: new SimDisk(),
  directory: "/x/y",
  destroy: async () => undefined,
}));

describe("a place where the kernel makes no directory", () => {
  it("is an error, not a wait", async () => {
    expect(await codeOf(new NodeDisk().makeDirectory("/proc/x/y"))).to.equal("ENOENT");
    expect(await codeOf(new NodeDisk().makeDirectory("/etc/passwd"))).to.equal("EEXIST");
    expect(await codeOf(new NodeDisk().makeDirectory("/dev/null/x"))).to.equal("ENOTDIR");
  });
});

describe("a simulated power cut", () => {
  it("keeps what was synced, and of the rest as much as it is told to", async () => {
    const disk = new SimDisk();
    const file = await disk.open("/d/f", "write");
    await file.write(Buffer.from("0000000000"), 0);
    await file.sync();
    await disk.syncDirectory("/d");
    await file.write(Buffer.from("11"), 0);
    await file.write(Buffer.from("2222"), 2);
    await file.write(Buffer.from("33"), 6);
    const found = EVERY_KEPT.map((kept) => disk.afterPowerCut(kept).bytesOf("/d/f").toString());
    expect(found).to.deep.equal(["0000000000", "1122000000", "0000223300", "1122223300"]);
  });

  it("forgets names whose directory was not synced", async () => {
    const disk = new SimDisk();
    const file = await disk.open("/d/f", "write");
    await file.write(Buffer.from("1"), 0);
    await file.sync();
    expect(await disk.afterPowerCut("none").list("/d")).to.deep.equal([]);
    expect(await disk.afterPowerCut("all").list("/d")).to.deep.equal(["f"]);
    await disk.syncDirectory("/d");
    await disk.remove("/d/f");
    expect(await disk.afterPowerCut("none").list("/d")).to.deep.equal(["f"]);
    expect(await disk.afterPowerCut("all").list("/d")).to.deep.equal([]);
  });
});
