/**
 * The real engine, whose views a session maintains: REFRESH MATERIALIZED VIEW CONCURRENTLY takes in
 * what has changed since it last did. The epoch between is leased, as whoever maintains views does.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Epoch, Oid } from "../../src/base/ids.ts";
import { pgClass } from "../../src/catalog/relations/pg-class.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import type {
  Connection,
  ConnectRequest,
  MaintainedView,
  Transaction,
} from "../../src/sql/session/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import type { Lease } from "../../src/txn/snapshot-leases.ts";
import { LocalSession } from "./local-session.ts";
import { derived } from "./receiving-engine.ts";
import { SimDisk } from "./sim-disk.ts";

export class MaintainingEngine {
  readonly engine: CatalogEngine;
  readonly #directory: string;
  readonly #leases = new Map<string, Lease>();
  readonly #service: Sessions;
  #done: MaintainedView | undefined;

  static async open(): Promise<MaintainingEngine> {
    const directory = mkdtempSync(join(tmpdir(), "catalogd-views-"));
    const onFatal = (error: Error) => {
      throw error;
    };
    const options = { directory, disk: new SimDisk(), database: "dev", onFatal };
    return new MaintainingEngine(await CatalogEngine.open(options), directory);
  }

  private constructor(engine: CatalogEngine, directory: string) {
    this.engine = engine;
    this.#directory = directory;
    const connect = async (request: ConnectRequest): Promise<Connection> => {
      const connection = await engine.connect(request);
      return derived(connection, {
        begin: (isolation) => this.#maintaining(connection.begin(isolation)),
      });
    };
    this.#service = new Sessions({ engine: derived(engine, { connect }) });
  }

  #maintaining(transaction: Transaction): Transaction {
    return derived(transaction, {
      executeDdl: (statement, context, marks) => {
        if (statement.kind !== "refreshMaterializedView" || !statement.concurrently) {
          return transaction.executeDdl(statement, context, marks);
        }
        const { name } = statement.view;
        const found = [...transaction.catalog.all(pgClass)].find(({ relname }) => relname === name);
        const view = (found?.oid ?? 0) as Oid;
        const since = this.sinceOf(name);
        const maintain = { kind: "maintain", view, since, isLevel: false } as const;
        const done = transaction.executeDdl(maintain, context, marks);
        return done?.then((result) => {
          if (result?.kind === "maintained") this.#done = result;
          return result;
        });
      },
    });
  }

  session(): Promise<LocalSession> {
    return LocalSession.open(this.#service, "dev");
  }

  /** Versions of finished bulks get their epochs a few at a time, so that both kinds are met. */
  settleSlowly(): void {
    const { store } = this.engine.storage;
    const settle = store.settleBulks.bind(store);
    let asked = 0;
    store.settleBulks = () => {
      if (asked++ % 50 === 0) settle(5);
    };
  }

  sinceOf(view: string): Epoch | undefined {
    return this.#leases.get(view)?.epoch;
  }

  /** The view is that of its query at this epoch, which stays readable; undefined: nobody knows. */
  note(view: string, epoch: Epoch | undefined): void {
    this.#leases.get(view)?.release();
    if (epoch === undefined) this.#leases.delete(view);
    else this.#leases.set(view, this.engine.storage.leases.take(epoch));
  }

  /** In a transaction of its own; throws its error. */
  async maintain(session: LocalSession, view: string): Promise<MaintainedView> {
    this.#done = undefined;
    await session.ask(`refresh materialized view concurrently ${view}`);
    const done = this.#done as MaintainedView | undefined;
    if (!done) throw new Error(`${view} was not maintained`);
    this.note(view, done.epoch);
    return done;
  }

  async close(): Promise<void> {
    await this.engine.close();
    rmSync(this.#directory, { recursive: true });
  }
}
