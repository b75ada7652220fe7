/** An engine of its own in a new directory, with one session. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeDisk } from "../../../src/base/disk.ts";
import { CatalogEngine } from "../../../src/sql/engine/engine.ts";
import { Sessions } from "../../../src/sql/session/service.ts";
import { LocalSession } from "../../support/local-session.ts";

export interface OpenEngine {
  readonly session: LocalSession;
  close(): Promise<void>;
}

export async function openEngine(): Promise<OpenEngine> {
  const directory = mkdtempSync(join(tmpdir(), "catalogd-expressions-"));
  const onFatal = (error: unknown) => {
    throw error;
  };
  const engine = await CatalogEngine.open({
    directory,
    disk: new NodeDisk(),
    database: "dev",
    onFatal,
  });
  const session = await LocalSession.open(new Sessions({ engine }), "dev");
  return {
    session,
    async close() {
      session.close();
      await engine.close();
      rmSync(directory, { recursive: true });
    },
  };
}
