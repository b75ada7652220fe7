import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { quoteIdentifier, splitIdentifiers } from "../../src/sql/settings/lists.ts";
import { Parameters } from "../../src/sql/settings/parameters.ts";
import { allSettings } from "../../src/sql/settings/registry.ts";
import { SessionSettings } from "../../src/sql/settings/session-settings.ts";
import { formatSetting, parseSetting } from "../../src/sql/settings/value.ts";
import { Client } from "./session-client.ts";
import { FakeEngine } from "./session-fake-engine.ts";
import { recorded } from "./settings-recorded.ts";

describe("settings", () => {
  it("answer SET and SHOW as PostgreSQL 15 was recorded", async () => {
    const client = await Client.connect(new FakeEngine(), { settings: [["TimeZone", "Etc/UTC"]] });
    for (const [name, value, answer] of recorded) {
      const said: unknown = await client.query(`set ${name} = ${value}`);
      const lines = said as string[];
      const error = lines.find((line) => line.startsWith("E "));
      const what = `set ${name} = ${value}`;
      if (typeof answer === "string") {
        expect(error, what).to.equal(undefined);
        expect(await client.query(`show ${name}`), what).to.include(`D ${answer}`);
      } else expect(error, what).to.equal(`E ${answer.code} ${answer.message}`);
    }
  });

  it("have details and hints as recorded", () => {
    const settings = new SessionSettings(new Parameters(), () => undefined);
    for (const [name, value, answer] of recorded) {
      if (typeof answer === "string" || (!answer.hint && !answer.detail)) continue;
      const written = value.replace(/^'(.*)'$/, "$1");
      const { hint, detail } = answer;
      const thrown = catchSqlError(() =>
        settings.set(name.replaceAll('"', ""), written, false, () => true),
      );
      expect([thrown.fields.hint, thrown.fields.detail], name).to.deep.equal([hint, detail]);
    }
  });

  it("have initial values that they would accept, and show them", () => {
    for (const definition of allSettings) {
      if (definition.only?.length === 0) continue;
      const parsed = parseSetting(definition, definition.name, definition.initial);
      expect(parsed, definition.name).to.equal(definition.initial);
      expect(formatSetting(definition, parsed)).to.be.a("string");
    }
  });

  it("refuse by name a value that would mean what this server does not do", async () => {
    const client = await Client.connect(new FakeEngine());
    for (const [text, message] of [
      ["set standard_conforming_strings = off", "standard_conforming_strings = off"],
      ["set transform_null_equals = on", "transform_null_equals = on"],
      ["set timezone = 'EST5EDT,M3.2.0,M11.1.0'", "TimeZone = EST5EDT,M3.2.0,M11.1.0"],
    ] as const) {
      expect(await client.query(text)).to.deep.equal([`E 0A000 ${message} is not supported`, "I"]);
    }
  });

  it("belong to the transaction", async () => {
    const client = await Client.connect(new FakeEngine());
    const show = async () => (await client.query("show work_mem")).find((line) => line[0] === "D");
    await client.query("begin; set work_mem = '1MB'; set local work_mem = '2MB'");
    expect(await show()).to.equal("D 2MB");
    await client.query("commit");
    expect(await show()).to.equal("D 1MB");
    await client.query("begin; set local work_mem = '2MB'; set work_mem = '3MB'; savepoint s");
    await client.query("set work_mem = '4MB'; rollback to s");
    expect(await show()).to.equal("D 3MB");
    await client.query("set work_mem = '5MB'; release s; rollback");
    expect(await show()).to.equal("D 1MB");
    await client.query("set work_mem = '6MB'; select fail()");
    expect(await show()).to.equal("D 1MB");
    await client.query("begin; select set_config('work_mem', '7MB', true); commit");
    expect(await show()).to.equal("D 1MB");
    await client.query("reset work_mem");
    expect(await show()).to.equal("D 4MB");
  });

  it("are reported to the client when they change, and when a change is taken back", async () => {
    const client = await Client.connect(new FakeEngine());
    expect(await client.query("set application_name = 'x'; set datestyle = sql")).to.deep.equal([
      "C SET",
      "C SET",
      "S application_name=x",
      "S DateStyle=SQL, MDY",
      "I",
    ]);
    expect(await client.query("set application_name = 'x'")).to.deep.equal(["C SET", "I"]);
    expect(await client.query("begin; set timezone = 'asia/tokyo'")).to.include(
      "S TimeZone=Asia/Tokyo",
    );
    expect(await client.query("rollback")).to.deep.equal(["C ROLLBACK", "S TimeZone=UTC", "I"]);
    expect(await client.query("set role guest")).to.include("S is_superuser=off");
    expect(await client.query("discard all")).to.include.members([
      "S is_superuser=on",
      "S application_name=",
      "S DateStyle=ISO, MDY",
    ]);
  });

  it("ask who wants to change them", async () => {
    const client = await Client.connect(new FakeEngine(), { user: "guest" });
    expect(await client.query("set session_replication_role = replica")).to.deep.equal([
      'E 42501 permission denied to set parameter "session_replication_role"',
      "I",
    ]);
    expect(await client.query("set role root")).to.include(
      'E 42501 permission denied to set role "root"',
    );
    expect(await client.query("set session authorization root")).to.include(
      'E 42501 permission denied to set session authorization "root"',
    );
    const root = await Client.connect(new FakeEngine());
    await root.query("set session authorization guest");
    expect(await root.query("show session_authorization")).to.include("D guest");
    expect(await root.query("set role root")).to.include(
      'E 42501 permission denied to set role "root"',
    );
    expect(await root.query("reset session authorization; show session_authorization")).to.include(
      "D root",
    );
  });

  it("come with the connection, and fail it when they are wrong", async () => {
    const engine = new FakeEngine();
    const client = await Client.connect(engine, {
      settings: [
        ["options.x", "1"],
        ["DateStyle", "German"],
      ],
    });
    expect(await client.query("show datestyle")).to.include("D German, DMY");
    expect(await client.query("set datestyle = iso; reset datestyle; show datestyle")).to.include(
      "D German, DMY",
    );
    for (const setting of [
      ["nope", "1"],
      ["work_mem", "x"],
      ["port", "1"],
    ] as const) {
      const error = await Client.connect(engine, { settings: [setting] }).then(
        () => undefined,
        (thrown: SqlError) => thrown,
      );
      expect(error?.severity).to.equal("FATAL");
    }
    expect(engine.log.at(-1)).to.equal("close");
  });

  it("are listed by SHOW ALL with name, value and description", async () => {
    const client = await Client.connect(new FakeEngine());
    const lines = await client.query("show all");
    expect(lines[0]).to.equal("T name,setting,description");
    expect(lines).to.include(
      "D work_mem,4MB,Sets the maximum memory to be used for query workspaces.",
    );
    const names = lines
      .slice(1, -2)
      .map((line) => line.slice(2).split(",")[0]?.toLowerCase() ?? "");
    expect(names).to.deep.equal([...names].sort());
    expect(names).to.not.include("role");
  });
});

describe("lists of identifiers", () => {
  it("are split and quoted as PostgreSQL does", () => {
    expect(splitIdentifiers(' "$user", Public ,"a""b" ')).to.deep.equal(["$user", "public", 'a"b']);
    expect(splitIdentifiers("")).to.deep.equal([]);
    for (const wrong of ["a,", ",a", 'a "b"', '"a'])
      expect(splitIdentifiers(wrong)).to.equal(undefined);
    expect(["a_1", "A", "select", "a b", 'a"b', ""].map(quoteIdentifier)).to.deep.equal([
      "a_1",
      '"A"',
      '"select"',
      '"a b"',
      '"a""b"',
      '""',
    ]);
  });
});

function catchSqlError(work: () => void): SqlError {
  try {
    work();
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
