/**
 * WHICH VERSIONS HAVE CHANGED: of storages that somebody asks about again and again, the versions
 * that commits have added or ended, with their epochs, in memory. It only saves a scan: who asks
 * reads the versions themselves, and scans when it is not known here which they are.
 */
import type { Epoch, Oid } from "../base/ids.ts";

/** Versions remembered of all storages. */
const CHANGES_MAX = 262_144;

interface Watched {
  /** What was committed behind it is known. */
  from: Epoch;
  /** In their order; one for each version. */
  epochs: Epoch[];
  versions: number[];
  /** Since the last time that there were too many. */
  asked: boolean;
}

export class RowChanges {
  readonly #watched = new Map<Oid, Watched>();
  readonly #max: number;
  #count = 0;

  constructor(max = CHANGES_MAX) {
    this.#max = max;
  }

  /** Nobody asks about any storage. */
  get isIdle(): boolean {
    return this.#watched.size === 0;
  }
  isWatched(storage: Oid): boolean {
    return this.#watched.has(storage);
  }

  /** Room for one commit's versions of a storage. */
  get max(): number {
    return this.#max;
  }

  /**
   * Versions that commits behind `epoch` have changed, some perhaps twice. Undefined: that is not
   * known; from now on, which is epoch `now`, it will be.
   */
  since(storage: Oid, epoch: Epoch, now: Epoch): readonly number[] | undefined {
    const watched = this.#watched.get(storage);
    if (!watched) {
      this.#watched.set(storage, { from: now, epochs: [], versions: [], asked: true });
      return undefined;
    }
    watched.asked = true;
    if (epoch < watched.from) return undefined;
    return watched.versions.slice(firstBehind(watched.epochs, epoch));
  }

  note(storage: Oid, version: number, epoch: Epoch): void {
    const watched = this.#watched.get(storage);
    if (!watched) return;
    watched.epochs.push(epoch);
    watched.versions.push(version);
    if (++this.#count > this.#max) this.#makeRoom();
  }

  /** More than can be remembered has changed. */
  lose(storage: Oid, epoch: Epoch): void {
    const watched = this.#watched.get(storage);
    if (watched) this.#drop(watched, watched.epochs.length, epoch);
  }

  forget(storage: Oid): void {
    const watched = this.#watched.get(storage);
    if (!watched) return;
    this.#count -= watched.epochs.length;
    this.#watched.delete(storage);
  }

  /** Storages that nobody asks about any more go, and of the others the older half. */
  #makeRoom(): void {
    for (const [storage, watched] of this.#watched) {
      if (!watched.asked) this.forget(storage);
      else {
        const half = Math.ceil(watched.epochs.length / 2);
        this.#drop(watched, half, watched.epochs[half - 1] ?? watched.from);
        watched.asked = false;
      }
    }
  }

  /** The first so many; what was committed up to `from` is not all there any more. */
  #drop(watched: Watched, count: number, from: Epoch): void {
    watched.epochs = watched.epochs.slice(count);
    watched.versions = watched.versions.slice(count);
    watched.from = from;
    this.#count -= count;
  }
}

/** The first place with a greater epoch. */
function firstBehind(epochs: readonly Epoch[], epoch: Epoch): number {
  let [low, high] = [0, epochs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((epochs[middle] as Epoch) <= epoch) low = middle + 1;
    else high = middle;
  }
  return low;
}
