/** Sessions that take jobs from one table with SKIP LOCKED: each job is done once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "chai";
import { NodeDisk } from "../../src/base/disk.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { LocalSession } from "../support/local-session.ts";

const JOBS = 60;

const takers: Readonly<Record<string, string>> = {
  "DELETE … IN":
    "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id",
  "UPDATE … = (SELECT …)":
    "UPDATE jobs SET state = 'taken' WHERE id = (SELECT id FROM jobs WHERE state = 'new' ORDER BY prio, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
  "WITH … UPDATE … FROM":
    "WITH next AS (SELECT id FROM jobs WHERE state = 'new' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 4) UPDATE jobs SET state = 'taken' FROM next WHERE jobs.id = next.id RETURNING jobs.id",
  "DELETE … USING":
    "DELETE FROM jobs USING (SELECT id FROM jobs LIMIT 2 FOR UPDATE SKIP LOCKED) AS next WHERE next.id = jobs.id RETURNING jobs.id",
  "INSERT … SELECT behind a DELETE":
    "WITH gone AS (DELETE FROM jobs WHERE id = ANY (ARRAY(SELECT id FROM jobs ORDER BY prio LIMIT 3 FOR UPDATE SKIP LOCKED)) RETURNING id) INSERT INTO done SELECT id FROM gone RETURNING id",
  // Who waits comes after the other, and looks again.
  "UPDATE … = (SELECT …) that waits":
    "UPDATE jobs SET state = 'taken' WHERE id = (SELECT id FROM jobs WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE) RETURNING id",
};

describe("workers that empty a queue", () => {
  let directory: string;
  let engine: CatalogEngine;
  let service: Sessions;
  let session: LocalSession;

  async function ask(of: LocalSession, text: string): Promise<string[]> {
    of.start(text);
    await of.answered();
    return of.take().flatMap((answer) => {
      if (answer.kind === "error") throw answer.error;
      return answer.kind === "row" ? [String(answer.values[0])] : [];
    });
  }

  /** Takes jobs until none is left; of the first transactions every third is rolled back. */
  async function work(text: string, turn: number): Promise<string[]> {
    const worker = await LocalSession.open(service, "dev");
    const done: string[] = [];
    for (let round = turn; ; round++) {
      const givesUp = round < 12 && round % 3 === 0;
      await ask(worker, "BEGIN");
      const taken = await ask(worker, text);
      await ask(worker, givesUp ? "ROLLBACK" : "COMMIT");
      if (givesUp) continue;
      done.push(...taken);
      const left = "SELECT count(*) FROM jobs WHERE state = 'new'";
      if (taken.length === 0 && (await ask(worker, left))[0] === "0") break;
      // Without sockets nothing else gives the others' commits their turn.
      await nextTurn();
    }
    worker.close();
    return done;
  }

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-queue-"));
    engine = await CatalogEngine.open({
      directory,
      disk: new NodeDisk(),
      database: "dev",
      onFatal: (error) => {
        throw error;
      },
    });
    service = new Sessions({ engine });
    session = await LocalSession.open(service, "dev");
    await ask(
      session,
      "CREATE TABLE jobs (id integer PRIMARY KEY, state text DEFAULT 'new', prio integer); CREATE TABLE done (id integer PRIMARY KEY)",
    );
  });
  beforeEach(async () => {
    await ask(session, "DELETE FROM jobs; DELETE FROM done");
    await ask(
      session,
      `INSERT INTO jobs (id, prio) SELECT i, i % 5 FROM generate_series(1, ${JOBS}) AS i`,
    );
  });
  after(async () => {
    session.close();
    await engine.close();
    rmSync(directory, { recursive: true });
  });

  for (const [name, text] of Object.entries(takers)) {
    for (const workers of [2, 3]) {
      it(`${workers} do each job once with ${name}`, async () => {
        const turns = Array.from({ length: workers }, (_, turn) => work(text, turn));
        const done = (await Promise.all(turns)).flat().map(Number);
        expect(done.toSorted((a, b) => a - b)).to.deep.equal(
          Array.from({ length: JOBS }, (_, at) => at + 1),
        );
      });
    }
  }
});
