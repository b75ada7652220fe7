import { expect } from "chai";
import { FileLog } from "../../src/wal/file-log.ts";
import type { Entry, Position } from "../../src/wal/log.ts";
import { EVERY_KEPT, PowerCut, SimDisk } from "../support/sim-disk.ts";
import { payload, texts, textsOf } from "./log-conformance.ts";

const directory = "/wal";
const segmentBytes = 512;

interface Outcome {
  /** Numbers of the entries whose append returned. */
  acknowledged: number;
  /** Where trim was asked to cut, at most. */
  trimmed: number;
}

/** Opens, appends across several segments in both modes, trims, closes, opens again, appends. */
async function workload(disk: SimDisk, outcome: Outcome, modes: readonly ("now" | "pooled")[]) {
  for (let round = 0; round < 2; round++) {
    const log = new FileLog({ disk, directory, segmentBytes });
    let { head } = await log.open();
    const leadership = await log.campaign();
    const positions: Position[] = [];
    for (let count = 0; count < 12; count++) {
      const number = round * 12 + count + 1;
      positions.push(head);
      const mode = modes[count % modes.length] as "now" | "pooled";
      head = await log.append(leadership, head, payload(number, 60 + count * 7), mode);
      outcome.acknowledged = number;
    }
    outcome.trimmed = round * 12 + 5;
    await log.trim(positions[5] as Position);
    await log.close();
  }
}

const onlyPowerCut = (error: unknown): false => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof PowerCut) return false;
  }
  throw error;
};

const sizeOf = (number: number): number => 60 + ((number - 1) % 12) * 7;

async function recovered(disk: SimDisk): Promise<readonly Entry[]> {
  const log = new FileLog({ disk, directory, segmentBytes });
  const info = await log.open();
  const entries = await log.read(info.first, 1000);
  // What is recovered can be gone on with.
  const leadership = await log.campaign();
  await log.append(leadership, info.head, Buffer.from("after"), "now");
  const again = await log.read(info.first, 1000);
  expect(textsOf(again)).to.deep.equal([...textsOf(entries), "after"]);
  await log.close();
  return entries;
}

/** Every acknowledged entry is there, at most the one in flight beside them, each whole. */
function check(entries: readonly Entry[], outcome: Outcome, where: string): void {
  const found = textsOf(entries);
  const all = Array.from({ length: 24 }, (_, at) => payload(at + 1, sizeOf(at + 1)));
  const start = found.length === 0 ? 0 : texts(all).indexOf(found[0] as string);
  expect(start, where).to.be.within(0, outcome.trimmed);
  expect(found, where).to.deep.equal(texts(all).slice(start, start + found.length));
  expect(start + found.length, where).to.be.within(outcome.acknowledged, outcome.acknowledged + 1);
}

describe("a power cut", () => {
  for (const modes of [["now"], ["pooled"], ["pooled", "now", "now"]] as const) {
    it(`loses no acknowledged entry, wherever it comes (${modes.join(", ")})`, async () => {
      let finished = false;
      for (let crashAt = 1; !finished; crashAt++) {
        const disk = new SimDisk(crashAt);
        const outcome = { acknowledged: 0, trimmed: 0 };
        finished = await workload(disk, outcome, modes).then(() => true, onlyPowerCut);
        for (const kept of EVERY_KEPT) {
          const entries = await recovered(disk.afterPowerCut(kept));
          check(entries, outcome, `cut in operation ${crashAt}, kept ${kept}`);
        }
      }
    });
  }

  it("during recovery loses nothing either", async () => {
    for (let crashAt = 1; ; crashAt++) {
      const disk = new SimDisk(crashAt);
      const outcome = { acknowledged: 0, trimmed: 0 };
      const finished = await workload(disk, outcome, ["pooled"]).then(() => true, onlyPowerCut);
      for (let again = 1; ; again++) {
        const second = disk.afterPowerCut("tail", again);
        const log = new FileLog({ disk: second, directory, segmentBytes });
        const opened = await log.open().then(() => true, onlyPowerCut);
        for (const kept of ["half", "tail"] as const) {
          const entries = await recovered(second.afterPowerCut(kept));
          check(entries, outcome, `cut in ${crashAt}, then in ${again}, kept ${kept}`);
        }
        if (opened) break;
      }
      if (finished) return;
    }
  });

  it("after a kill loses nothing that the log was opened with", async () => {
    for (let killAt = 1; ; killAt++) {
      const disk = new SimDisk(killAt);
      const outcome = { acknowledged: 0, trimmed: 0 };
      const finished = await workload(disk, outcome, ["pooled"]).then(() => true, onlyPowerCut);
      const killed = disk.afterKill();
      const log = new FileLog({ disk: killed, directory, segmentBytes });
      const { first, incarnation } = await log.open();
      const seen = textsOf(await log.read(first, 1000));
      const after = new FileLog({ disk: killed.afterPowerCut("none"), directory, segmentBytes });
      const info = await after.open();
      expect(info.incarnation).to.equal(incarnation);
      expect(textsOf(await after.read(info.first, 1000)), `killed in ${killAt}`).to.deep.equal(
        seen,
      );
      if (finished) return;
    }
  });

  it("never lets a term be used twice", async () => {
    const terms = new Set<bigint>();
    let disk = new SimDisk();
    for (let crashAt = 1; crashAt < 60; crashAt++) {
      const log = new FileLog({ disk, directory, segmentBytes });
      try {
        await log.open();
        const { term } = await log.campaign();
        expect(terms.has(term), `term ${term}`).to.equal(false);
        terms.add(term);
      } catch (error) {
        onlyPowerCut(error);
      }
      disk = disk.afterPowerCut(EVERY_KEPT[crashAt % 4] ?? "none", 1 + (crashAt % 11));
    }
    expect(terms.size).to.be.greaterThan(5);
  });
});
