/** One session's hold on the engine: its database, its locks, its sequences. */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { type Notice, SqlError } from "../../base/sql-error.ts";
import { Catalog } from "../../catalog/catalog.ts";
import type { RoleTuple } from "../../catalog/ddl/role-lookup.ts";
import { hasRole, isMember } from "../../catalog/memberships.ts";
import { isOwnTemporary } from "../../catalog/names.ts";
import { mayParameter } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { findOwnTemporary } from "../../catalog/temporary-names.ts";
import { LockOwner, type LockRow } from "../../txn/lock-manager.ts";
import { databaseTag } from "../../txn/lock-tag.ts";
import { Wait } from "../../txn/wait.ts";
import type { ServerFacts } from "../functions/server.ts";
import type { IsolationLevel } from "../parse/statement.ts";
import type {
  Connection,
  ConnectRequest,
  DefaultSetting,
  Role,
  SequenceAccess,
  SessionRole,
  Transaction,
} from "../session/engine.ts";
import { SessionAdvisoryLocks } from "./advisory-access.ts";
import {
  databaseWarnings,
  defaultSettings,
  resolveDatabase,
  resolveForServer,
  resolveRole,
} from "./database-access.ts";
import type { EngineParts } from "./parts.ts";
import { SessionSequences } from "./sequence-access.ts";
import { serverFacts } from "./server-facts.ts";
import type { Step } from "./snapshots.ts";
import { EngineTransaction } from "./transaction.ts";

/** How long a session waits for a database that somebody is about to drop or rename. */
const DATABASE_WAIT_MS = 5_000;
const NO_DATABASE = 0 as Oid;

/** Resolves role and database; FATAL SqlErrors when the client may not come in. */
export async function connect(parts: EngineParts, request: ConnectRequest): Promise<Connection> {
  const owner = new LockOwner(request.processId);
  const { locks } = parts.storage;
  for (;;) {
    const { role, database } = resolve(parts, owner, request);
    try {
      locks.acquire(owner, databaseTag(database), "AccessShare", true);
    } catch (wait) {
      if (!(wait instanceof Wait)) throw wait;
      await waitForDatabase(wait, request.database);
      continue;
    }
    // It may have been dropped or renamed while we waited for it.
    if (resolve(parts, owner, request).database === database) {
      return new EngineConnection(parts, owner, request, role, database);
    }
    locks.releaseAll(owner);
  }
}

function resolve(parts: EngineParts, owner: LockOwner, request: ConnectRequest) {
  const transaction = parts.storage.beginReading(NO_DATABASE, owner);
  const catalog = new Catalog(transaction);
  if (request.user === undefined) return resolveForServer(catalog, request.database);
  const role = resolveRole(catalog, request.user, parts.sessions);
  const database = resolveDatabase(catalog, request.database, role, parts.sessions);
  return { role, database };
}

async function waitForDatabase(wait: Wait, name: string): Promise<void> {
  const waiting = wait.start();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `database "${name}" is being dropped or renamed`;
      reject(new SqlError("55006", message, {}, "FATAL"));
    }, DATABASE_WAIT_MS);
  });
  try {
    await Promise.race([waiting.done, late]);
  } finally {
    clearTimeout(timer);
    waiting.cancel();
  }
}

const sessionRole = (row: RoleTuple | undefined): SessionRole | undefined =>
  row && { oid: row.oid, name: row.rolname, superuser: row.rolsuper };

class EngineConnection implements Connection {
  readonly database: { readonly oid: Oid; readonly name: string };
  readonly user: SessionRole;
  readonly defaults: readonly DefaultSetting[];
  readonly warnings: readonly Notice[];
  readonly sequences: SequenceAccess;
  readonly advisory: SessionAdvisoryLocks;
  readonly server: ServerFacts;
  readonly #parts: EngineParts;
  readonly #owner: LockOwner;
  readonly #step: Step;
  /** The newest committed rows. */
  readonly #newest: Catalog;

  constructor(
    parts: EngineParts,
    owner: LockOwner,
    request: ConnectRequest,
    role: SessionRole,
    database: Oid,
  ) {
    this.#parts = parts;
    this.#owner = owner;
    this.user = role;
    this.database = { oid: database, name: request.database };
    this.#newest = new Catalog(parts.storage.beginReading(database, owner));
    this.defaults = defaultSettings(this.#newest, database, role.oid);
    this.warnings = databaseWarnings(this.#newest, database);
    this.advisory = new SessionAdvisoryLocks(parts.storage.locks, owner, database);
    this.server = serverFacts(parts);
    this.#step = {
      sequences: new SessionSequences(parts.storage.sequences, role.oid),
      advisory: this.advisory,
    };
    this.sequences = this.#sequenceAccess();
    parts.sessions.add(owner.processId, database, role.oid);
    parts.statistics.opened(database);
  }

  begin(isolation: IsolationLevel): Transaction {
    const level = isolation === "read uncommitted" ? "read committed" : isolation;
    const transaction = this.#parts.storage.begin(this.database.oid, this.#owner, level);
    return new EngineTransaction(this.#parts, transaction, this.#step);
  }

  currentRole(role: Oid, transaction: Transaction | undefined): SessionRole | undefined {
    return sessionRole(this.catalog(transaction).find(pgAuthid, "key", [role]));
  }
  findRole(name: string, transaction: Transaction | undefined): SessionRole | undefined {
    return sessionRole(this.catalog(transaction).find(pgAuthid, "rolname", [name]));
  }
  hasRole(member: Role, role: Oid, transaction: Transaction | undefined): boolean {
    return hasRole(this.catalog(transaction), member.oid, role);
  }
  maySet(role: SessionRole, setting: string, transaction: Transaction | undefined): boolean {
    return role.superuser || mayParameter(this.catalog(transaction), role.oid, setting, "s");
  }
  isMember(member: Role, role: Role, transaction: Transaction | undefined): boolean {
    return isMember(this.catalog(transaction), member.oid, role.oid);
  }

  /** A query that runs has the pages to itself: what it calls reads them beside it. */
  catalog(transaction: Transaction | undefined): CatalogReader {
    return this.#step.catalog?.() ?? transaction?.catalog ?? this.#newest;
  }

  hasTemporary(): boolean {
    return findOwnTemporary(this.#newest) !== undefined;
  }

  locks(): readonly LockRow[] {
    return this.#parts.storage.locks.rows();
  }

  close(): void {
    this.#parts.sessions.remove(this.#owner.processId);
    this.#parts.storage.locks.releaseAll(this.#owner);
  }

  #sequenceAccess(): SequenceAccess {
    const { sequences } = this.#step;
    const catalog = () => {
      const reader = this.#step.catalog?.();
      assert(reader, "sequences are used by a running query");
      return reader;
    };
    return {
      isOwnTemporary: (sequence) => isOwnTemporary(catalog(), sequence),
      nextval: (_, sequence) => sequences.nextval(catalog(), sequence),
      setval: (_, sequence, value, called) => sequences.setval(catalog(), sequence, value, called),
      currval: (sequence) => sequences.currval(catalog(), sequence),
      lastval: () => sequences.lastval(catalog()),
      lastValue: (sequence) => sequences.lastValue(catalog(), sequence),
      discard: () => sequences.discard(),
    };
  }
}
