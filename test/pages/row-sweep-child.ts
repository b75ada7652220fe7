/** Commits rows and sweeps them until it is killed; each commit changes one of ten rows. */
import { PageStore } from "../../src/pages/page-store.ts";
import { at, optionsFor } from "./fixture.ts";
import { add, applyRows, definitions, end, sweepRows } from "./row-fixture.ts";

const { store } = PageStore.open(optionsFor(process.argv[2] ?? ""));
for (let batches = 1; ; batches++) {
  const own = store.applied.epoch + 1;
  const changes = add(own, [(own - 1) % 10, `row ${own}`]);
  applyRows(store, {
    rows: own <= 10 ? [...definitions(), ...changes] : [...changes, end(own - 10, own)],
  });
  if (batches % 5 === 0) sweepRows(store, at(Math.max(own - 20, 0)), 1);
  if (batches % 50 === 0) {
    const work = store.upkeep.shrinkRows(0);
    while (!work.isOver) work.step(1);
  }
  if (batches % 7 === 0) store.commit();
  if (batches % 500 === 0) store.checkpoint();
  if (batches === 14) process.stdout.write("begun\n");
}
