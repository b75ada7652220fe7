/** What sessions had made for themselves when the server ended without ending them. */
import type { Oid } from "../../base/ids.ts";
import { Catalog } from "../../catalog/catalog.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { isTemporaryName } from "../../catalog/temporary-names.ts";
import { LockOwner } from "../../txn/lock-manager.ts";
import type { Storage } from "../../txn/storage.ts";
import type { Sessions } from "../session/service.ts";

/** Before there are sessions of clients. */
export async function dropLeftTemporary(storage: Storage, sessions: Sessions): Promise<void> {
  const catalogOf = (database: Oid) =>
    new Catalog(storage.beginReading(database, new LockOwner(0)));
  for (const { oid, datname } of [...catalogOf(0 as Oid).all(pgDatabase)]) {
    const isLeft = [...catalogOf(oid).all(pgNamespace)].some((row) => isTemporaryName(row.nspname));
    if (!isLeft) continue;
    const session = await sessions.openInternal(datname);
    try {
      await session.runInternal({ kind: "dropTemporary", of: "all", keepsSchemas: false });
    } finally {
      session.close();
    }
  }
}
