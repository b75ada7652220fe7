/** The whole server inside the test's own process, for suites that ask it many things. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NodeDisk } from "../../src/base/disk.ts";
import { createServer, type Server } from "../../src/pgwire/server.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import type { Address } from "./server.ts";

export class OwnServer implements Address {
  readonly host: string;
  readonly port: number;
  readonly engine: CatalogEngine;
  readonly #server: Server;
  readonly #directory: string;

  static async open(): Promise<OwnServer> {
    const directory = mkdtempSync(join(tmpdir(), "catalogd-own-"));
    const engine = await CatalogEngine.open({
      directory,
      disk: new NodeDisk(),
      database: "dev",
      onFatal: (error) => {
        throw error;
      },
    });
    const fail = (fields: { readonly err?: unknown }) => {
      process.stderr.write(`${fields.err instanceof Error ? fields.err.stack : fields.err}\n`);
    };
    const server = createServer({ logger: { error: fail, warn: fail } });
    const { host, port } = await server.listen("127.0.0.1:0");
    server.serve(new Sessions({ engine }));
    return new OwnServer(engine, server, directory, host, port);
  }

  private constructor(
    engine: CatalogEngine,
    server: Server,
    directory: string,
    host: string,
    port: number,
  ) {
    this.engine = engine;
    this.#server = server;
    this.#directory = directory;
    this.host = host;
    this.port = port;
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.engine.close();
    rmSync(this.#directory, { recursive: true });
  }
}
