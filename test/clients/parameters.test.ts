/** Parameters of the real server: what they do to the wire, and after a kill. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import pg from "pg";
import { type Address, launch } from "../support/server.ts";

async function withClient<T>(
  { host, port }: Address,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ host, port, user: "root", database: "dev" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const parameters = async (client: pg.Client): Promise<string[]> => {
  const { rows } = await client.query(
    "SELECT name, value, source FROM rw_catalog.rw_system_parameters WHERE source <> 'default'",
  );
  return rows.map(({ name, value, source }) => `${name} ${value} ${source}`);
};

describe("parameters of the server", function () {
  this.timeout(60_000);

  it("survive kill -9; those of the command line win", async () => {
    const first = await launch({ flags: ["--busy-poll-micros", "20"] });
    await withClient(first, async (client) => {
      await client.query("ALTER SYSTEM SET busy_poll_micros = 30");
      await client.query("ALTER SYSTEM SET vacuum_slice_ms = 7");
      await client.query("ALTER SYSTEM SET work_mem = '8MB'");
    });
    await first.process.kill();
    const { directory } = first;
    const second = await launch({
      directory,
      environment: { CATALOGD_MAX_CONNECTIONS: "9", CATALOGD_DDL_HISTORY_DAYS: "3" },
    });
    await withClient(second, async (client) => {
      expect(await parameters(client)).to.deep.equal([
        "busy_poll_micros 30 configuration file",
        `data_directory ${directory} override`,
        "ddl_history_days 3 environment variable",
        "listen_addresses 127.0.0.1 command line",
        "max_connections 9 environment variable",
        `port ${second.port} command line`,
        "vacuum_slice_ms 7 configuration file",
      ]);
      const { rows } = await client.query("SHOW work_mem");
      expect(rows).to.deep.equal([{ work_mem: "8MB" }]);
    });
  });

  it("change how many clients come in, and how long they may take", async () => {
    const server = await launch({ flags: ["--log-level", "warn"] });
    await withClient(server, async (client) => {
      await client.query("ALTER SYSTEM SET max_connections = 1");
      const error = await withClient(server, async () => {}).catch((thrown: unknown) => thrown);
      expect(error).to.include({ code: "53300", message: "sorry, too many clients already" });
      await client.query("ALTER SYSTEM RESET max_connections");
      await withClient(server, async () => {});
      await client.query("ALTER SYSTEM SET authentication_timeout = 1");
      const silent = connect({ host: server.host, port: server.port });
      await once(silent, "close");
      await client.query("ALTER SYSTEM RESET ALL");
    });
  });

  it("change the size of a message for connections to come", async () => {
    const server = await launch();
    const long = { text: "SELECT length($1)", values: ["x".repeat(100_000)] };
    await withClient(server, async (client) => {
      await client.query("ALTER SYSTEM SET max_message_size = '64kB'");
      expect((await client.query(long)).rows).to.deep.equal([{ length: 100_000 }]);
    });
    const { host, port } = server;
    const client = new pg.Client({ host, port, user: "root", database: "dev" });
    client.on("error", () => {});
    await client.connect();
    const error = await client.query(long).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: "54000" });
  });
});
