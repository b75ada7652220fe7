/** STATEMENTS OF THE SERVER'S OWN, in sessions of its own, and the catalog as they find it. */
import type { Oid } from "../../base/ids.ts";
import type { Logger } from "../../base/logger.ts";
import { SqlError } from "../../base/sql-error.ts";
import { Catalog } from "../../catalog/catalog.ts";
import type { StepStatement } from "../../catalog/job-statement.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { LockOwner } from "../../txn/lock-manager.ts";
import type { Storage } from "../../txn/storage.ts";
import type { Sessions } from "../session/service.ts";
import type { CatalogSession } from "../session/session.ts";

/** Errors that a statement may get by what others do: it is tried again. */
const AGAIN = new Set(["40001", "40P01", "55P03"]);

export const isPassing = (error: unknown): boolean =>
  error instanceof SqlError && AGAIN.has(error.code);

export class ServerWork {
  readonly storage: Storage;
  readonly logger: Logger;
  sessions: Sessions | undefined;
  readonly #running = new Set<Promise<void>>();

  constructor(storage: Storage, logger: Logger) {
    this.storage = storage;
    this.logger = logger;
  }

  *catalogs(): Iterable<Catalog> {
    const all = this.catalog(0 as Oid);
    for (const { oid } of all.all(pgDatabase)) yield this.catalog(oid);
  }

  /** The newest rows of a database. */
  catalog(database: Oid): Catalog {
    return new Catalog(this.storage.beginReading(database, new LockOwner(0)));
  }

  /** What was committed is noted now. */
  publish(): void {
    this.storage.sequencer.publish();
  }

  /** Throws 3D000. */
  async open(database: Oid): Promise<CatalogSession> {
    const name = this.catalog(database).find(pgDatabase, "key", [database])?.datname;
    if (name === undefined || !this.sessions) {
      throw new SqlError("3D000", `database ${database} does not exist`);
    }
    return await this.sessions.openInternal(name);
  }

  /** In a session for it alone. */
  async alone(database: Oid, body: StepStatement): Promise<void> {
    const session = await this.open(database);
    try {
      await session.runInternal(body);
    } finally {
      session.close();
    }
  }

  /** It never rejects: its failure is logged, but for a lock that somebody holds. */
  once(database: Oid, body: StepStatement): Promise<void> {
    const ran = this.#attempt(database, body).finally(() => this.#running.delete(ran));
    this.#running.add(ran);
    return ran;
  }

  async #attempt(database: Oid, body: StepStatement): Promise<void> {
    try {
      await this.alone(database, body);
    } catch (error) {
      if (isPassing(error)) return;
      this.logger.error({ err: error, body }, "a statement of a job failed");
    }
  }

  /** Until all that was begun by `once` has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }
}
