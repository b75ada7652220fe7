import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { PageStore } from "../../src/pages/page-store.ts";
import { at, builtIn, DB, optionsFor, temporaryDirectory, thing, things } from "./fixture.ts";

const CHILD = fileURLToPath(new URL("./kill-child.ts", import.meta.url));

/** Runs the child and kills it some time after its first words; returns its last ones. */
async function killedAfter(directory: string, ms: number): Promise<number> {
  const child = spawn(process.execPath, ["--import", "tsx", CHILD, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await once(child.stdout, "data");
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill("SIGKILL");
  await once(child, "close");
  return Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
}

describe("a page store whose process is killed", () => {
  it("opens at a commit that it had reached, whole, and goes on from there", async () => {
    using directory = temporaryDirectory();
    for (const ms of [5, 40, 90]) {
      const reached = await killedAfter(directory.path, ms);
      const { store, outcome } = PageStore.open(optionsFor(directory.path));
      const { epoch, lsn, chain } = store.applied;
      expect(outcome).to.equal("kept");
      expect(epoch).to.be.at.least(reached);
      expect([lsn, chain]).to.deep.equal([BigInt(epoch), BigInt(epoch)]);
      expect(store.durable <= lsn).to.equal(true);
      expect(store.verifyIntegrity()).to.deep.equal([]);
      const rows = store.scan(things, DB, at(epoch));
      expect(rows.length).to.equal(epoch + 1);
      expect(rows[0]).to.deep.equal(builtIn);
      expect(rows.at(-1)).to.deep.equal(thing(20000 + epoch, `n${epoch}`));
      expect(rows.slice(1, -1).every((row) => row[1] === "updated")).to.equal(true);
      expect(store.versions(things).length).to.equal(2 * epoch);
      store.close();
    }
  });
});
