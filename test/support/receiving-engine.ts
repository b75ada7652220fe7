/**
 * The real engine with tables that take the rows of COPY FROM and forget them, for what COPY does
 * before a row is stored.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqlError } from "../../src/base/sql-error.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import type {
  Connection,
  ConnectRequest,
  Engine,
  ReceiverTarget,
  ResultRow,
  RowReceiver,
  Transaction,
} from "../../src/sql/session/engine.ts";
import type { Parameters } from "../../src/sql/settings/parameters.ts";
import { SimDisk } from "./sim-disk.ts";

export class ReceivingEngine implements Engine {
  readonly rows: ResultRow[] = [];
  /** What every row waits for. */
  gate: Promise<void> | undefined;
  readonly #engine: CatalogEngine;
  readonly #directory: string;

  static async open(): Promise<ReceivingEngine> {
    const directory = mkdtempSync(join(tmpdir(), "catalogd-receiving-"));
    const onFatal = (error: Error) => {
      throw error;
    };
    const options = { directory, disk: new SimDisk(), database: "dev", onFatal };
    return new ReceivingEngine(await CatalogEngine.open(options), directory);
  }

  private constructor(engine: CatalogEngine, directory: string) {
    this.#engine = engine;
    this.#directory = directory;
  }

  get parameters(): Parameters {
    return this.#engine.parameters;
  }
  get serverStartTime(): bigint {
    return this.#engine.serverStartTime;
  }
  now(): bigint {
    return this.#engine.now();
  }
  checkpoint(): void {
    this.#engine.checkpoint();
  }
  createSpillFile() {
    return this.#engine.createSpillFile();
  }
  async connect(request: ConnectRequest): Promise<Connection> {
    const connection = await this.#engine.connect(request);
    return derived(connection, {
      begin: (isolation) =>
        derived<Transaction>(connection.begin(isolation), {
          openReceiver: (target) => this.#receiver(target),
        }),
    });
  }

  /** Of the columns only the first may be NOT NULL; it is so in a table named "n". */
  #receiver({ name }: ReceiverTarget): RowReceiver {
    const message = `null value in column "id" of relation "${name}" violates not-null constraint`;
    const fields = { schema: "public", table: name, column: "id" };
    const detail = "Failing row contains (null, x).";
    const before = this.rows.length;
    return {
      isBatched: false,
      checkDomain: () => {},
      receive: (row) => {
        if (name === "n" && row[0] === null)
          throw new SqlError("23502", message, { ...fields, detail });
        this.rows.push(row);
        if (this.gate !== undefined) return this.gate;
        // Some rows are taken at once, others later.
        return this.rows.length % 2 === 0 ? Promise.resolve() : undefined;
      },
      finish: () => this.rows.length - before,
    };
  }

  async close(): Promise<void> {
    await this.#engine.close();
    rmSync(this.#directory, { recursive: true });
  }
}

/** The object with some of its methods replaced; the others keep their own `this`. */
export function derived<T extends object>(object: T, replaced: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const own = (replaced as Record<PropertyKey, unknown>)[name];
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
