/**
 * THE ROW OVERLAY: what a transaction did to users' rows and nobody else sees: the changes in
 * order, and beside them what they come to. A savepoint is a length of the list.
 *
 * A transaction that stages many rows hands them over in bulks (`take`), so what is here stays
 * small.
 */
import { assert } from "../base/assert.ts";
import type { Oid } from "../base/ids.ts";
import type { Row, Value } from "../base/value.ts";
import type { RowChange } from "../wal/fragment.ts";

interface StorageOverlay {
  /** How many rows of each width are staged and were not ended. */
  readonly widths: Map<number, number>;
  readonly added: Map<number, Row>;
  /** Versions that ended, stored ones and added ones, and what replaced them; 0 = nothing. */
  readonly ended: Map<number, number>;
  /** Of an index's storage: versions by the text of their keys. */
  readonly entries: Map<string, number[]>;
}

/** An index entry that follows from its row: kept to be found, not logged. */
interface Note {
  readonly kind: "note";
  readonly storage: Oid;
  readonly version: number;
  readonly keys: Row;
}

export class RowOverlay {
  readonly #staged: (RowChange | Note)[] = [];
  readonly #storages = new Map<Oid, StorageOverlay>();
  readonly #defined = new Set<Oid>();
  #bytes = 0;
  /** How often something that was staged went. */
  takenBack = 0;

  /** A savepoint is this number. */
  get mark(): number {
    return this.#staged.length;
  }
  /** Rough size of what is staged. */
  get bytes(): number {
    return this.#bytes;
  }
  get isEmpty(): boolean {
    return this.#staged.length === 0;
  }

  stage(change: RowChange | Note): void {
    const overlay = this.#of(change.storage);
    const { added, ended, entries } = overlay;
    this.#staged.push(change);
    this.#bytes += sizeOf(change);
    switch (change.kind) {
      case "add":
        assert(!added.has(change.version), `version ${change.version} is staged already`);
        added.set(change.version, change.row);
        countWidth(overlay, change.version, 1);
        break;
      case "end":
        assert(!ended.has(change.version), `version ${change.version} has ended already`);
        ended.set(change.version, change.next);
        countWidth(overlay, change.version, -1);
        break;
      case "entry":
      case "note": {
        const key = keyText(change.keys);
        const versions = entries.get(key);
        if (versions) versions.push(change.version);
        else entries.set(key, [change.version]);
        break;
      }
      case "index":
        this.#defined.add(change.index);
        break;
      default:
        break;
    }
  }

  /** Whether the definition of an index's storage is staged. */
  defines(index: Oid): boolean {
    return this.#defined.has(index);
  }

  rollbackTo(mark: number): void {
    if (this.#staged.length > mark) this.takenBack++;
    while (this.#staged.length > mark) {
      const change = this.#staged.pop();
      if (!change) return;
      const overlay = this.#of(change.storage);
      const { added, ended, entries } = overlay;
      this.#bytes -= sizeOf(change);
      if (change.kind === "add") {
        countWidth(overlay, change.version, -1);
        added.delete(change.version);
      } else if (change.kind === "end") {
        ended.delete(change.version);
        countWidth(overlay, change.version, 1);
      } else if (change.kind === "entry" || change.kind === "note") {
        entries.get(keyText(change.keys))?.pop();
      } else if (change.kind === "index") this.#defined.delete(change.index);
    }
  }

  /** The row of a version that is staged and was not ended. */
  findAdded(storage: Oid, version: number): Row | undefined {
    const overlay = this.#storages.get(storage);
    return overlay?.ended.has(version) ? undefined : overlay?.added.get(version);
  }

  /** Rows that are staged and were not ended, by version. */
  addedTo(storage: Oid): (readonly [version: number, row: Row])[] {
    const overlay = this.#storages.get(storage);
    if (!overlay) return [];
    return [...overlay.added].filter(([version]) => !overlay.ended.has(version));
  }

  /** The same, of rows that were staged behind a mark, ended ones too. */
  *addedSince(mark: number, storage: Oid): Generator<readonly [version: number, row: Row]> {
    for (let at = mark; at < this.#staged.length; at++) {
      const change = this.#staged[at];
      if (change?.kind === "add" && change.storage === storage) yield [change.version, change.row];
    }
  }

  hasEnded(storage: Oid, version: number): boolean {
    return this.endOf(storage, version) !== undefined;
  }

  /** What replaced a version that ended here, 0 = nothing; undefined = it did not end here. */
  endOf(storage: Oid, version: number): number | undefined {
    return this.#storages.get(storage)?.ended.get(version);
  }

  /** Versions whose first keys in the index are these, ended ones too. */
  lookup(index: Oid, keys: readonly Value[]): readonly number[] {
    return this.#storages.get(index)?.entries.get(keyText(keys)) ?? [];
  }

  /**
   * What is staged from `from` up to `to`, without versions that were added and ended in it: what
   * such a one replaced was replaced by the version behind it, if there is one.
   */
  changes(from = 0, to = this.#staged.length): readonly RowChange[] {
    const logged: RowChange[] = [];
    for (let at = from; at < to; at++) {
      const change = this.#staged[at];
      if (change && change.kind !== "note") logged.push(change);
    }
    return withoutFleeting(logged);
  }

  /** How many rows were added to these storages or ended in them. */
  changesOf(storages: Iterable<Oid>): number {
    let count = 0;
    for (const storage of storages) {
      const overlay = this.#storages.get(storage);
      if (overlay) count += overlay.added.size + overlay.ended.size;
    }
    return count;
  }

  /** Storages that rows were added to or ended in. */
  storages(): Oid[] {
    const found: Oid[] = [];
    for (const [storage, { added, ended }] of this.#storages) {
      if (added.size + ended.size > 0) found.push(storage);
    }
    return found;
  }

  /** Columns of the widest row that is staged and was not ended; 0 = there is none. */
  widthOf(storage: Oid): number {
    let widest = 0;
    for (const width of this.#storages.get(storage)?.widths.keys() ?? []) {
      if (width > widest) widest = width;
    }
    return widest;
  }

  /** Forgets everything: it has become bulks. */
  clear(): void {
    this.takenBack++;
    this.#staged.length = 0;
    this.#storages.clear();
    this.#defined.clear();
    this.#bytes = 0;
  }

  #of(storage: Oid): StorageOverlay {
    let overlay = this.#storages.get(storage);
    if (!overlay) {
      overlay = { widths: new Map(), added: new Map(), ended: new Map(), entries: new Map() };
      this.#storages.set(storage, overlay);
    }
    return overlay;
  }
}

/** One row more or less of the width that an added version has. */
function countWidth({ added, widths }: StorageOverlay, version: number, by: 1 | -1): void {
  const width = added.get(version)?.length;
  if (width === undefined) return;
  const count = (widths.get(width) ?? 0) + by;
  if (count > 0) widths.set(width, count);
  else widths.delete(width);
}

/** Versions that the list both adds and ends were never seen by anybody. */
function withoutFleeting(changes: readonly RowChange[]): readonly RowChange[] {
  if (!changes.some(({ kind }) => kind === "end")) return changes;
  const added = new Set<string>();
  for (const change of changes) {
    if (change.kind === "add") added.add(versionName(change.storage, change.version));
  }
  if (added.size === 0) return changes;
  const fleeting = new Map<string, number>();
  for (const change of changes) {
    if (change.kind !== "end") continue;
    const name = versionName(change.storage, change.version);
    if (added.has(name)) fleeting.set(name, change.next);
  }
  if (fleeting.size === 0) return changes;
  const isFleeting = ({ storage }: RowChange, version: number): boolean =>
    fleeting.has(versionName(storage, version));
  return changes.flatMap((change): RowChange | readonly RowChange[] => {
    if (change.kind !== "add" && change.kind !== "end") return change;
    if (isFleeting(change, change.version)) return [];
    if (change.kind === "add" || !isFleeting(change, change.next)) return change;
    let { next } = change;
    while (isFleeting(change, next)) next = fleeting.get(versionName(change.storage, next)) ?? 0;
    return next === 0 ? change : { ...change, next };
  });
}

const versionName = (storage: Oid, version: number): string => `${storage}.${version}`;

/** Equal texts mean equal keys: within a column all values are of one stored form. */
export const keyText = (keys: readonly Value[]): string => {
  if (keys.length === 1) return textOf(keys[0] as Value);
  return keys.map(textOf).join("\u0000");
};
const textOf = (value: Value): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value);

const CHANGE_BYTES = 16;

function sizeOf(change: RowChange | Note): number {
  if (change.kind !== "add" && change.kind !== "entry") return CHANGE_BYTES;
  let bytes = CHANGE_BYTES;
  for (const value of change.kind === "add" ? change.row : change.keys) {
    if (typeof value === "string") bytes += value.length * 2;
    else if (value instanceof Uint8Array) bytes += value.length;
    else bytes += 8;
  }
  return bytes;
}
