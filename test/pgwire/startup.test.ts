import { connect } from "node:net";
import { expect } from "chai";
import { int32, say, type WireClient } from "../support/wire-client.ts";
import { eventually, startServer } from "./harness.ts";

/** All that comes back, as latin1 text, until the server closes. */
const answerTo = (port: number, bytes: Buffer): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(text));
    socket.on("error", () => resolve(text));
    socket.write(bytes);
  });

const startup = say.Startup({ user: "u", database: "d" });

describe("start-up", () => {
  it("answers in PostgreSQL's order", async () => {
    const { connect } = await startServer();
    const client = connect();
    client.send(startup);
    expect(await client.until("ReadyForQuery")).to.deep.equal([
      "Authentication 0",
      "ParameterStatus server_version=15.18",
      "ParameterStatus client_encoding=UTF8",
      "BackendKeyData of 8 bytes",
      "ReadyForQuery I",
    ]);
    expect(client.secret).to.equal(-123_456_789);
  });

  it("may be cut at every byte", async () => {
    const { connect } = await startServer();
    for (let cut = 1; cut < startup.length; cut++) {
      const client = connect();
      client.send(startup.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      client.send(startup.subarray(cut), say.Query("select 1"));
      const lines = await client.until("ReadyForQuery", 2);
      expect(lines.at(-2)).to.equal("CommandComplete SELECT 1");
      client.close();
    }
  });

  it("hands over settings in order, those of options first", async () => {
    const { connect, service } = await startServer();
    const client = connect();
    await client.start({
      user: "u",
      DateStyle: "ISO, DMY",
      __proto__x: "1",
      options: "-c search_path=a,\\ b --statement-timeout=5s -cgeqo=off -S 64 -e",
      client_encoding: "'utf-8'",
      replication: "off",
    });
    expect(service.last.request).to.deep.equal({
      user: "u",
      database: "u",
      settings: [
        ["search_path", "a, b"],
        ["statement_timeout", "5s"],
        ["geqo", "off"],
        ["work_mem", "64"],
        ["datestyle", "euro"],
        ["DateStyle", "ISO, DMY"],
        ["__proto__x", "1"],
        ["client_encoding", "'utf-8'"],
      ],
    });
    expect(service.last.host.address).to.equal("127.0.0.1");
    expect(service.last.host.port).to.be.greaterThan(0);
  });

  it("cuts names to 63 bytes", async () => {
    const { connect, service } = await startServer();
    await connect().start({ user: "x".repeat(70), database: "y".repeat(70) });
    expect(service.last.request.user).to.equal("x".repeat(63));
    expect(service.last.request.database).to.equal("y".repeat(63));
  });

  it("refuses what it cannot do with options and replication", async () => {
    const { connect } = await startServer();
    const client = connect();
    client.send(say.Startup({ user: "u", options: "-d 5" }));
    expect(await client.until("ErrorResponse")).to.deep.equal([
      "Authentication 0",
      'ErrorResponse FATAL 0A000 "the command-line switch -d is not supported"',
    ]);
    const walsender = connect();
    walsender.send(say.Startup({ user: "u", replication: "database" }));
    expect(await walsender.next()).to.equal(
      'ErrorResponse FATAL 0A000 "replication is not supported"',
    );
  });

  it("answers older protocols in their own form", async () => {
    const { port } = await startServer();
    for (const [version, text] of [
      [0x20000, "2.0"],
      [0x10002, "1.2"],
    ] as const) {
      const answer = await answerTo(port, say.Startup({ user: "u" }, version));
      expect(answer).to.equal(
        `EFATAL:  unsupported frontend protocol ${text}: server supports 3.0 to 3.0\n\0`,
      );
    }
  });

  it("goes on after a later minor version, having named what it does not know", async () => {
    const { connect } = await startServer();
    const client = connect();
    client.send(say.Startup({ user: "u", "_pq_.compression": "1" }, 0x30002));
    const lines = await client.until("ReadyForQuery");
    expect(lines.slice(0, 2)).to.deep.equal([
      "NegotiateProtocolVersion 00030000 _pq_.compression",
      "Authentication 0",
    ]);
    expect(lines.at(-1)).to.equal("ReadyForQuery I");
  });

  const refuseEncryption = async (client: WireClient, request: Buffer) => {
    client.expectEncryptionAnswer();
    client.send(request);
    expect(await client.next()).to.equal("EncryptionAnswer N");
  };

  it("refuses both encryptions and goes on", async () => {
    const { connect } = await startServer();
    const client = connect();
    await refuseEncryption(client, say.SSLRequest());
    await refuseEncryption(client, say.GSSENCRequest());
    await client.start({ user: "u" });
    const other = connect();
    await refuseEncryption(other, say.GSSENCRequest());
    await refuseEncryption(other, say.SSLRequest());
    other.send(say.GSSENCRequest());
    expect(await other.next()).to.equal(
      'ErrorResponse FATAL 0A000 "unsupported frontend protocol 1234.5680: server supports 3.0 to 3.0"',
    );
  });

  it("refuses bytes sent behind an encryption request", async () => {
    const { port } = await startServer();
    const answer = await answerTo(port, Buffer.concat([say.SSLRequest(), startup]));
    expect(answer).to.match(/^NE/);
    expect(answer).to.include("C08P01\0Mreceived unencrypted data after SSL request\0");
    const gss = await answerTo(port, Buffer.concat([say.GSSENCRequest(), Buffer.from("x")]));
    expect(gss).to.include("Mreceived unencrypted data after GSSAPI encryption request\0");
  });

  it("closes without an answer on what is no start-up packet", async () => {
    const { port } = await startServer();
    const wrong = [
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.from("16030102000100", "hex"),
      int32(10_005),
      int32(7),
      int32(-1),
      Buffer.concat([int32(17), int32(80877102), int32(1), int32(2), Buffer.from("x")]),
    ];
    for (const bytes of wrong) expect(await answerTo(port, bytes)).to.equal("");
  });

  it("takes a packet of the greatest length", async () => {
    const { connect, service } = await startServer();
    const filler = 10_000 - 4 - "user\0u\0application_name\0\0\0".length;
    await connect().start({ user: "u", application_name: "n".repeat(filler) });
    expect(service.last.request.settings[0]?.[1]).to.have.length(filler);
  });

  it("sends the service's errors after the authentication", async () => {
    const { connect, logged } = await startServer();
    const client = connect();
    client.send(say.Startup({ user: "u", database: "bug" }));
    expect(await client.until("ErrorResponse")).to.deep.equal([
      "Authentication 0",
      'ErrorResponse FATAL XX000 "internal error: no such engine"',
    ]);
    expect(await client.next()).to.equal("ConnectionClosed");
    expect(logged[0]?.fields.err).to.be.instanceOf(TypeError);
  });

  it("refuses one session too many, and takes one again when another ends", async () => {
    const { connect, open, server } = await startServer({ connectionsMax: 2 });
    const first = await open();
    await open();
    const third = connect();
    third.send(startup);
    expect(await third.until("ConnectionClosed")).to.deep.equal([
      'ErrorResponse FATAL 53300 "sorry, too many clients already"',
      "ConnectionClosed",
    ]);
    first.send(say.Terminate());
    await eventually(() => server.sessionCount === 1);
    await open();
  });

  it("asks clients to wait until there is a service", async () => {
    const { server, service, port } = await startServer({}, { service: undefined as never });
    const answer = await answerTo(port, startup);
    expect(answer).to.include("C57P03\0Mthe database system is starting up\0");
    server.serve(service);
    expect(await answerTo(port, Buffer.concat([startup, say.Terminate()]))).to.match(/^R/);
  });

  it("closes connections that say nothing, and sessions that take too long to open", async () => {
    const { connect, service } = await startServer({ authenticationTimeoutMs: 50 });
    expect(await connect().next()).to.equal("ConnectionClosed");
    let release = (): void => undefined;
    service.gate = new Promise((resolve) => {
      release = resolve;
    });
    const slow = connect();
    slow.send(startup);
    expect((await slow.until("ErrorResponse")).at(-1)).to.equal(
      'ErrorResponse FATAL 57014 "canceling authentication due to timeout"',
    );
    release();
    await eventually(() => service.last.closed === 1);
  });

  it("cancels with the right key only", async () => {
    const { open, connect } = await startServer();
    const client = await open();
    client.send(say.Query("wait"));
    expect(await client.next()).to.match(/^RowDescription/);
    const wrong = connect();
    wrong.send(say.CancelRequest(client.processId, client.secret + 1));
    expect(await wrong.next()).to.equal("ConnectionClosed");
    expect(await client.next(30)).to.equal("silence");
    connect().send(say.CancelRequest(client.processId, client.secret));
    expect(await client.until("ReadyForQuery")).to.deep.equal([
      'ErrorResponse ERROR 57014 "canceling statement due to user request"',
      "ReadyForQuery I",
    ]);
  });
});
