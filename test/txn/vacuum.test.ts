import { expect } from "chai";
import { epoch } from "../../src/base/ids.ts";
import { SnapshotLeases } from "../../src/txn/snapshot-leases.ts";
import type { Storage } from "../../src/txn/storage.ts";
import { defaultVacuumLimits } from "../../src/txn/vacuum-limits.ts";
import { MemoryLog } from "../../src/wal/memory-log.ts";
import { begin, DB, Folder, info, openStorage, thing, things } from "./fixture.ts";

describe("snapshot leases", () => {
  it("know the oldest epoch that somebody holds", () => {
    const leases = new SnapshotLeases();
    expect(leases.least).to.equal(undefined);
    const five = leases.take(epoch(5));
    const again = leases.take(epoch(5));
    const three = leases.take(epoch(3));
    expect(leases.least).to.equal(3);
    three.release();
    three.release();
    expect(leases.least).to.equal(5);
    five.release();
    expect(leases.least).to.equal(5);
    again.release();
    expect(leases.least).to.equal(undefined);
  });
});

describe("vacuum", () => {
  let folder: Folder;
  let storage: Storage;

  beforeEach(async () => {
    folder = new Folder();
    storage = await openStorage(new MemoryLog(), folder.file("pages.db"));
  });
  afterEach(async () => {
    await storage.close();
    folder.remove();
  });

  async function put(name: string): Promise<void> {
    const transaction = begin(storage);
    const row = thing(1, name);
    if (transaction.get(things, DB, [1]) === undefined) transaction.insert(things, DB, row);
    else transaction.update(things, DB, row);
    await storage.commit(transaction, info(name));
    storage.sequencer.publish();
  }

  const sweep = () => storage.vacuum.run([things.rel]);
  const versions = () => storage.store.versions(things).length;

  it("removes what nobody can read, and says how much that was", async () => {
    for (const name of ["a", "b", "c"]) await put(name);
    expect(versions()).to.equal(3);
    expect(await sweep()).to.deep.equal([
      { relation: things.rel, horizon: 3, removed: 2, remaining: 1, dead: 0 },
    ]);
    expect(versions()).to.equal(1);
    expect(await storage.vacuum.run([epoch(1) as never])).to.deep.equal([]);
  });

  it("spares what a REPEATABLE READ transaction sees, until it ends", async () => {
    for (const ends of ["commit", "abort"]) {
      await put("before");
      const reader = begin(storage, "repeatable read");
      const seen = () => reader.get(things, DB, [1], reader.snapshotEpoch())?.[1];
      expect(storage.vacuum.horizon).to.equal(storage.sequencer.epoch);
      expect(seen()).to.equal("before");
      for (const name of ["x", "y", "z"]) await put(name);
      await sweep();
      expect(seen()).to.equal("before");
      expect(versions()).to.equal(4);
      if (ends === "abort") reader.abort();
      else await storage.commit(reader, info(""));
      await sweep();
      expect(versions()).to.equal(1);
    }
  });

  it("spares what is leased within a transaction, and no longer than that", async () => {
    await put("a");
    const transaction = begin(storage);
    const lease = transaction.lease(storage.sequencer.epoch);
    await put("b");
    expect(storage.vacuum.horizon).to.equal(1);
    lease.release();
    expect(storage.vacuum.horizon).to.equal(2);
    transaction.lease(storage.sequencer.epoch);
    await put("c");
    transaction.abort();
    expect(storage.vacuum.horizon).to.equal(3);
  });

  it("works in the background when it may, and when as much has ended as it is told", async () => {
    const other = new Folder();
    const limits = { ...defaultVacuumLimits, isOn: false, endedMin: 2, pauseMs: 0 };
    const own = await openStorage(new MemoryLog(), other.file("pages.db"), undefined, {
      vacuumLimits: limits,
    });
    const update = async (name: string) => {
      const transaction = begin(own);
      if (name === "a") transaction.insert(things, DB, thing(1, name));
      else transaction.update(things, DB, thing(1, name));
      await own.commit(transaction, info(name));
      own.sequencer.publish();
    };
    const versionsAfterWork = async () => {
      own.vacuum.runInBackground();
      await own.vacuum.run([]);
      return own.store.versions(things).length;
    };
    for (const name of ["a", "b", "c"]) await update(name);
    expect(await versionsAfterWork()).to.equal(3);
    limits.isOn = true;
    limits.endedMin = 3;
    expect(await versionsAfterWork()).to.equal(3);
    limits.endedMin = 2;
    expect(await versionsAfterWork()).to.equal(1);
    await own.close();
    other.remove();
  });

  it("spares as many epochs as it is told to", async () => {
    const other = new Folder();
    const retaining = await openStorage(new MemoryLog(), other.file("pages.db"), undefined, {
      vacuumLimits: { ...defaultVacuumLimits, retainEpochs: 2 },
    });
    for (const name of ["a", "b", "c", "d"]) {
      const transaction = begin(retaining);
      if (name === "a") transaction.insert(things, DB, thing(1, name));
      else transaction.update(things, DB, thing(1, name));
      await retaining.commit(transaction, info(name));
    }
    await retaining.vacuum.run([things.rel]);
    expect(retaining.store.versions(things)).to.have.length(3);
    expect(retaining.store.scan(things, DB, epoch(2)).map((row) => row[1])).to.deep.equal(["b"]);
    expect(() => retaining.store.scan(things, DB, epoch(1))).to.throw("snapshot too old");
    await retaining.close();
    other.remove();
  });

  it("comes by itself when enough has ended, and not over and over", async function () {
    this.timeout(20_000);
    const reader = begin(storage, "repeatable read");
    reader.snapshotEpoch();
    for (let i = 0; i < 1_200; i++) await put(`n${i}`);
    const swept: number[] = [];
    const until = async (condition: () => boolean) => {
      for (let i = 0; i < 100 && !condition(); i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        swept.push(versions());
      }
    };
    await until(() => swept.length > 12);
    expect(versions()).to.equal(1_200);
    reader.abort();
    await until(() => versions() === 1);
    expect(versions()).to.equal(1);
  });

  it("ends when it is cancelled, and when the storage closes", async () => {
    const transaction = begin(storage);
    for (let i = 0; i < 30_000; i++) transaction.insert(things, DB, thing(i, `n${i}`));
    await storage.commit(transaction, info("many"));
    const changes = begin(storage);
    for (let i = 0; i < 30_000; i++) changes.update(things, DB, thing(i, "changed"));
    await storage.commit(changes, info("changed"));
    let asked = 0;
    expect(await storage.vacuum.run([things.rel], () => ++asked > 1)).to.deep.equal([]);
    expect(versions()).to.be.within(30_001, 59_999);
    const running = sweep();
    await storage.close();
    expect(await running).to.have.length.within(0, 1);
    storage = await openStorage(new MemoryLog(), folder.file("other.db"));
  });
});
