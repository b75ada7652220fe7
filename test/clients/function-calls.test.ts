/** FunctionCall, as libpq's large objects use it: by oid, with binary arguments. */
import { expect } from "chai";
import { psql } from "../support/psql.ts";
import { launchForSuite, type Server } from "../support/server.ts";
import { int32, type ParameterValue, say, WireClient } from "../support/wire-client.ts";

const LO_OPEN = 952;
const LOREAD = 954;
const LOWRITE = 955;
const LO_TELL = 958;
const LO_UNLINK = 964;
const LO_IMPORT = 764;
const READ_AND_WRITE = 0x60000;

const number = (value: number) => ({ hex: int32(value).toString("hex") });

describe("FunctionCall", () => {
  let server: Server;
  const clients: WireClient[] = [];
  before(async function () {
    this.timeout(120_000);
    server = await launchForSuite();
    const made = "CREATE ROLE plain LOGIN; SELECT lo_from_bytea(900, 'hello'); CREATE SCHEMA own;";
    const own = "CREATE FUNCTION own.one() RETURNS int LANGUAGE sql AS 'SELECT 1'";
    const { code, err } = await psql(server, ["-c", made + own]);
    expect(code, err).to.equal(0);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  after(() => server.process.stop());

  async function start(user: string): Promise<(part: Buffer) => Promise<string[]>> {
    const client = new WireClient(server.port);
    clients.push(client);
    await client.start({ user, database: "dev" });
    return (part) => {
      client.send(part);
      return client.until("ReadyForQuery");
    };
  }
  const call = (oid: number, ...args: ParameterValue[]) => say.FunctionCall(oid, args, [1], 1);

  it("reads and writes a large object within a transaction", async () => {
    const ask = await start("root");
    await ask(say.Query("BEGIN"));
    const answers: string[] = [];
    for (const part of [
      call(LO_OPEN, number(900), number(READ_AND_WRITE)),
      call(LOREAD, number(0), number(100)),
      call(LOWRITE, number(0), "!!"),
      call(LO_TELL, number(0)),
    ]) {
      answers.push((await ask(part))[0] ?? "");
    }
    expect(answers).to.deep.equal([
      "FunctionCallResponse 0x00000000",
      'FunctionCallResponse "hello"',
      "FunctionCallResponse 0x00000002",
      "FunctionCallResponse 0x00000007",
    ]);
    await ask(say.Query("COMMIT"));
    expect((await ask(call(LO_TELL, number(0))))[0]).to.equal(
      'ErrorResponse ERROR 42704 "invalid large-object descriptor: 0"',
    );
  });

  it("asks for the privileges that a query must have", async () => {
    const ask = await start("plain");
    const one = (await psql(server, ["-Atc", "SELECT 'own.one()'::regprocedure::oid"])).out;
    for (const [part, said] of [
      [call(LO_IMPORT, "/etc/hostname"), "permission denied for function lo_import"],
      [call(LO_UNLINK, number(900)), "must be owner of large object 900"],
      [
        call(LO_OPEN, number(900), number(READ_AND_WRITE)),
        "permission denied for large object 900",
      ],
      [call(Number(one)), "permission denied for schema own"],
    ] as const) {
      expect((await ask(part))[0]).to.equal(`ErrorResponse ERROR 42501 "${said}"`);
    }
  });
});
