/**
 * What binding and translating a text gave, kept for the next time. An entry holds as long as the
 * head epoch stands where it stood; after other commits it holds if all the catalog look-ups it was
 * made from find the same rows.
 *
 * The key names everything else that the result depends on: text, parameter types, database, search
 * path, role and the settings that literals are read by. A transaction that has staged changes
 * neither uses nor fills the cache.
 */
import type { Epoch } from "../../base/ids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { holds, type LookUp, RecordingReader } from "./recording-reader.ts";

const ENTRIES_MAX = 1_024;

interface Entry<T> {
  readonly value: T;
  readonly lookUps: readonly LookUp[];
  readonly readWholly: boolean;
  /** Newest epoch at which it was found to hold. */
  epoch: Epoch;
}

export class TranslationCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #entriesMax: number;

  constructor(entriesMax = ENTRIES_MAX) {
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * The value kept for `key`, else the one that `make` gives when it reads the catalog through its
   * argument. `isUsable`: of what the catalog does not tell.
   */
  getOrMake(
    key: string,
    epoch: Epoch,
    reader: CatalogReader,
    make: (reader: CatalogReader) => T,
    isUsable: (value: T) => boolean = () => true,
  ): T {
    const entry = this.#entries.get(key);
    if (entry && this.#isValid(entry, epoch, reader) && isUsable(entry.value)) {
      // The entry unused longest is the first.
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      return entry.value;
    }
    const recording = new RecordingReader(reader);
    const value = make(recording);
    const { lookUps, readWholly } = recording;
    this.#entries.delete(key);
    this.#entries.set(key, { value, lookUps, readWholly, epoch });
    if (this.#entries.size > this.#entriesMax) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    return value;
  }

  clear(): void {
    this.#entries.clear();
  }

  #isValid(entry: Entry<T>, epoch: Epoch, reader: CatalogReader): boolean {
    if (entry.epoch === epoch) return true;
    if (entry.readWholly || !holds(entry.lookUps, reader)) return false;
    entry.epoch = epoch;
    return true;
  }
}
