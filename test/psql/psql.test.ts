/**
 * psql's OWN OUTPUT for scripts of SQL and backslash commands, compared with what it was on
 * PostgreSQL 15.
 *
 * Each *.psql beside this file runs in an empty database of one server, and what psql printed is
 * compared with the *.out of the same name. At the end nothing may be wrong in the catalogs.
 * UPDATE=1 with PG_PORT records it from a PostgreSQL 15 server at 127.0.0.1:PG_PORT, of which root
 * is a superuser.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "chai";
import { psql } from "../support/psql.ts";
import { type Address, launchForSuite, run, type Server } from "../support/server.ts";

const DATABASE = "oracle_run";

describe("psql prints what it prints on PostgreSQL 15", () => {
  const directory = import.meta.dirname;
  let server: Server;

  before(async function () {
    this.timeout(120_000);
    server = await launchForSuite();
    writeSearchFiles(server.directory);
  });

  after(async function () {
    this.timeout(120_000);
    await server.process.stop();
    const verified = run(["verify", server.directory]);
    const { code } = await verified.exited;
    rmSync(server.directory, { recursive: true });
    expect(code, verified.output + verified.log).to.equal(0);
  });

  for (const script of readdirSync(directory).filter((name) => name.endsWith(".psql"))) {
    it(script, async function () {
      this.timeout(120_000);
      const golden = join(directory, `${basename(script, ".psql")}.out`);
      if (process.env["UPDATE"] === "1") {
        const port = Number(process.env["PG_PORT"]);
        expect(port, "PG_PORT, the port of a PostgreSQL 15 server").to.be.above(0);
        writeFileSync(golden, await play({ host: "127.0.0.1", port }, directory, script));
        return;
      }
      const played = await play(server, directory, script);
      expect(played.split("\n")).to.deep.equal(readFileSync(golden, "utf8").split("\n"));
    });
  }
});

/** What PostgreSQL has in a directory of the same name. */
function writeSearchFiles(directory: string): void {
  const files = join(directory, "tsearch_data");
  mkdirSync(files);
  const write = (name: string, lines: readonly string[]) =>
    writeFileSync(join(files, name), `${lines.join("\n")}\n`);
  const synonyms = ["postgres pgsql", "postgresql pgsql", "postgre pgsql", "gogle googl"];
  write("synonym_sample.syn", [...synonyms, "indices index*"]);
  const numbers = ["# Comment", "one two three : *123", "one two : *12", "one : *1", "two : *2"];
  const phrases = ["booking tickets : order invitation cards"];
  phrases.push("booking ? tickets : order invitation Cards");
  const stars = ["supernovae stars : *sn", "supernovae : *sn"];
  write("thesaurus_sample.ths", [...numbers, "", ...stars, ...phrases]);
}

/** What psql printed, standard output and errors as they came. */
async function play(address: Address, directory: string, script: string): Promise<string> {
  const remove = `DROP DATABASE IF EXISTS ${DATABASE}`;
  const setUp = await psql(address, ["-q", "-c", remove, "-c", `CREATE DATABASE ${DATABASE}`]);
  expect(setUp.code, setUp.err).to.equal(0);
  const { out } = await psql(address, ["-a", "-f", script], {
    database: DATABASE,
    directory,
    errorsInOutput: true,
  });
  await psql(address, ["-q", "-c", remove]);
  return normalised(out);
}

/**
 * Where in the server's sources an error was raised says nothing about what it does, nor do the
 * numbers of a temporary schema and of a session.
 */
const normalised = (text: string): string =>
  text
    .replaceAll(/^LOCATION:.*\n/gm, "")
    .replaceAll(/\b(pg_(?:toast_)?temp_)\d+/g, "$1N")
    .replaceAll(/\b(server process with PID )\d+/g, "$1N");
