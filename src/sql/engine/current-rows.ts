/**
 * WHERE CURRENT OF: the rows that cursors stand on, as a statement that changes them finds them. A
 * row that was changed since is meant in its newest version, as PostgreSQL follows ctid.
 * https://www.postgresql.org/docs/15/sql-declare.html
 */
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";
import { plainTarget } from "../bind/plain-select.ts";
import type { BoundQuery } from "../bind/tree.ts";
import type { CurrentOf, CursorRow, CursorTables } from "../session/engine.ts";
import { simplyScanned } from "../translate/simple-scan.ts";
import type { Scalar } from "../types/scalar.ts";
import { type LockingQuery, versionsOf } from "./row-locking.ts";

export interface CursorQuery extends LockingQuery {
  readonly cursorTables: CursorTables;
  /** Columns that the client is sent. */
  readonly width: number;
}

/** A cursor's query: behind its rows versions of the table that it scans, or locks rows of. */
export function forCursor(
  bound: BoundQuery,
  read: LockingQuery,
  catalog: CatalogReader,
): CursorQuery {
  const { query, parameterTypes } = bound;
  const shown = query.targets.filter(({ junk }) => !junk);
  const width = shown.length;
  const { locking } = read;
  if (locking) {
    const { tables } = locking;
    const kept = { ...locking, kept: width + tables.length };
    return { ...read, locking: kept, cursorTables: { isLocking: true, tables }, width };
  }
  if (query.kind === "select" && query.locking.length === 0 && width === query.targets.length) {
    const table = simplyScanned(query);
    const found =
      table !== undefined &&
      versionsOf(catalog, query, [{ table, strength: "key share", wait: "block" }]);
    if (found && found.tables.length === 1) {
      const targets = [...shown, ...found.versions.map((version) => plainTarget(version))];
      const cursorTables = { isLocking: false, tables: found.tables };
      const widened = { query: { ...found.query, targets }, parameterTypes };
      return { bound: widened, locking, cursorTables, width };
    }
  }
  const isLocking = query.kind === "select" && query.locking.length > 0;
  return { ...read, cursorTables: { isLocking, tables: [] }, width };
}

interface Host {
  readonly transaction: Pick<CatalogTransaction, "rows" | "isolation">;
  readonly catalog: CatalogReader;
}

export class CurrentRows {
  readonly #host: Host;
  readonly #rows: readonly CursorRow[];

  constructor(host: Host, rows: readonly CursorRow[]) {
    this.#host = host;
    this.#rows = rows;
  }

  /**
   * What the source of a part is given: behind all else the version of its cursor's row, and where
   * rows of several tables are read as one's, the oid of its table.
   */
  withVersion(values: readonly Scalar[], currentOf: CurrentOf | undefined): readonly Scalar[] {
    if (!currentOf) return values;
    const { cursor, relation, isInherited } = currentOf;
    const row = this.#rows.find((each) => each.cursor === cursor && each.relation === relation);
    const version = row && this.#versionOf(row, isInherited);
    const place = [version === undefined ? null : BigInt(version)];
    return [...values, ...place, ...(isInherited ? [BigInt(row?.member ?? relation)] : [])];
  }

  #versionOf(row: CursorRow, isInherited: boolean): number | undefined {
    const { relation, member = relation, storage, version } = row;
    if (version === undefined || (member !== relation && !isInherited)) return undefined;
    if (this.#host.catalog.find(pgClass, "key", [member])?.relfilenode !== storage)
      return undefined;
    const { rows, isolation } = this.#host.transaction;
    return rows.newestOf(storage, version, isolation !== "read committed");
  }
}
