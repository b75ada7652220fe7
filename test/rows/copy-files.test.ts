/** COPY with files of the server. Messages are PostgreSQL 15's. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { JobStage } from "../jobs/job-stage.ts";

describe("COPY with files of the server", () => {
  let stage: JobStage;
  const directory = mkdtempSync(join(tmpdir(), "catalogd-copy-"));
  const path = (name: string) => join(directory, name);

  before(async () => {
    stage = await JobStage.open();
    await stage.ask("create table t (id int, name text)");
  });
  after(async () => {
    await stage.close();
    rmSync(directory, { recursive: true });
  });

  it("reads what it has written, in every format", async () => {
    await stage.ask("insert into t select g, repeat('ä', g % 50) from generate_series(1, 5000) g");
    await stage.ask("create table u (like t)");
    for (const format of ["text", "csv", "binary"]) {
      await stage.ask(`copy t to '${path(format)}' (format ${format})`);
      await stage.ask(`copy u from '${path(format)}' (format ${format})`);
      expect(await stage.ask("table t except table u")).to.deep.equal([]);
      expect(await stage.value("select count(*) from u")).to.equal("5000");
      await stage.ask("truncate u");
    }
    await stage.ask("truncate t");
    await stage.ask("copy (select 1, 'one') to '/dev/null'");
  });

  it("replaces the file", async () => {
    writeFileSync(path("old"), "much that was there before\n");
    await stage.ask(`copy (values (1, 'a'), (2, null)) to '${path("old")}'`);
    expect(readFileSync(path("old"), "utf8")).to.equal("1\ta\n2\t\\N\n");
  });

  it("says where in the file a value is wrong, and keeps nothing of it", async () => {
    writeFileSync(path("wrong"), "1\tone\nx\ttwo\n");
    expect(await stage.wrong(`copy t from '${path("wrong")}'`)).to.equal(
      '22P02 invalid input syntax for type integer: "x"',
    );
    expect(await stage.ask("table t")).to.deep.equal([]);
  });

  it("says why there is no file", async () => {
    const hint = (command: string, does: string) =>
      ` HINT ${command} instructs the PostgreSQL server process to ${does} a file.` +
      " You may want a client-side facility such as psql's \\copy.";
    const none = path("none");
    expect(await stage.wrong(`copy t from '${none}'`)).to.equal(
      `58P01 could not open file "${none}" for reading: No such file or directory` +
        hint("COPY FROM", "read"),
    );
    expect(await stage.wrong(`copy t to '${none}/x'`)).to.equal(
      `58P01 could not open file "${none}/x" for writing: No such file or directory` +
        hint("COPY TO", "write"),
    );
    expect(await stage.wrong("copy t from 'none'")).to.match(
      /^58P01 could not open file "none" for reading: No such file or directory/,
    );
    expect(await stage.wrong("copy t to 'none'")).to.equal(
      "42602 relative path not allowed for COPY to file",
    );
    expect(await stage.wrong(`copy t from '${directory}'`)).to.equal(
      `42809 "${directory}" is a directory`,
    );
    expect(await stage.wrong(`copy t to '${directory}'`)).to.equal(
      `42809 could not open file "${directory}" for writing: Is a directory`,
    );
  });

  it("waits for no pipe", async () => {
    execFileSync("mkfifo", [path("pipe")]);
    expect(await stage.wrong(`copy t from '${path("pipe")}'`)).to.equal(
      `0A000 COPY of "${path("pipe")}", which is no regular file, is not supported`,
    );
  });

  it("is for roles that may read and write files", async () => {
    await stage.ask("create role reader login; grant pg_read_server_files to reader");
    await stage.ask("grant all on t to reader");
    const reader = await stage.session("reader");
    await reader.ask(`copy t from '${path("old")}'`);
    expect(await stage.value("select count(*) from t")).to.equal("2");
    expect(await stage.wrong(`copy t to '${path("mine")}'`, reader)).to.match(
      /^42501 must be superuser or have privileges of the pg_write_server_files role to COPY to a/,
    );
    reader.close();
  });
});
