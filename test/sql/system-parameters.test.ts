/** Parameters of the server: ALTER SYSTEM, what it refuses, and who is told. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { CatalogEngine } from "../../src/sql/engine/engine.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { Parameters } from "../../src/sql/settings/parameters.ts";
import { systemParameters } from "../../src/sql/settings/system-parameters.ts";
import { LocalSession } from "../support/local-session.ts";
import { SimDisk } from "../support/sim-disk.ts";

describe("parameters", () => {
  it("are the flag's, else the stored one, else the environment's, else the default", () => {
    const value = (source?: "command line" | "environment variable" | "default") => {
      const given = source && [{ name: "max_connections", value: "7", source } as const];
      const parameters = new Parameters(given);
      const before = parameters.get("max_connections");
      parameters.store("max_connections", "9");
      const stored = parameters.get("max_connections");
      return [before, stored, parameters.startOf("max_connections")?.source];
    };
    expect(value("command line")).to.deep.equal([7, 7, "command line"]);
    expect(value("environment variable")).to.deep.equal([7, 9, "configuration file"]);
    expect(value("default")).to.deep.equal([7, 9, "configuration file"]);
    expect(value()).to.deep.equal([100, 9, "configuration file"]);
  });

  it("tell who listens of a change, and of nothing else", () => {
    const parameters = new Parameters();
    const told: unknown[] = [];
    const end = parameters.onChange("autovacuum", (isOn) => told.push(isOn));
    parameters.onChange("vacuum_pause_ms", (ms) => told.push(ms));
    parameters.store("autovacuum", "on");
    parameters.store("autovacuum", "off");
    parameters.store("vacuum_pause_ms", "1s");
    parameters.store("work_mem", "1MB");
    parameters.store("autovacuum", undefined);
    end();
    parameters.store("autovacuum", "no");
    parameters.store("vacuum_pause_ms", undefined);
    expect(told).to.deep.equal([false, 1000, true, 20]);
  });

  it("pass over a stored value that does not fit any more, and say so", () => {
    const said: string[] = [];
    const parameters = new Parameters([], (message) => said.push(message));
    parameters.store("vacuum_slice_ms", "5");
    parameters.store("vacuum_slice_ms", "100000");
    parameters.store("nonsense", "1");
    expect(parameters.get("vacuum_slice_ms")).to.equal(2);
    expect(said).to.deep.equal([
      "the stored value of vacuum_slice_ms is passed over: 100000 ms is outside the valid range " +
        'for parameter "vacuum_slice_ms" (1 .. 1000)',
      "the stored value of nonsense is passed over: " +
        'unrecognized configuration parameter "nonsense"',
    ]);
  });

  it("have values of their types", () => {
    const parameters = new Parameters();
    const types = { bool: "boolean", integer: "number", real: "number" } as const;
    for (const { name, type } of systemParameters) {
      const due = type === "string" || type === "enum" ? "string" : types[type];
      expect(parameters.get(name), name).to.be.a(due);
    }
  });
});

describe("ALTER SYSTEM", function () {
  this.timeout(60_000);
  let directory: string;
  let disk: SimDisk;
  let engine: CatalogEngine;
  let service: Sessions;
  let root: LocalSession;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "catalogd-parameters-"));
    disk = new SimDisk();
    await start();
    await root.ask("create role guest login");
  });
  afterEach(async () => {
    await root.ask("alter system reset all");
  });
  after(async () => {
    await stop();
    rmSync(directory, { recursive: true });
  });

  async function start(parameters = new Parameters()): Promise<void> {
    const onFatal = (error: Error) => {
      throw error;
    };
    engine = await CatalogEngine.open({ directory, disk, database: "dev", onFatal, parameters });
    service = new Sessions({ engine });
    root = await LocalSession.open(service, "dev");
  }
  async function stop(): Promise<void> {
    root.close();
    await engine.close();
  }

  const firstOf = async (session: LocalSession, text: string) => (await session.ask(text))[0];
  async function failure(session: LocalSession, text: string): Promise<string> {
    const error = await session.ask(text).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof SqlError)) return "done";
    const { hint, detail } = error.fields;
    return [error.code, error.message, detail, hint].filter(Boolean).join(" | ");
  }

  const refusals = [
    [
      "set max_connection = 1",
      '42704 | unrecognized configuration parameter "max_connection" | ' +
        'Perhaps you meant the parameter "max_connections".',
    ],
    ["set nonsense = 1", '42704 | unrecognized configuration parameter "nonsense"'],
    ["reset own.setting", '42704 | unrecognized configuration parameter "own.setting"'],
    ["set data_directory = 'x'", '55P02 | parameter "data_directory" cannot be changed'],
    ["set port = 1", '55P02 | parameter "port" cannot be changed'],
    ["set wal_segment_size = 1", '55P02 | parameter "wal_segment_size" cannot be changed'],
    [
      "set transaction_isolation = 'x'",
      '55P02 | parameter "transaction_isolation" cannot be changed',
    ],
    ["set role = 'guest'", '55P02 | parameter "role" cannot be changed'],
    [
      "set max_connections = 0",
      '22023 | 0 is outside the valid range for parameter "max_connections" (1 .. 10000)',
    ],
    [
      "set vacuum_pause_ms = '1min'",
      '22023 | 60000 ms is outside the valid range for parameter "vacuum_pause_ms" (0 .. 10000)',
    ],
    ["set autovacuum = 'maybe'", '22023 | parameter "autovacuum" requires a Boolean value'],
    [
      "set log_level = 'loud'",
      '22023 | invalid value for parameter "log_level": "loud" | ' +
        "Available values: fatal, error, warn, info, debug, trace, silent.",
    ],
    [
      "set max_message_size = '1x'",
      '22023 | invalid value for parameter "max_message_size": "1x" | ' +
        'Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".',
    ],
    ["set work_mem = 65, 66", "22023 | SET work_mem takes only one argument"],
    [
      "set application_name = E'a\\nb'",
      "22023 | parameter value for ALTER SYSTEM must not contain a newline",
    ],
    ["set array_nulls = off", "0A000 | array_nulls = off is not supported"],
    [
      "set datestyle = 'nonsense'",
      '22023 | invalid value for parameter "DateStyle": "nonsense" | ' +
        'Unrecognized key word: "nonsense".',
    ],
  ] as const;
  for (const [text, due] of refusals) {
    it(`refuses ${text.replace("\\n", " ")}`, async () => {
      expect(await failure(root, `alter system ${text}`)).to.equal(due);
    });
  }

  it("is for superusers, outside transaction blocks, and in read-only transactions too", async () => {
    const guest = await LocalSession.open(service, "dev", "guest");
    const denied = (what: string) => `42501 | permission denied to ${what}`;
    expect(await failure(guest, "alter system set work_mem = 64")).to.equal(
      denied('set parameter "work_mem"'),
    );
    expect(await failure(guest, "alter system reset nonsense")).to.equal(
      denied('set parameter "nonsense"'),
    );
    expect(await failure(guest, "alter system reset all")).to.equal(
      denied("perform ALTER SYSTEM RESET ALL"),
    );
    const rows = await guest.ask("select name from rw_catalog.rw_system_parameters");
    const hidden = systemParameters.filter((parameter) => "superusersOnly" in parameter);
    expect(rows).to.have.length(systemParameters.length - hidden.length);
    guest.close();
    const inBlock = "25001 | ALTER SYSTEM cannot run inside a transaction block";
    expect(await failure(root, "begin; alter system reset all")).to.equal(inBlock);
    await root.run("rollback");
    expect(await failure(root, "select 1; alter system reset all")).to.equal(inBlock);
    await root.ask("set default_transaction_read_only = on");
    expect(await failure(root, "alter system set work_mem = 64")).to.equal("done");
    await root.ask("reset default_transaction_read_only");
  });

  it("changes what SET may not change", async () => {
    const now = '55P02 | parameter "vacuum_pause_ms" cannot be changed now';
    expect(await failure(root, "set vacuum_pause_ms = 1")).to.equal(now);
    expect(await failure(root, "reset vacuum_pause_ms")).to.equal(now);
    expect(await failure(root, "select set_config('vacuum_pause_ms', '1', false)")).to.equal(now);
    expect(await failure(root, "alter role all set vacuum_pause_ms = 1")).to.equal(now);
    expect((await root.run("alter system set vacuum_pause_ms to '1s'")).at(-1)).to.deep.equal({
      kind: "tag",
      tag: "ALTER SYSTEM",
    });
    expect(engine.parameters.get("vacuum_pause_ms")).to.equal(1000);
    expect(await firstOf(root, "show vacuum_pause_ms")).to.deep.equal(["1s"]);
    expect(await firstOf(root, "select current_setting('vacuum_pause_ms')")).to.deep.equal(["1s"]);
    const line = `select value, mutable, type, unit, "default", min, max, source
      from rw_catalog.rw_system_parameters where name = 'vacuum_pause_ms'`;
    const file = "configuration file";
    expect(await firstOf(root, line)).to.deep.equal([
      "1000",
      "t",
      "integer",
      "ms",
      "20",
      "0",
      "10000",
      file,
    ]);
    await root.ask("alter system set vacuum_pause_ms = default");
    expect(await firstOf(root, "show vacuum_pause_ms")).to.deep.equal(["20ms"]);
    expect((await firstOf(root, line))?.at(-1)).to.equal("default");
    expect(
      await firstOf(
        root,
        "select objects from rw_catalog.rw_ddl_history order by epoch desc limit 1",
      ),
    ).to.deep.equal(['{"altered parameter vacuum_pause_ms"}']);
  });

  it("gives sessions settings to begin with, weaker than all others", async () => {
    const source = `select setting, source, reset_val from pg_settings where name = 'work_mem'`;
    const other = await LocalSession.open(service, "dev");
    await other.ask("set work_mem = '3MB'");
    await root.ask("alter system set sort_mem = '2MB'");
    await root.ask("alter system set search_path = 'A b', public");
    const file = "configuration file";
    expect(await firstOf(root, source)).to.deep.equal(["2048", file, "2048"]);
    expect(await firstOf(root, "show search_path")).to.deep.equal(['"A b", public']);
    expect(await firstOf(other, source)).to.deep.equal(["3072", "session", "2048"]);
    await other.ask("reset work_mem");
    expect(await firstOf(other, source)).to.deep.equal(["2048", file, "2048"]);
    other.close();
    await root.ask("alter role all set work_mem = '5MB'");
    const third = await LocalSession.open(service, "dev");
    expect(await firstOf(third, source)).to.deep.equal(["5120", "global", "5120"]);
    expect(await firstOf(third, "show search_path")).to.deep.equal(['"A b", public']);
    third.close();
    await root.ask("alter role all reset all");
    await root.ask("alter system reset search_path");
    expect(await firstOf(root, "show search_path")).to.deep.equal(['"$user", public']);
  });

  it("is there after a restart, where a flag wins", async () => {
    await root.ask("alter system set vacuum_retain_epochs = 5");
    await root.ask("alter system set busy_poll_micros = 7");
    await root.ask("alter system set lock_timeout = '3s'");
    await stop();
    await start();
    const told = `select name, setting, source from pg_settings where source <> 'default'
      and source <> 'override' order by name`;
    const file = "configuration file";
    expect(await root.ask(told)).to.deep.equal([
      ["busy_poll_micros", "7", file],
      ["lock_timeout", "3000", file],
      ["vacuum_retain_epochs", "5", file],
    ]);
    await root.ask("alter system reset busy_poll_micros");
    await stop();
    const flag = { name: "vacuum_retain_epochs", value: "1", source: "command line" } as const;
    await start(new Parameters([flag]));
    expect(await root.ask(told)).to.deep.equal([
      ["lock_timeout", "3000", file],
      ["vacuum_retain_epochs", "1", "command line"],
    ]);
    await root.ask("alter system set vacuum_retain_epochs = 9");
    expect(await firstOf(root, "show vacuum_retain_epochs")).to.deep.equal(["1"]);
    await stop();
    await start();
    expect(await firstOf(root, "show vacuum_retain_epochs")).to.deep.equal(["9"]);
  });

  it("reaches the parts at once: vacuum, the history of commits, the queue of notifications", async () => {
    const { vacuum, sequencer } = engine.storage;
    await root.ask("alter system set vacuum_retain_epochs = 3");
    expect(vacuum.horizon).to.equal(sequencer.epoch - 3);
    const history = "select count(*) from rw_catalog.rw_ddl_history";
    expect(Number((await firstOf(root, history))?.[0])).to.be.above(1);
    await root.ask("alter system set ddl_history_days = 0");
    expect(await firstOf(root, history)).to.deep.equal(["0"]);
    await root.ask("create schema unseen");
    expect(await firstOf(root, history)).to.deep.equal(["0"]);
    await root.ask("alter system set ddl_history_days = 1");
    await root.ask("drop schema unseen");
    expect(await firstOf(root, history)).to.deep.equal(["1"]);
    await root.ask("alter system set notify_queue_size = '64kB'");
    const listener = await LocalSession.open(service, "dev");
    await listener.ask("listen c");
    await listener.ask("begin");
    await root.ask("select pg_notify('c', repeat('x', 7000))");
    expect(listener.ended()).to.equal(false);
    await root.ask("begin");
    for (let at = 0; at < 9; at++)
      await root.ask(`select pg_notify('c', '${at}' || repeat('x', 7000))`);
    await root.ask("commit");
    expect(listener.ended()).to.equal(true);
  });

  it("limits what a session holds", async () => {
    const excess = (what: string, limit: number) =>
      `53400 | too many ${what} | A session may have ${limit} at a time.`;
    await root.ask("alter system set max_portals = 1");
    await root.ask("alter system set max_prepared_statements = 2");
    await root.ask("alter system set max_savepoints = 3");
    await root.ask("begin; declare a cursor for select 1; savepoint s");
    expect(await failure(root, "declare b cursor for select 1")).to.equal(excess("cursors", 1));
    expect(await failure(root, "rollback to s; savepoint s; savepoint s")).to.equal("done");
    expect(await failure(root, "savepoint s")).to.equal(excess("savepoints", 3));
    await root.ask("rollback");
    await root.ask("prepare a as select 1; prepare b as select 1");
    const third = "prepare c as select 1";
    expect(await failure(root, third)).to.equal(excess("prepared statements", 2));
    await root.ask("alter system reset max_prepared_statements");
    expect(await failure(root, third)).to.equal("done");
    await root.ask("deallocate all");
  });
});
