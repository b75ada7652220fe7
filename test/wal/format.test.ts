import { expect } from "chai";
import { lsn } from "../../src/base/ids.ts";
import { FileLog } from "../../src/wal/file-log.ts";
import { encodeGroup, inspectGroup, nextPosition, seedOf } from "../../src/wal/group.ts";
import { encodeSegmentHeader, findSegmentHeader } from "../../src/wal/segment.ts";
import { SimDisk } from "../support/sim-disk.ts";

const incarnation = 0x0123456789abcdefn;
const position = { lsn: lsn(0x1000n), chain: 0xfedcba9876543210n };

describe("the bytes of the log", () => {
  it("are these for a group", () => {
    const seed = seedOf(incarnation);
    const group = encodeGroup(Buffer.alloc(64), position, 7n, Buffer.from("catalog"), seed);
    expect(group.toString("hex")).to.equal(
      "0000000733b1b97500000000000010000000000000000007fedcba9876543210" + "636174616c6f67",
    );
    expect(nextPosition(position, group)).to.deep.equal({
      lsn: lsn(0x1027n),
      chain: 0xfe8ed8d17391325bn,
    });
    expect(inspectGroup(group, 0, position, seed)).to.deep.equal({
      header: "good",
      crc: "good",
      chain: "good",
      size: 39,
    });
    // Another log's group, or one at another place, is none of this log's.
    expect(inspectGroup(group, 0, position, seedOf(1n)).crc).to.equal("bad");
    const elsewhere = { ...position, lsn: lsn(0x1001n) };
    expect(inspectGroup(group, 0, elsewhere, seed).header).to.equal("bad");
  });

  it("are these for a segment's header", () => {
    const header = { incarnation, number: 2, bytes: 4096, first: position, term: 7n };
    const bytes = encodeSegmentHeader(header);
    expect(bytes.toString("hex")).to.equal(
      "4341544457414c0a00000001b186f2d90123456789abcdef0000000000000002" +
        "00000000000010000000000000001000fedcba98765432100000000000000007",
    );
    expect(findSegmentHeader(bytes, "a file")).to.deep.equal(header);
  });

  it("are these for a small log with its term", async () => {
    const disk = new SimDisk();
    const log = new FileLog({ disk, directory: "/wal", segmentBytes: 512, incarnation });
    const { head } = await log.open();
    const leadership = await log.campaign();
    const second = await log.append(leadership, head, Buffer.from("one"), "now");
    await log.append(leadership, second, Buffer.from("two"), "pooled");
    await log.close();
    expect(await disk.list("/wal")).to.deep.equal(["0000000000000001.wal", "term"]);
    const bytes = disk.bytesOf("/wal/0000000000000001.wal");
    expect(bytes.length).to.equal(512);
    expect(bytes.subarray(64, 134).toString("hex")).to.equal(
      "00000003772a0a5e000000000000000000000000000000010000000000000000" +
        "6f6e650000000384c8a7f100000000000000230000000000000001de8e853467" +
        "de0b6474776f",
    );
    expect(bytes.subarray(134).every((byte) => byte === 0)).to.equal(true);
    expect(disk.bytesOf("/wal/term").toString("hex")).to.equal(
      "434154445445524d00000001aee80e360123456789abcdef0000000000000001",
    );
  });
});
