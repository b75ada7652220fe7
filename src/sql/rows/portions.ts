/**
 * FILLING A MATERIALIZED VIEW BIT BY BIT, where its rows come from rows of one table each: what its
 * query gives for some versions of that table, as they were at one epoch, is added at a time, in
 * the order of versions. So a part of the view is there for good with each transaction.
 */
import type { Epoch } from "../../base/ids.ts";
import { decodeQuery } from "../bind/codec.ts";
import { INT8 } from "../bind/type-oids.ts";
import { addRows, batchesOf, patientlyWhole } from "./fill.ts";
import type { MaintainEngine } from "./maintain.ts";
import { Part, pace } from "./table-scan.ts";
import { changeOf } from "./view-upkeep.ts";
import type { PortionJob } from "./work-queue.ts";

/** Versions that are read at a time. */
const STRETCH_VERSIONS = 2048;

/** Throws 23505, and what the query throws. */
export async function addPortion(
  { table, tree, begun, done }: PortionJob,
  engine: MaintainEngine,
): Promise<void> {
  const changes = engine.openChanges(table, decodeQuery(tree), begun?.epoch ?? "now");
  try {
    const { upkeep } = changes;
    const [input] = upkeep.kind === "rows" ? upkeep.tables : [];
    if (upkeep.kind !== "rows" || input === undefined) {
      return await patientlyWhole(engine, () => done(undefined));
    }
    const last = begun?.last ?? changes.lastOf(input);
    const { query } = changeOf(upkeep.query, 0, { part: "since", between: [1, 2] });
    const read = changes.prepare({ query, parameterTypes: [INT8, INT8] });
    const writer = engine.writerOf(table);
    const part = new Part();
    let at = begun?.position ?? 0;
    do {
      const limit = engine.meter?.batchOf(STRETCH_VERSIONS) ?? STRETCH_VERSIONS;
      const { count, last: behind } = changes.stretchOf(input, at, limit);
      const to = Math.min(behind ?? last, last);
      await addRows(writer, batchesOf(read([BigInt(at), BigInt(to)])), engine);
      at = to;
      await pace(engine, count);
    } while (at < last && !part.isOver);
    const epoch = changes.since as Epoch;
    await patientlyWhole(engine, () => done({ epoch, position: at, last }));
  } finally {
    changes.release();
  }
}
