/** Applies commits until it is killed, and says after each SQLite commit how far it is. */
import { lsn } from "../../src/base/ids.ts";
import { PageStore } from "../../src/pages/page-store.ts";
import { appliedCommit } from "../support/commits.ts";
import { at, insert, optionsFor, thing, update } from "./fixture.ts";

const directory = process.argv[2] ?? "";
const { store } = PageStore.open(optionsFor(directory));
for (let batches = 1; ; batches++) {
  const { lsn: previous, epoch } = store.applied;
  const next = lsn(previous + 1n);
  const own = epoch + 1;
  const mutations = [insert(thing(20000 + own, `n${own}`))];
  if (own > 1) mutations.push(update(thing(20000 + own - 1, "updated")));
  const commits = [appliedCommit(at(own), mutations)];
  store.apply({ previous, next, chain: BigInt(own), commits, bulks: [], marks: [] });
  if (batches % 7 === 0) {
    store.commit();
    process.stdout.write(`${own}\n`);
  }
  if (batches % 500 === 0) store.checkpoint();
}
