/**
 * OIDS AND TRANSACTION IDS never repeat, not even after a crash: they come from a range that a mark
 * in the log has reserved. The mark is queued before anything that uses the range, so no commit
 * that holds such an id can be durable without it; whoever only held ids and rolled back leaves a
 * gap.
 */
import type { Oid, Xid } from "../base/ids.ts";
import type { Mark } from "../wal/fragment.ts";

/** Ids reserved by one mark: a mark per this many, and at most this many lost by a crash. */
const OIDS_PER_MARK = 8192;
const XIDS_PER_MARK = 1024;

export class Allocator {
  #oid: number;
  #oidLimit: number;
  #xid: number;
  #xidLimit: number;
  readonly #reserve: (mark: Mark) => void;

  /** `next…`: the high-water marks that recovery found. */
  constructor(nextOid: Oid, nextXid: Xid, reserve: (mark: Mark) => void) {
    this.#oid = this.#oidLimit = nextOid;
    this.#xid = this.#xidLimit = nextXid;
    this.#reserve = reserve;
  }

  readonly oid = (): Oid => {
    if (this.#oid >= this.#oidLimit) {
      this.#oidLimit = this.#oid + OIDS_PER_MARK;
      this.#reserve({ kind: "oid", next: this.#oidLimit as Oid });
    }
    return this.#oid++ as Oid;
  };

  /** The oid that would be next; it is not taken. */
  get nextOid(): Oid {
    return this.#oid as Oid;
  }

  readonly xid = (): Xid => {
    if (this.#xid >= this.#xidLimit) {
      this.#xidLimit = this.#xid + XIDS_PER_MARK;
      this.#reserve({ kind: "xid", next: this.#xidLimit as Xid });
    }
    return this.#xid++ as Xid;
  };
}
