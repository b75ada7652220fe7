/** Who waits for a lock of the server's own work: that ends, but not for ever. */
import { expect } from "chai";
import { describe, it } from "mocha";
import { oid } from "../../src/base/ids.ts";
import { GIVE_WAYS_MAX, Giving, GivingWay } from "../../src/sql/jobs/giving-way.ts";
import type { CatalogSession } from "../../src/sql/session/session.ts";
import { LockManager, LockOwner } from "../../src/txn/lock-manager.ts";
import { relationTag } from "../../src/txn/lock-tag.ts";
import type { Wait } from "../../src/txn/wait.ts";
import { JobStage, until } from "./job-stage.ts";

const [WORKER, CLIENT] = [7, 8];

/** An attempt holds a lock that somebody waits for; answers how often each attempt was ended. */
async function ended(attempts: number, waiter: number, isOwn: boolean): Promise<number[]> {
  const locks = new LockManager(Date.now);
  const way = new GivingWay(locks, () => isOwn);
  const giving = new Giving();
  const tag = relationTag(oid(1), oid(2));
  const counts: number[] = [];
  for (let at = 0; at < attempts; at++) {
    let cancelled = 0;
    const session = { processId: WORKER, cancel: () => cancelled++ } as unknown as CatalogSession;
    const [worker, client] = [new LockOwner(WORKER), new LockOwner(waiter)];
    const attempt = way.during(giving, session, async () => {
      locks.acquire(worker, tag, "Exclusive");
      try {
        locks.acquire(client, tag, "AccessExclusive");
      } catch (error) {
        (error as Wait).start().done.catch(() => {});
      }
      if (cancelled > 0) throw new Error("cancelled");
    });
    await attempt.catch(() => {});
    locks.releaseAll(worker);
    locks.releaseAll(client);
    counts.push(cancelled);
  }
  return counts;
}

describe("giving way", () => {
  it("is done so often in a row, and then not", async () => {
    const counts = await ended(GIVE_WAYS_MAX + 2, CLIENT, false);
    expect(counts).to.deep.equal([...new Array(GIVE_WAYS_MAX).fill(1), 0, 1]);
  });

  it("is not done for the server's own work", async () => {
    expect(await ended(2, CLIENT, true)).to.deep.equal([0, 0]);
  });

  it("DROP does not wait for a view that is computed anew at a barrier", async () => {
    const stage = await JobStage.open();
    await stage.ask("create table n as select g as a from generate_series(1, 100) g");
    await stage.ask(`create materialized view slow as
      select count(*) from (select a.a, row_number() over () from n a, n b, n c) q where a % 7 > 0`);
    await stage.ask("insert into n select g from generate_series(1, 600) g");
    await until("it is being computed", async () => {
      const held = `select count(*) from pg_locks where relation = 'slow'::regclass
        and mode = 'ExclusiveLock' and granted`;
      return (await stage.value(held)) === "1";
    });
    // That takes a minute.
    const began = performance.now();
    await stage.ask("drop materialized view slow");
    expect(performance.now() - began).to.be.at.most(10_000);
    await stage.close();
  }).timeout(30_000);
});
