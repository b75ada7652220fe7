/**
 * WHAT A SINK HANDS OVER: all that its query gave, the first time; then what the query makes of
 * row versions that came, less what it made of those that went. Where tables are not what they were
 * (TRUNCATE), and where too much of a join has changed to be held in memory, all that the query
 * gave goes, and all that it gives comes. What went is handed over
 * before what came, and everything before the transaction writes down that it was.
 */
import type { Epoch } from "../../base/ids.ts";
import type { SinkTarget, TextRow } from "../../catalog/connectors/ports.ts";
import { decodeQuery } from "../bind/codec.ts";
import type { SelectQuery } from "../bind/tree.ts";
import { formatText } from "../types/type-io.ts";
import { type Batches, batchesOf, patientlyWhole, type StoredRow } from "./fill.ts";
import type { MaintainEngine, ViewChanges } from "./maintain.ts";
import type { Source } from "./modify-run.ts";
import { rowKey } from "./row-key.ts";
import { pace } from "./table-scan.ts";
import type { ColumnShape, TableShape } from "./table-shape.ts";
import { letOthersRun } from "./turn.ts";
import { changeOf } from "./view-upkeep.ts";
import type { DeliverJob } from "./work-queue.ts";

export interface DeliverEngine extends MaintainEngine {
  shapeOf(relation: DeliverJob["table"]): TableShape;
  /** Awaits what is outside, until the statement is cancelled. */
  until<T>(work: Promise<T>): Promise<T>;
}

/** Changed rows up to which those that came and went are held against each other. */
const NET_MAX = 1_000_000;
/** Rows that a target gets at a time. */
const BATCH_ROWS = 500;

/** Throws what the query and the target throw. */
export async function deliver(job: DeliverJob, engine: DeliverEngine): Promise<void> {
  const { table, tree, since, isWhole, target, done } = job;
  const changes = engine.openChanges(table, decodeQuery(tree), since);
  try {
    const delivery = new Delivery(target, engine.shapeOf(table).columns, engine);
    await delivery.begin();
    // The scan counts what it reads.
    if (isWhole) await delivery.add(changes.readBefore(), false);
    else await handOver(changes, delivery, engine);
    await delivery.end(isWhole ? since : changes.epoch, done);
  } finally {
    changes.release();
  }
}

async function handOver(changes: ViewChanges, delivery: Delivery, engine: DeliverEngine) {
  const { upkeep } = changes;
  const replace = async () => {
    await delivery.remove(changes.readBefore());
    return delivery.add(changes.read(changes.whole));
  };
  if (upkeep.kind !== "rows" && upkeep.kind !== "join") return replace();
  const net = await netChange(changes, upkeep.query, upkeep.tables, engine);
  if (net) {
    await delivery.remove(net.gone);
    return delivery.add(net.come);
  }
  // What a join makes of the changes of one table may be taken back by those of another.
  if (upkeep.tables.length > 1) return replace();
  await delivery.remove(changed(changes, upkeep.query, 0, "ended"));
  await delivery.add(changed(changes, upkeep.query, 0, "added"));
}

/** What the query makes of the versions of one of its tables; [] when there are none. */
function changed(
  changes: ViewChanges,
  query: SelectQuery,
  at: number,
  part: "added" | "ended",
  of = changes.changedIn(tableAt(changes, at)),
): Source {
  if (of?.length === 0) return [];
  return changes.read(changeOf(query, at, { part, of: of && JSON.stringify(of) }));
}

const tableAt = ({ upkeep }: ViewChanges, at: number) =>
  ("tables" in upkeep ? upkeep.tables[at] : undefined) as DeliverJob["table"];

interface Net {
  readonly gone: StoredRow[];
  readonly come: StoredRow[];
}

/** undefined: too many to be held. */
async function netChange(
  changes: ViewChanges,
  query: SelectQuery,
  tables: readonly unknown[],
  engine: DeliverEngine,
): Promise<Net | undefined> {
  const net = new Map<string, { readonly row: StoredRow; count: number }>();
  for (const at of tables.keys()) {
    for (const [part, sign] of [
      ["added", 1],
      ["ended", -1],
    ] as const) {
      for await (const batch of batchesOf(changed(changes, query, at, part))) {
        for (const row of batch) {
          const key = rowKey(row);
          const there = net.get(key);
          if (there) there.count += sign;
          else net.set(key, { row, count: sign });
        }
        if (net.size > NET_MAX) return undefined;
        await letOthersRun(engine);
      }
    }
  }
  const times = (sign: number) =>
    [...net.values()].flatMap(({ row, count }) =>
      new Array<StoredRow>(Math.max(sign * count, 0)).fill(row),
    );
  return { gone: times(-1), come: times(1) };
}

/** Rows as texts, to the target, no faster than the sink may. */
class Delivery {
  readonly #target: SinkTarget;
  readonly #columns: readonly ColumnShape[];
  readonly #engine: DeliverEngine;
  #count = 0;

  constructor(target: SinkTarget, columns: readonly ColumnShape[], engine: DeliverEngine) {
    this.#target = target;
    this.#columns = columns;
    this.#engine = engine;
  }

  begin(): Promise<void> {
    return this.#engine.until(this.#target.begin(this.#columns));
  }
  remove(rows: Source, isCounted = true): Promise<void> {
    return this.#each(rows, isCounted, (texts) => this.#target.remove(texts));
  }
  add(rows: Source, isCounted = true): Promise<void> {
    return this.#each(rows, isCounted, (texts) => this.#target.add(texts));
  }

  async end(epoch: Epoch, done: DeliverJob["done"]): Promise<void> {
    const position = await this.#engine.until(this.#target.keep(epoch));
    await patientlyWhole(this.#engine, () => done(epoch, this.#count, position));
  }

  async #each(rows: Source, isCounted: boolean, give: (texts: TextRow[]) => Promise<void>) {
    for await (const batch of batchesOf(rows) as Batches) {
      for (let at = 0; at < batch.length; ) {
        const { meter } = this.#engine;
        const rows = (isCounted ? meter?.batchOf(BATCH_ROWS) : undefined) ?? BATCH_ROWS;
        const part = batch.slice(at, at + rows);
        at += rows;
        await this.#engine.until(give(part.map((row) => this.#textsOf(row))));
        this.#count += part.length;
        if (isCounted) await pace(this.#engine, part.length);
        await letOthersRun(this.#engine);
      }
    }
  }

  #textsOf(row: StoredRow): TextRow {
    return this.#columns.map(({ type }, at) => {
      const value = row[at] ?? null;
      return value === null ? null : formatText(type, value, this.#engine.types);
    });
  }
}
