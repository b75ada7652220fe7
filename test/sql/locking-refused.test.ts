/** Where FOR UPDATE cannot lock what it names it is refused, and nothing is changed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { NodeDisk } from "../../src/base/disk.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { LocalSession } from "../support/local-session.ts";

describe("locking rows within statements that change rows", () => {
  let directory: string;
  let engine: CatalogEngine;
  let session: LocalSession;

  const answersOf = async (text: string) => {
    session.start(text);
    await session.answered();
    return session.take();
  };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-locking-"));
    const disk = new NodeDisk();
    const onFatal = (error: Error) => {
      throw error;
    };
    engine = await CatalogEngine.open({ directory, disk, database: "dev", onFatal });
    session = await LocalSession.open(new Sessions({ engine, fixedSettings: [] }), "dev");
    await answersOf("CREATE TABLE t (id integer PRIMARY KEY, v text)");
    await answersOf("INSERT INTO t VALUES (1, 'a')");
  });
  after(async () => {
    session.close();
    await engine.close();
    rmSync(directory, { recursive: true });
  });

  for (const text of [
    "INSERT INTO t SELECT id + 1, v FROM t FOR UPDATE",
    "UPDATE t SET v = 'b' WHERE id IN (SELECT id FROM t FOR UPDATE SKIP LOCKED)",
    "UPDATE t SET v = 'b' FROM (SELECT id FROM t FOR UPDATE) AS s WHERE s.id = t.id",
    "DELETE FROM t WHERE id = (SELECT min(id) FROM (SELECT id FROM t FOR SHARE) AS s)",
  ]) {
    it(`is refused in ${text}`, async () => {
      const [answer] = await answersOf(text);
      expect(answer).to.have.nested.property("error.code", "0A000");
      expect(answer).to.have.nested.property(
        "error.message",
        "locking rows in this sub-select is not supported",
      );
      const rows = (await answersOf("SELECT * FROM t")).filter(({ kind }) => kind === "row");
      expect(rows).to.have.lengthOf(1);
      expect(rows[0]).to.have.deep.property("values", ["1", "a"]);
    });
  }
});
