/**
 * WHICH TRANSACTION A COMMIT WAS. Versions bear the epoch of the commit that made them; `xmin` of
 * PostgreSQL is the transaction's id, which is known before the commit and in another order.
 *
 *   commit_xid   epoch  from this commit on, up to the next row's,
 *                ahead  the transaction's id is the epoch and so much more
 *
 * One client after the other adds no row; at most each commit adds one.
 */
import type Database from "better-sqlite3";
import { EPOCH_MAX, type Epoch, type Xid, xid } from "../base/ids.ts";

export const createCommitXids =
  "CREATE TABLE commit_xid (epoch INTEGER PRIMARY KEY, ahead INTEGER NOT NULL)";

/** The built-in rows' transaction. https://www.postgresql.org/docs/15/routine-vacuuming.html */
const BOOTSTRAP_XID = 1;
export const fillCommitXids = `INSERT INTO commit_xid VALUES (0, ${BOOTSTRAP_XID})`;

const aheadAt = (epoch: string): string =>
  `SELECT ahead FROM commit_xid WHERE epoch <= ${epoch} ORDER BY epoch DESC LIMIT 1`;

/** SQL for the id, given SQL for the epoch. */
export const xidOfEpoch = (epoch: string): string => `(${epoch} + (${aheadAt(epoch)}))`;

export class CommitXids {
  readonly #insert: Database.Statement<[number, number]>;
  readonly #find: Database.Statement<[number], number>;
  #ahead: number;

  constructor(db: Database.Database) {
    this.#insert = db.prepare("INSERT INTO commit_xid VALUES (?, ?)");
    this.#find = db.prepare<[number], number>(aheadAt("?")).pluck(true);
    this.#ahead = this.#find.get(EPOCH_MAX) ?? 0;
  }

  /** The next commit was applied. */
  note(epoch: Epoch, by: Xid): void {
    const ahead = by - epoch;
    if (ahead === this.#ahead) return;
    this.#insert.run(epoch, ahead);
    this.#ahead = ahead;
  }

  find(epoch: number): Xid {
    return xid(epoch + (this.#find.get(epoch) ?? 0));
  }
}
