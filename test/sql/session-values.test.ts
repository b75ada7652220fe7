/** Values that clients send apart from the text: parameters of Bind, arguments of FunctionCall. */
import { expect } from "chai";
import { oid } from "../../src/base/ids.ts";
import { SqlError } from "../../src/base/sql-error.ts";
import { Client } from "./session-client.ts";
import { FakeEngine } from "./session-fake-engine.ts";

describe("values that a client sends", () => {
  let engine: FakeEngine;
  let client: Client;
  beforeEach(async () => {
    engine = new FakeEngine();
    client = await Client.connect(engine);
  });

  async function faultOf(work: () => unknown): Promise<SqlError> {
    try {
      await work();
    } catch (error) {
      if (error instanceof SqlError) return error;
      throw error;
    }
    throw new Error("nothing was thrown");
  }

  const bind = (value: string, portal = "", formats: number[] = []) =>
    client.session.bind(
      {
        portal,
        statement: "",
        parameterFormats: formats,
        parameters: [Buffer.from(value)],
        resultFormats: [],
      },
      client.sink,
    );

  it("are named, but not shown, by the errors that they raise", async () => {
    await client.do(() => client.session.parse("", "select $1", [], client.sink));
    const faults: [() => unknown, string, string][] = [
      [() => bind("bad"), "22P02", "unnamed portal parameter $1 = '...'"],
      [() => bind("bad", "p"), "22P02", "portal \"p\" parameter $1 = '...'"],
      [() => bind("bad", "", [1]), "22P02", "unnamed portal parameter $1"],
      [() => bind("bytes"), "22021", "unnamed portal parameter $1"],
      [() => bind("1", "", [7]), "22023", "unnamed portal parameter $1"],
    ];
    for (const [work, code, where] of faults) {
      const fault = await faultOf(work);
      expect([fault.code, fault.fields.where]).to.deep.equal([code, where]);
      await client.session.sync(true, client.sink);
    }
    const fault = await faultOf(() => bind("long", "", [1]));
    expect(fault.message).to.equal("incorrect binary data format in bind parameter 1");
  });

  it("are a function's arguments", async () => {
    const call = (called: number, args: (string | null)[], formats: number[] = [], result = 0) =>
      client.session.functionCall?.(
        {
          function: oid(called),
          argumentFormats: formats,
          arguments: args.map((arg) => (arg === null ? null : Buffer.from(arg))),
          resultFormat: result,
        },
        client.sink,
      );
    expect(call(1, ["7"])).to.equal("7");
    expect(call(1, [null])).to.equal(null);
    expect(client.session.status).to.equal("I");
    expect(engine.log.at(-1)).to.equal("commit");
    const faults: [() => unknown, string][] = [
      [() => call(2, []), "42883 function with OID 2 does not exist"],
      [
        () => call(1, []),
        "08P01 function call message contains 0 arguments but function requires 1",
      ],
      [
        () => call(1, ["1"], [0, 1]),
        "08P01 function call message contains 2 argument formats but 1 arguments",
      ],
      [() => call(1, ["1"], [0], 9), "22023 unsupported format code: 9"],
      [() => call(1, ["long"], [1]), "22P03 incorrect binary data format in function argument 1"],
    ];
    for (const [work, text] of faults) {
      const { code, message } = await faultOf(work);
      expect(`${code} ${message}`).to.equal(text);
    }
    await client.query("begin; select fail()");
    expect((await faultOf(() => call(1, ["1"]))).code).to.equal("25P02");
  });
});

describe("a constant", () => {
  it("fails before its columns are announced, and at Bind", async () => {
    const client = await Client.connect(new FakeEngine());
    const { session, sink } = client;
    expect(await client.query("select fail()")).to.deep.equal([
      "T fail",
      "E 22012 division by zero",
      "I",
    ]);
    expect(await client.query("select overflow()")).to.deep.equal([
      "E 22012 division by zero",
      "I",
    ]);
    await client.do(() => session.parse("", "select overflow()", [], sink));
    expect(await client.do(() => session.describeStatement(""))).to.deep.equal(["I"]);
    const request = { portal: "", statement: "", parameterFormats: [], parameters: [] };
    expect(
      await client.do(() => session.bind({ ...request, resultFormats: [] }, sink)),
    ).to.deep.equal(["E 22012 division by zero", "I"]);
  });
});
