/** Starting, stopping and configuring the server, as whoever operates it sees it. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import pg from "pg";
import { psql } from "../support/psql.ts";
import { launch, NotStarted, run, spawnServer, temporaryDirectory } from "../support/server.ts";

const refused = async (ready: Promise<unknown>): Promise<NotStarted> => {
  const error: unknown = await ready.catch((thrown: unknown) => thrown);
  if (!(error instanceof NotStarted)) throw new Error("the server has started");
  return error;
};

describe("catalogd", () => {
  it("says how it is used", async () => {
    const help = run(["--help"]);
    expect(await help.exited).to.deep.equal({ code: 0, signal: null });
    expect(help.output)
      .to.match(/serve/)
      .and.match(/verify/)
      .and.match(/waldump/);
    const serve = run(["serve", "--help"]);
    expect(await serve.exited).to.deep.equal({ code: 0, signal: null });
    expect(serve.output).to.match(/--data <directory>.*CATALOGD_DATA.*default \.\/data/s);
    expect(serve.output).to.match(/--listen <address:port>/);
  });

  const badValues = [
    [["--listen", "0.0.0.0:1"], {}, /--listen: "0\.0\.0\.0" is not a loopback address/],
    [["--listen", "nonsense"], {}, /--listen: "nonsense" is not ADDRESS:PORT/],
    [["--listen", "127.0.0.1:99999"], {}, /--listen: "127\.0\.0\.1:99999" is not ADDRESS:PORT/],
    [["--max-connections", "many"], {}, /--max-connections: "many" is not a whole number/],
    [["--max-connections", "0"], {}, /--max-connections: /],
    [["--log-level", "loud"], {}, /--log-level: /],
    [["--database", "x".repeat(64)], {}, /--database: is longer than 63 bytes/],
    [[], { CATALOGD_MAX_CONNECTIONS: "-1" }, /CATALOGD_MAX_CONNECTIONS: /],
  ] as const;
  for (const [flags, environment, message] of badValues) {
    const given = [...flags, ...Object.entries(environment).map((pair) => pair.join("="))];
    it(`refuses ${given.join(" ").slice(0, 40)} before it opens anything`, async () => {
      const server = spawnServer({ flags, environment });
      const error = await refused(server.ready());
      expect(error.exit).to.deep.equal({ code: 2, signal: null });
      expect(error.message).to.match(message);
      expect(error.message).to.not.match(/\n +at /);
      expect(existsSync(server.directory)).to.equal(false);
    });
  }

  it("knows no other commands and flags", async () => {
    for (const parameters of [["nonsense"], ["serve", "--nonsense"], ["verify"]]) {
      const child = run(parameters);
      expect((await child.exited).code, parameters.join(" ")).to.not.equal(0);
      expect(child.log).to.match(/error: /);
    }
  });

  it("takes settings from the environment", async () => {
    const server = await launch({
      environment: { CATALOGD_DATABASE: "shop", CATALOGD_MAX_CONNECTIONS: "7" },
    });
    const { out } = await psql(server, ["-A", "-t", "-c", "SHOW max_connections"], {
      database: "shop",
    });
    expect(out).to.equal("7\n");
  });

  it("lets one server at a time have a data directory", async () => {
    const { directory } = await launch();
    const { exit, message } = await refused(spawnServer({ directory }).ready());
    expect(exit.code).to.equal(1);
    expect(message).to.match(/another server is using the data directory/);
    const verify = run(["verify", directory]);
    expect((await verify.exited).code).to.equal(1);
    expect(verify.log).to.match(/a server is using the data directory/);
  });

  it("does not start on a port in use, nor on what is no data directory", async () => {
    const { port } = await launch();
    const taken = await refused(spawnServer({ flags: ["--listen", `127.0.0.1:${port}`] }).ready());
    expect(taken.exit.code).to.equal(1);
    expect(taken.message).to.match(/EADDRINUSE/);
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    const noDirectory = await refused(spawnServer({ directory: file }).ready());
    expect(noDirectory.exit.code).to.equal(1);
  });

  it("ends its sessions by 57P01 at SIGTERM, and exits with 0", async () => {
    const server = await launch();
    const [idle, waiting, holder] = await Promise.all([1, 2, 3].map(() => connect(server)));
    const ended = [idle, waiting, holder].map(
      (client) => new Promise((resolve) => client?.once("error", resolve)),
    );
    await holder?.query("BEGIN; CREATE SCHEMA s");
    const wait = waiting?.query("CREATE SCHEMA s").catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const started = performance.now();
    expect(await server.process.stop()).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - started, "ms to stop").to.be.below(5_000);
    const message = "terminating connection due to administrator command";
    expect(await wait).to.include({ code: "57P01", message });
    for (const error of await Promise.all([ended[0], ended[2]])) {
      expect(error).to.include({ severity: "FATAL", code: "57P01", message });
    }
    const verify = run(["verify", server.directory]);
    expect((await verify.exited).code, verify.output).to.equal(0);
  });

  it("keeps what was committed, and goes on with a sequence where it stood", async () => {
    const first = await launch();
    const made = ["-q", "-c", "CREATE SEQUENCE s", "-A", "-t", "-c", "SELECT nextval('s')"];
    expect((await psql(first, made)).out).to.equal("1\n");
    await first.process.stop();
    const second = await launch({ directory: first.directory });
    const next = ["-A", "-t", "-c", "SELECT nextval('s')"];
    expect((await psql(second, next)).out).to.equal("2\n");
  });

  it("serves psql", async () => {
    const server = await launch();
    const { code, out, err } = await psql(server, [
      "-c",
      "CREATE TABLE t (id int PRIMARY KEY)",
      "-c",
      "\\dt",
      "-c",
      "SELECT nosuch",
    ]);
    expect(out).to.equal(
      "CREATE TABLE\n       List of relations\n Schema | Name | Type  | Owner \n" +
        "--------+------+-------+-------\n public | t    | table | root\n(1 row)\n\n",
    );
    expect(err).to.equal(
      'ERROR:  column "nosuch" does not exist\nLINE 1: SELECT nosuch\n               ^\n',
    );
    expect(code).to.equal(1);
  });

  it("prints its log", async () => {
    const server = await launch();
    await psql(server, ["-c", "CREATE SCHEMA app"]);
    await server.process.stop();
    const dump = run(["waldump", server.directory]);
    expect(await dump.exited).to.deep.equal({ code: 0, signal: null });
    expect(dump.output).to.match(
      /statement: CREATE SCHEMA app\n +insert pg_namespace db \d+: oid=/,
    );
    expect(dump.output).to.match(/end of log at lsn \d+/);
  });
});

async function connect({ host, port }: { host: string; port: number }): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user: "root", database: "dev" });
  client.on("error", () => {});
  await client.connect();
  return client;
}
