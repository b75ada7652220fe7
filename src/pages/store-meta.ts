/** The meta row: how far the pages have come, read when the store is opened. */
import type Database from "better-sqlite3";
import { DataCorrupted } from "../base/assert.ts";
import { type Epoch, epoch, type Lsn, lsn, oid } from "../base/ids.ts";
import type { Applied } from "./store.ts";

interface MetaRow {
  readonly lsn: bigint;
  readonly chain: bigint;
  readonly epoch: bigint;
  readonly next_oid: bigint;
  readonly next_xid: bigint;
  readonly durable_lsn: bigint;
  readonly horizon: bigint;
}

interface Meta {
  readonly applied: Applied;
  readonly durable: Lsn;
  readonly horizon: Epoch;
}

export function readMeta(db: Database.Database): Meta {
  const read = db.prepare<[], MetaRow>("SELECT * FROM meta");
  const meta = read.safeIntegers(true).get();
  if (!meta) throw new DataCorrupted("the page store has no meta row");
  return {
    applied: {
      lsn: lsn(meta.lsn),
      chain: BigInt.asUintN(64, meta.chain),
      epoch: epoch(Number(meta.epoch)),
      nextOid: oid(Number(meta.next_oid)),
      nextXid: Number(meta.next_xid),
    },
    durable: lsn(meta.durable_lsn),
    horizon: epoch(Number(meta.horizon)),
  };
}
