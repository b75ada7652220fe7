/**
 * MATERIALIZED VIEWS THAT ARE BEHIND: which storages were changed at which epoch, and what each
 * view has taken in. A view's epoch is leased, so that what it has not taken in yet is kept.
 */
import { performance } from "node:perf_hooks";
import type { Epoch, Oid } from "../../base/ids.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { withDescendants } from "../../catalog/inheritance.ts";
import { jobMaking } from "../../catalog/jobs.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgRewrite } from "../../catalog/relations/pg-rewrite.ts";
import { inputsIn, rwMaterialized } from "../../catalog/relations/rw-materialized.ts";
import type { AppliedCommit, ApplyBatch } from "../../pages/store.ts";
import type { Lease, SnapshotLeases } from "../../txn/snapshot-leases.ts";
import { Giving } from "./giving-way.ts";

export interface BehindView {
  readonly database: Oid;
  readonly relid: Oid;
  /** What it holds is what its query gave then; 0 = that is not known. */
  readonly epoch: number;
  readonly giving: Giving;
}

interface View extends BehindView {
  epoch: number;
  inputs: readonly Oid[];
  lease: Lease | undefined;
  /** Of the inputs, when it was looked at last. */
  storages: string;
  /** It could not be brought up to date from what was there at this epoch. */
  failed: number;
  /** As performance.now counts: before it, only FLUSH has it maintained. */
  restsUntil: number;
}

/** How long a view is left alone, in times of what its maintenance took: one in five. */
const REST = 4;

export class MaintainedViews {
  readonly #views = new Map<string, View>();
  /** When a storage was changed last. */
  readonly #changes = new Map<Oid, Epoch>();
  /** Storages that bulks of running transactions have changed. */
  readonly #bulks = new Map<number, Set<Oid>>();
  readonly #leases: SnapshotLeases;
  /**
   * What is older may be behind, whatever is known: what was committed before the server started
   * is in no batch, and a view that others read may have got another query.
   */
  #suspected: Epoch;

  /** `started`: the newest epoch that `note` is not told of. */
  constructor(leases: SnapshotLeases, started: Epoch) {
    this.#leases = leases;
    this.#suspected = started;
  }

  load(catalog: Catalog): void {
    for (const row of catalog.all(rwMaterialized)) {
      this.#set(catalog.database, row.relid, Number(row.epoch), row.inputs);
    }
  }

  note({ commits, bulks, marks }: ApplyBatch): void {
    for (const { bulk, rows } of bulks) {
      const changed = this.#bulks.get(bulk) ?? new Set();
      for (const change of rows) changed.add(change.storage);
      this.#bulks.set(bulk, changed);
    }
    for (const commit of commits) this.#noteCommit(commit);
    for (const mark of marks) if (mark.kind === "abandoned") this.#bulks.delete(mark.bulk);
  }

  #noteCommit({ epoch, mutations, rows, bulks }: AppliedCommit): void {
    for (const { storage } of rows) this.#changes.set(storage, epoch);
    for (const bulk of bulks) {
      for (const storage of this.#bulks.get(bulk) ?? []) this.#changes.set(storage, epoch);
      this.#bulks.delete(bulk);
    }
    for (const mutation of mutations) {
      if (mutation.rel === pgRewrite.oid) {
        this.#suspected = epoch;
      }
      if (mutation.rel !== rwMaterialized.oid) continue;
      if (mutation.kind === "delete") this.#forget(mutation.db, mutation.key[0] as Oid);
      else {
        const row = rwMaterialized.view(mutation.row);
        this.#set(mutation.db, row.relid, Number(row.epoch), row.inputs);
      }
    }
  }

  #set(database: Oid, relid: Oid, epoch: number, inputs: string): void {
    const key = `${database}/${relid}`;
    const known = this.#views.get(key);
    known?.lease?.release();
    const view: View = {
      database,
      relid,
      epoch,
      giving: known?.giving ?? new Giving(),
      inputs: inputsIn(inputs),
      lease: epoch === 0 ? undefined : this.#leases.take(epoch as Epoch),
      storages: known?.storages ?? "",
      failed: 0,
      restsUntil: known?.restsUntil ?? 0,
    };
    this.#views.set(key, view);
  }

  #forget(database: Oid, relid: Oid): void {
    const key = `${database}/${relid}`;
    this.#views.get(key)?.lease?.release();
    this.#views.delete(key);
  }

  /** Databases with views. */
  databases(): ReadonlySet<Oid> {
    return new Set([...this.#views.values()].map(({ database }) => database));
  }

  /**
   * The views of a database that are behind; what reads others comes after them. The others are as
   * new as `now`, the newest epoch. `catalog`: its rows at that epoch. `all`: those that rest, too.
   */
  behind(catalog: Catalog, now: Epoch, all: boolean): BehindView[] {
    // What a job makes is kept as of the epoch that the job reads, and brought up to date by it.
    const views = [...this.#views.values()].filter(
      ({ database, relid }) => database === catalog.database && !jobMaking(catalog, relid),
    );
    const clock = performance.now();
    const found = views.filter(
      (view) =>
        // What its job has not finished is behind in another way: its epoch stays.
        catalog.find(pgClass, "key", [view.relid])?.relispopulated &&
        (all || clock >= view.restsUntil) &&
        this.#isBehind(view, catalog, now),
    );
    return found.sort((a, b) => a.relid - b.relid);
  }

  #isBehind(view: View, catalog: Catalog, now: Epoch): boolean {
    const tables = view.inputs.flatMap((input) => withDescendants(catalog, input));
    const storages = tables.map(
      (table) => catalog.find(pgClass, "key", [table])?.relfilenode ?? (0 as Oid),
    );
    const text = storages.join();
    const hasOthers = view.storages !== "" && view.storages !== text;
    view.storages = text;
    const last = Math.max(0, ...storages.map((storage) => this.#changes.get(storage) ?? 0));
    const isBehind = view.epoch < this.#suspected || hasOthers || last > view.epoch;
    if (isBehind) return view.failed < last || view.failed === 0;
    this.#advance(view, now);
    return false;
  }

  /** Nothing that it reads has changed: vacuum need keep nothing for it. */
  #advance(view: View, now: Epoch): void {
    if (view.epoch === now) return;
    view.lease?.release();
    view.lease = this.#leases.take(now);
    view.epoch = now;
  }

  /** Maintaining a view begins; call what is returned when it ends. Then the view rests. */
  begin({ database, relid }: BehindView): () => void {
    const started = performance.now();
    return () => {
      const view = this.#views.get(`${database}/${relid}`);
      const ended = performance.now();
      if (view) view.restsUntil = ended + REST * (ended - started);
    };
  }

  /** It is tried again when its inputs have changed again. */
  noteFailure({ database, relid }: BehindView, now: Epoch): void {
    const view = this.#views.get(`${database}/${relid}`);
    if (view) view.failed = now;
  }
}
