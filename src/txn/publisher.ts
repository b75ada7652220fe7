/**
 * APPLY AND PUBLISH, the last steps of a commit: the pages learn of what is durable, one batch in
 * one synchronous step and in the order of the log, and new snapshots see it. That is done while
 * the answer travels, and at the latest when somebody asks for the newest epoch.
 */
import { type Epoch, epoch } from "../base/ids.ts";
import type { AppliedCommit, ApplyBatch } from "../pages/store.ts";
import type { CatalogTransaction } from "./transaction.ts";
import type { UnappliedRows } from "./unapplied-rows.ts";

export interface Commit extends AppliedCommit {
  readonly transaction: CatalogTransaction;
}

export interface DurableBatch extends ApplyBatch {
  readonly commits: readonly Commit[];
}

export interface PublisherOptions {
  readonly epoch: Epoch;
  readonly apply: (batch: ApplyBatch) => void;
  readonly unapplied: UnappliedRows;
  /** The pages failed: the process must stop. */
  readonly onFailure: (error: Error) => void;
}

export class Publisher {
  readonly #options: PublisherOptions;
  /** What the pages do not know yet. */
  readonly #durable: DurableBatch[] = [];
  #epoch: Epoch;
  #catalogEpoch: Epoch;
  #failed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#epoch = this.#catalogEpoch = options.epoch;
  }

  /** The newest epoch. */
  get epoch(): Epoch {
    if (this.#durable.length > 0) this.publish();
    return this.#epoch;
  }
  /** The epoch of the newest commit that changed rows of the catalog. */
  get catalogEpoch(): Epoch {
    if (this.#durable.length > 0) this.publish();
    return this.#catalogEpoch;
  }

  /** Throws what `apply` throws, if the batch has to be applied at once. */
  add(batch: DurableBatch): void {
    this.#durable.push(batch);
    // A transaction that goes on reads its bulks, a sequence its marks, at whichever epoch.
    if (batch.bulks.length + batch.marks.length > 0) this.publish();
    else if (this.#durable.length === 1) setImmediate(() => this.#publishLater());
  }

  /** The pages know, and new snapshots see, all that is durable. */
  publish(): void {
    for (let batch = this.#durable.shift(); batch; batch = this.#durable.shift()) {
      this.#apply(batch);
      for (const { epoch: at, mutations, transaction } of batch.commits) {
        this.#epoch = epoch(at);
        if (mutations.length > 0) this.#catalogEpoch = this.#epoch;
        this.#options.unapplied.delete(transaction);
      }
    }
  }

  #apply(batch: DurableBatch): void {
    try {
      this.#options.apply(batch);
    } catch (error) {
      this.#failed = true;
      this.#options.onFailure(error as Error);
      throw error;
    }
  }

  #publishLater(): void {
    try {
      if (!this.#failed) this.publish();
    } catch {
      // Whoever is responsible has been told.
    }
  }
}
