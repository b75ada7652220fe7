/** Rows of rw_backup: the server writes them, with what it does to directories. */
import type { Oid } from "../../base/ids.ts";
import { objectTag } from "../../txn/lock-tag.ts";
import type { StepStatement } from "../job-statement.ts";
import { rwBackup } from "../relations/rw-backup.ts";
import type { DdlContext } from "./context.ts";

type NoteBackup = Extract<StepStatement, { kind: "noteBackup" }>;

export function noteBackup(context: DdlContext, { id, path, whole }: NoteBackup): void {
  const { catalog, now } = context;
  const known = lockBackup(context, id);
  const content = {
    finished: whole ? now() : null,
    epoch: whole ? BigInt(whole.epoch) : null,
    bytes: whole ? BigInt(whole.bytes) : null,
  };
  if (known) catalog.update(rwBackup, known, content);
  else catalog.insert(rwBackup, { id, path, started: now(), ...content });
}

export function forgetBackup(context: DdlContext, id: Oid): void {
  const known = lockBackup(context, id);
  if (known) context.catalog.delete(rwBackup, known);
}

function lockBackup({ transaction, catalog }: DdlContext, id: Oid) {
  transaction.lock(objectTag(0 as Oid, rwBackup.oid, id), "AccessExclusive");
  return catalog.find(rwBackup, "key", [id]);
}
