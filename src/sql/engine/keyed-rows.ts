/**
 * ROWS OF A TABLE BY SOME OF ITS COLUMNS, for a statement that looks up many where no index leads
 * to them: those that refer to what it deletes, one key after the other. One scan finds where all
 * are; what the transaction adds meanwhile is noted, and when others change the table it is
 * forgotten.
 */
import type { Epoch, Oid } from "../../base/ids.ts";
import type { TransactionRows } from "../../txn/transaction-rows.ts";
import { type FoundRow, sameValues, valuesOf } from "../rows/foreign-keys.ts";
import { rowKey } from "../rows/row-key.ts";
import type { Steps } from "../rows/steps.ts";
import { type ScanEngine, TableScan } from "../rows/table-scan.ts";
import { columnOf, type TableShape } from "../rows/table-shape.ts";
import type { TableWriter } from "../rows/table-writer.ts";
import { KeyedVersions } from "../rows/view-rows.ts";
import type { Scalar } from "../types/scalar.ts";

export interface KeyedHost extends ScanEngine {
  readonly rows: TransactionRows;
  writerOf(relation: Oid): TableWriter;
  /** Equal for values that the type's own operator finds equal. */
  comparable(type: Oid, value: Scalar): Scalar;
  /** The newest. */
  epoch(): Epoch;
  /** Versions that commits behind an epoch have changed; undefined: it is not known which. */
  changedSince(storage: Oid, epoch: Epoch): readonly number[] | undefined;
  /** About how many versions a storage has. */
  estimate(storage: Oid): number;
}

/** Look-ups by scans, before one for all pays. */
const LOOKUPS_MIN = 8;
/** Rows of a table that are remembered, each some 50 bytes. */
const ROWS_MAX = 1_000_000;

interface Asked {
  readonly shape: TableShape;
  readonly attributes: readonly number[];
  lookups: number;
}

interface Known {
  readonly versions: KeyedVersions;
  readonly epoch: Epoch;
  /** Of the transaction, when it was scanned. */
  readonly bulks: number;
  /** What is staged is noted up to here. */
  staged: number;
  takenBack: number;
}

export class KeyedRows {
  readonly #host: KeyedHost;
  readonly #asked = new Map<string, Asked>();
  readonly #known = new Map<string, Known>();

  constructor(host: KeyedHost) {
    this.#host = host;
  }

  /** Undefined: it is not known where they are. */
  find(
    shape: TableShape,
    attributes: readonly number[],
    values: readonly Scalar[],
  ): FoundRow[] | undefined {
    const name = nameOf(shape, attributes);
    const known = this.#known.get(name);
    if (!known || !this.#isValid(known, shape)) {
      this.#known.delete(name);
      this.#note(name, shape, attributes);
      return undefined;
    }
    this.#catchUp(known, shape, attributes);
    const wanted = this.#comparable(shape, attributes, values);
    const { rows } = this.#host;
    const writer = this.#host.writerOf(shape.oid);
    const found: FoundRow[] = [];
    for (const version of new Set(known.versions.find(rowKey(wanted)))) {
      const state = rows.stateOf(shape.storage, version);
      if (state.state !== "live") continue;
      const row = writer.padded(state.row as readonly Scalar[]);
      const own = this.#comparable(shape, attributes, valuesOf(row, attributes));
      if (sameValues(wanted, own)) found.push({ version, row });
    }
    return found.sort((a, b) => a.version - b.version);
  }

  /** Scans tables in which many rows were looked up; undefined: there are none. */
  gather(): Steps<void> | undefined {
    const many = [...this.#asked.values()].filter(({ lookups }) => lookups >= LOOKUPS_MIN);
    return many.length === 0 ? undefined : this.#gatherAll(many);
  }

  *#gatherAll(many: readonly Asked[]): Steps<void> {
    for (const { shape, attributes } of many) {
      const name = nameOf(shape, attributes);
      this.#asked.delete(name);
      if (this.#host.estimate(shape.storage) > ROWS_MAX) continue;
      const epoch = this.#host.epoch();
      // From now on it is known what others change.
      this.#host.changedSince(shape.storage, epoch);
      const versions = new KeyedVersions([]);
      const { rows } = this.#host;
      yield* new TableScan(this.#host).each(shape.storage, ({ version, row }) =>
        this.#add(versions, shape, attributes, version, row as readonly Scalar[]),
      );
      const { mark: staged, takenBack } = rows.overlay;
      this.#known.set(name, { versions, epoch, bulks: rows.bulks.length, staged, takenBack });
    }
  }

  #note(name: string, shape: TableShape, attributes: readonly number[]): void {
    const leads = ({ keys, predicate }: TableShape["indexes"][number]) =>
      predicate === undefined && attributes.includes(keys[0]?.attribute ?? 0);
    if (shape.indexes.some(leads)) return;
    const asked = this.#asked.get(name) ?? { shape, attributes, lookups: 0 };
    asked.lookups++;
    this.#asked.set(name, asked);
  }

  #isValid({ epoch, bulks }: Known, { storage }: TableShape): boolean {
    if (bulks !== this.#host.rows.bulks.length) return false;
    return this.#host.changedSince(storage, epoch)?.length === 0;
  }

  #catchUp(known: Known, shape: TableShape, attributes: readonly number[]): void {
    const { overlay } = this.#host.rows;
    if (known.takenBack !== overlay.takenBack) known.staged = 0;
    for (const [version, row] of overlay.addedSince(known.staged, shape.storage)) {
      this.#add(known.versions, shape, attributes, version, row as readonly Scalar[]);
    }
    known.staged = overlay.mark;
    known.takenBack = overlay.takenBack;
  }

  #add(
    versions: KeyedVersions,
    shape: TableShape,
    attributes: readonly number[],
    version: number,
    row: readonly Scalar[],
  ): void {
    const whole = this.#host.writerOf(shape.oid).padded(row);
    const values = valuesOf(whole, attributes);
    if (values.includes(null)) return;
    versions.add(rowKey(this.#comparable(shape, attributes, values)), version);
  }

  #comparable(
    { columns }: TableShape,
    attributes: readonly number[],
    values: readonly Scalar[],
  ): Scalar[] {
    return values.map((value, at) =>
      this.#host.comparable(columnOf(columns, attributes[at] ?? 0)?.type as Oid, value),
    );
  }
}

const nameOf = ({ oid }: TableShape, attributes: readonly number[]): string =>
  `${oid}/${attributes.join()}`;
