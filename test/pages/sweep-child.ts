/** Commits and sweeps until it is killed; each commit changes one of ten rows. */
import { lsn } from "../../src/base/ids.ts";
import { PageStore } from "../../src/pages/page-store.ts";
import { appliedCommit } from "../support/commits.ts";
import { at, insert, optionsFor, thing, things, update } from "./fixture.ts";

const directory = process.argv[2] ?? "";
const { store } = PageStore.open(optionsFor(directory));
for (let batches = 1; ; batches++) {
  const { lsn: previous, epoch } = store.applied;
  const own = epoch + 1;
  const row = thing(20000 + ((own - 1) % 10), `n${own}`);
  const mutations = [own <= 10 ? insert(row) : update(row)];
  const commits = [appliedCommit(at(own), mutations)];
  store.apply({
    previous,
    next: lsn(previous + 1n),
    chain: BigInt(own),
    commits,
    bulks: [],
    marks: [],
  });
  if (batches % 5 === 0) {
    const sweep = store.upkeep.sweep(things, at(Math.max(own - 20, 0)));
    while (!sweep.isOver) sweep.step(1);
  }
  if (batches % 7 === 0) store.commit();
  if (batches % 500 === 0) store.checkpoint();
  if (batches === 14) process.stdout.write("begun\n");
}
