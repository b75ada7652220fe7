/**
 * THE POWER CUT AT EVERY I/O of a DDL workload, through the whole engine without sockets.
 *
 * The log is on a simulated disk; the power is cut in operation 1, 2, 3, … and each time the engine
 * is opened on what a machine could find when it comes up again: of what was not synced nothing, a
 * half, or all; with the pages, which are derived and never synced for a commit, as they were,
 * older, or gone.
 *
 * Changes that must make these tests fail; try them by hand now and then:
 *   wal/file-log.ts       flushNow or flushPooled without the write        an acknowledged commit
 *   is lost wal/segment-files.ts  segments opened for "write" instead of "durable"  the same
 *   txn/sequencer.ts      a group published and done before it is appended  the same
 *   txn/sequencer.ts      appendMarks without its flush                     a sequence gives a
 *   value twice
 *   txn/allocator.ts      no mark reserves oids                             an oid comes twice
 *   txn/recovery.ts       replay without part frames                        half a transaction is
 *   there
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { checkCatalog } from "../../src/catalog/check/check.ts";
import { sourceOfStore } from "../../src/catalog/check/source.ts";
import { checkOptions } from "../../src/sql/bind/check-options.ts";
import { LocalSession } from "../support/local-session.ts";
import { EVERY_KEPT, SimDisk } from "../support/sim-disk.ts";
import { SHARED_SEQUENCE } from "./generator.ts";
import { Machine, type PagesFound } from "./machine.ts";
import { LargeWorkload, RandomWorkload, type Workload } from "./workloads.ts";

const EVERY_PAGES: readonly PagesFound[] = [
  "kept",
  "older",
  "kept",
  "file",
  "kept",
  "older",
  "lost",
];

describe("the power is cut", function () {
  this.timeout(0);
  const root = mkdtempSync(join(tmpdir(), "catalogd-power-"));
  after(() => rmSync(root, { recursive: true }));
  let base: Machine;

  /** A data directory with a shared sequence in it, cleanly closed. */
  before(async () => {
    base = new Machine(join(root, "base"), new SimDisk());
    const { engine, sessions } = await base.open();
    const session = await LocalSession.open(sessions, "dev");
    await session.ask(`CREATE SEQUENCE ${SHARED_SEQUENCE}`);
    session.close();
    await engine.close();
  });

  /** Cuts the power in operation 1, 2, … of a workload until it comes to its end. */
  async function cutEverywhere(
    start: (machine: Machine) => Workload,
    everyKept = EVERY_KEPT,
  ): Promise<number> {
    let number = 0;
    for (let crashAt = 1; ; crashAt++) {
      const machine = base.copy(join(root, `run-${crashAt}`), crashAt);
      const workload = start(machine);
      const finished = await workload.run();
      for (const kept of everyKept) {
        const pages = EVERY_PAGES[number++ % EVERY_PAGES.length] ?? "kept";
        const found = machine.afterPowerCut(kept, pages, base);
        await checkAt(workload, found, `operation ${crashAt}, kept ${kept}, pages ${pages}`);
        found.remove();
      }
      machine.remove();
      if (finished) return crashAt;
    }
  }

  it("and at no operation is an acknowledged commit lost or half of one there", async () => {
    const operations = await cutEverywhere((machine) => new RandomWorkload(machine));
    expect(operations, "operations that the power was cut in").to.be.above(30);
  });

  it("of a disk so slow that groups go through the thread pool", async () => {
    const slow = (machine: Machine) => {
      machine.slowWrites = 3;
      return new RandomWorkload(machine);
    };
    const operations = await cutEverywhere(slow, ["none", "tail"]);
    expect(operations, "operations that the power was cut in").to.be.above(30);
  });

  it("in a transaction of several entries, which is whole or absent", async () => {
    const operations = await cutEverywhere((machine) => new LargeWorkload(machine));
    expect(operations, "operations that the power was cut in").to.be.above(10);
  });

  it("again in every operation of the recovery", async () => {
    for (const crashAt of [4, 15, 25]) {
      const machine = base.copy(join(root, `first-${crashAt}`), crashAt);
      const workload = new RandomWorkload(machine);
      expect(await workload.run()).to.equal(false);
      for (let again = 1, opened = false; !opened; again++) {
        for (const [first, second] of [
          ["half", "none"],
          ["all", "half"],
        ] as const) {
          const recovering = machine.afterPowerCut(first, "kept", base, again);
          opened = await recovering.opens();
          const found = recovering.afterPowerCut(second, "kept", base);
          await checkAt(workload, found, `operation ${crashAt}, then ${again} of recovery`);
          found.remove();
          recovering.remove();
        }
      }
      machine.remove();
    }
  });
});

async function checkAt(workload: Workload, machine: Machine, when: string): Promise<void> {
  try {
    const { engine, sessions } = await machine.open();
    const session = await LocalSession.open(sessions, "dev");
    await workload.check(session);
    await session.ask("CREATE TABLE behind_the_crash (a int PRIMARY KEY)");
    session.close();
    // The checker takes longer than all the rest, and what was kept changes little for it.
    if (when.includes("kept half")) {
      expect(checkCatalog(sourceOfStore(engine.storage.store), checkOptions)).to.deep.equal([]);
    }
    await engine.close();
  } catch (error) {
    throw new Error(`${when}: ${(error as Error).message}`, { cause: error });
  }
}
