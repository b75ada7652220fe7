/** HOW FAR SEQUENCES ARE: their marks of the log, which no ROLLBACK undoes. */
import type Database from "better-sqlite3";
import type { Oid } from "../base/ids.ts";
import type { Mark } from "../wal/fragment.ts";

export interface SequenceState {
  readonly last: bigint;
  readonly called: boolean;
}

export class SequenceMarks {
  readonly #mark: Database.Statement<unknown[]>;
  readonly #find: Database.Statement<unknown[], { last: bigint; called: bigint }>;

  constructor(db: Database.Database) {
    this.#mark = db.prepare(
      `INSERT INTO sequence_mark VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET last = excluded.last, called = excluded.called`,
    );
    this.#find = db.prepare<unknown[], { last: bigint; called: bigint }>(
      "SELECT last, called FROM sequence_mark WHERE storage = ? AND db = ?",
    );
    this.#find.safeIntegers(true);
  }

  apply({ storage, db, last, called }: Mark & { readonly kind: "sequence" }): void {
    this.#mark.run(db, storage, last, called ? 1 : 0);
  }

  find(db: Oid, storage: Oid): SequenceState | undefined {
    const row = this.#find.get(storage, db);
    return row && { last: row.last, called: row.called === 1n };
  }
}
