/**
 * WHERE THE ROWS OF A MATERIALIZED VIEW ARE: its live versions by their keys, in memory, so that a
 * small change does not read all of a large view. Whoever maintains a view takes what is known of
 * its storage, changes it along with the rows, and puts it back; it counts once that transaction
 * has committed. Keys are kept as hashes: whoever finds a version looks at its row.
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import type { Scalar } from "../types/scalar.ts";
import { rowKey } from "./row-key.ts";

/** Rows and groups remembered of all views, each some 50 to 100 bytes. */
const ROWS_MAX = 2_000_000;

/** Versions by the values of some columns; of a view of groups, these are their keys. */
export class KeyedVersions {
  /** Numbers of groups, by key: group-sums.ts. */
  readonly groups = new Map<string, readonly bigint[]>();
  /** All groups are there, not only those that were touched. */
  hasAllGroups = false;
  /** The epoch at which they have these. */
  epoch: Epoch | undefined;
  /** Of the columns that are the key, from 0. */
  readonly columns: readonly number[];
  readonly #versions = new Map<number, number | number[]>();
  #size = 0;

  constructor(columns: readonly number[]) {
    this.columns = columns;
  }

  get size(): number {
    return this.#size + this.groups.size;
  }

  keyOf(row: readonly Scalar[]): string {
    return rowKey(this.columns.map((at) => row[at] ?? null));
  }

  forgetGroups(): void {
    this.groups.clear();
    this.hasAllGroups = false;
  }

  add(key: string, version: number): void {
    const hash = hashOf(key);
    const there = this.#versions.get(hash);
    if (there === undefined) this.#versions.set(hash, version);
    else if (typeof there === "number") this.#versions.set(hash, [there, version]);
    else there.push(version);
    this.#size++;
  }

  delete(key: string, version: number): void {
    const hash = hashOf(key);
    const there = this.#versions.get(hash);
    const left = (typeof there === "object" ? there : []).filter((each) => each !== version);
    if (left.length === 0) this.#versions.delete(hash);
    else this.#versions.set(hash, left.length === 1 ? (left[0] as number) : left);
    this.#size--;
  }

  /** Those with the key, and perhaps some others. */
  find(key: string): readonly number[] {
    const there = this.#versions.get(hashOf(key));
    return typeof there === "number" ? [there] : (there ?? []);
  }
}

/** 53 bits, so that it is a number. */
function hashOf(text: string): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}

interface Kept {
  readonly versions: KeyedVersions;
  /** Whose work made it what it is, and how far that was. */
  readonly by: CatalogTransaction;
  readonly mark: number;
}

export class ViewRows {
  /** By storage, the one unused longest first. */
  readonly #kept = new Map<Oid, Kept>();
  readonly #max: number;

  constructor(max = ROWS_MAX) {
    this.#max = max;
  }

  /** Rows of one view that can be kept. */
  get max(): number {
    return this.#max;
  }

  /** What is known of the storage, no longer kept. Undefined: nothing that is committed. */
  take(storage: Oid, columns: readonly number[]): KeyedVersions | undefined {
    const kept = this.#kept.get(storage);
    this.#kept.delete(storage);
    if (kept?.by.state !== "committed" || kept.by.rows.mark !== kept.mark) return undefined;
    return kept.versions.columns.join() === columns.join() ? kept.versions : undefined;
  }

  /** To be called when the transaction has done all its work on the storage. */
  put(storage: Oid, versions: KeyedVersions, by: CatalogTransaction): void {
    this.#kept.set(storage, { versions, by, mark: by.rows.mark });
    let size = 0;
    for (const each of this.#kept.values()) size += each.versions.size;
    for (const [oldest, { versions: old }] of this.#kept) {
      if (size <= this.#max) return;
      this.#kept.delete(oldest);
      size -= old.size;
    }
  }

  forget(storage: Oid): void {
    this.#kept.delete(storage);
  }
}
