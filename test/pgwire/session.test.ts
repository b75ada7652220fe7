import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { say } from "../support/wire-client.ts";
import { eventually, startServer } from "./harness.ts";

const one = [
  'RowDescription ("?column?" 23/4)',
  'DataRow "1"',
  "CommandComplete SELECT 1",
  "ReadyForQuery I",
];

describe("a session on the wire", () => {
  it("answers the same wherever its messages are cut", async () => {
    const { open } = await startServer();
    const bytes = Buffer.concat([
      say.Query("select 1"),
      say.Parse("", "select 1", [23]),
      say.Bind("", "", ["x", null], [], [1]),
      say.Describe("P", ""),
      say.Execute(""),
      say.Sync(),
      say.Query("later"),
      say.Bind("", "nosuch"),
      say.Execute(""),
      say.Sync(),
    ]);
    const client = await open();
    client.send(bytes);
    const whole = await client.until("ReadyForQuery", 4);
    expect(whole).to.have.length(4 + 6 + 4 + 2);
    for (let cut = 1; cut < bytes.length; cut++) {
      client.send(bytes.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      client.send(bytes.subarray(cut));
      expect(await client.until("ReadyForQuery", 4)).to.deep.equal(whole);
    }
  });

  it("answers what is pipelined in order, whether at once or later", async () => {
    const { open, service } = await startServer();
    const client = await open();
    const texts = Array.from({ length: 200 }, (_, i) => (i % 7 === 3 ? "later" : "select 1"));
    client.send(
      ...texts.map((text) => say.Query(text)),
      say.Query("fail"),
      say.Query("later fail"),
    );
    const lines = await client.until("ReadyForQuery", 202);
    expect(lines.filter((line) => line.startsWith("ErrorResponse"))).to.have.length(2);
    expect(lines).to.have.length(200 * 4 + 2 * 2);
    expect(service.last.calls).to.have.length(202);
  });

  it("skips to Sync after an error that came later, too", async () => {
    const { open, service } = await startServer();
    const client = await open();
    client.send(
      say.Parse("", "later fail"),
      say.Bind("", ""),
      say.Execute(""),
      say.Query("select 1"),
      say.Parse("", "select 1"),
      say.Sync(),
      say.Query("select 1"),
    );
    expect(await client.until("ReadyForQuery", 2)).to.deep.equal([
      "ParseComplete",
      "BindComplete",
      'ErrorResponse ERROR 22012 "division by zero" detail="de" hint="h"',
      "ReadyForQuery I",
      ...one,
    ]);
    expect(service.last.calls.slice(2)).to.deep.equal([
      "execute  0",
      "sync failed",
      "query select 1",
    ]);
  });

  it("sends nothing before Flush or Sync, and on Flush what there is", async () => {
    const { open } = await startServer();
    const client = await open();
    client.send(say.Parse("", "select 1"), say.Bind("", ""));
    expect(await client.next(30)).to.equal("silence");
    client.send(say.Flush());
    expect(await client.until("BindComplete")).to.deep.equal(["ParseComplete", "BindComplete"]);
  });

  it("hands over parameters and formats as they were sent", async () => {
    const { open, service } = await startServer();
    const client = await open();
    client.send(
      say.Parse("s", "select 1"),
      say.Bind("p", "s", ["a", null, { hex: "00ff" }, ""], [0, 0, 1, -1], [7]),
      say.Execute("p", -5),
      say.Sync(),
    );
    await client.until("ReadyForQuery");
    const [bind] = service.last.binds;
    expect(bind).to.deep.include({
      portal: "p",
      statement: "s",
      parameterFormats: [0, 0, 1, -1],
      resultFormats: [7],
    });
    const hex = bind?.parameters.map((value) => value && Buffer.from(value).toString("hex"));
    expect(hex).to.deep.equal(["61", null, "00ff", ""]);
    expect(service.last.calls).to.include("execute p 0");
  });

  it("reports a mistake of ours with its place and goes on", async () => {
    const { open, logged } = await startServer();
    const client = await open();
    client.send(
      say.Query("bug"),
      say.Query("half row"),
      say.Query("later bug"),
      say.Query("select 1"),
    );
    const lines = await client.until("ReadyForQuery", 4);
    expect(lines[0]).to.equal('ErrorResponse ERROR XX000 "internal error: undefined is not a row"');
    expect(lines.slice(0, 6).filter((line) => line.startsWith("ReadyForQuery"))).to.have.length(3);
    expect(lines.slice(6)).to.deep.equal(one);
    expect(logged).to.have.length(3);
    expect(logged[0]?.fields.err).to.be.instanceOf(TypeError);
  });

  it("ends after a FATAL error", async () => {
    for (const text of ["fatal", "later fatal"]) {
      const { open, service } = await startServer();
      const client = await open();
      client.send(say.Query(text), say.Query("select 1"));
      expect(await client.until("ConnectionClosed")).to.deep.equal([
        'ErrorResponse FATAL 25P03 "terminating connection due to idle"',
        "ConnectionClosed",
      ]);
      expect(service.last.closed).to.be.greaterThan(0);
    }
  });

  it("can be terminated from outside, idle or busy", async () => {
    const { open, service } = await startServer();
    const reason = new SqlError("57P01", "enough", {}, "FATAL");
    const idle = await open();
    service.last.host.terminate(reason);
    expect(await idle.until("ConnectionClosed")).to.deep.equal([
      'ErrorResponse FATAL 57P01 "enough"',
      "ConnectionClosed",
    ]);
    const busy = await open();
    busy.send(say.Query("wait"));
    await busy.next();
    service.last.host.terminate(reason);
    expect(await busy.until("ConnectionClosed")).to.deep.equal([
      'ErrorResponse FATAL 57P01 "enough"',
      "ConnectionClosed",
    ]);
    expect(service.last.closed).to.be.greaterThan(0);
  });

  it("can terminate itself: its rows go out, its completion does not", async () => {
    const { open } = await startServer();
    const client = await open();
    client.send(say.Query("kill"), say.Query("select 1"));
    expect(await client.until("ConnectionClosed")).to.deep.equal([
      'RowDescription ("?column?" 23/4)',
      'DataRow "1"',
      'ErrorResponse FATAL 57P01 "terminating connection"',
      "ConnectionClosed",
    ]);
  });

  it("is closed, and its statement cancelled, when the client goes", async () => {
    const { open, service, server } = await startServer();
    for (const leave of ["end", "destroy", "resetAndDestroy"] as const) {
      const client = await open();
      client.send(say.Query("wait"));
      await client.next();
      client.socket[leave]();
      await eventually(() => service.last.closed > 0 && server.sessionCount === 0);
    }
  });

  it("answers everything that came before the client closed its side", async () => {
    const { open } = await startServer();
    const client = await open();
    client.socket.end(Buffer.concat([say.Query("select 1"), say.Query("select 1")]));
    expect(await client.until("ConnectionClosed")).to.deep.equal([
      ...one,
      ...one,
      "ConnectionClosed",
    ]);
  });

  it("is told when it idles, once for each wait", async () => {
    const { open, service } = await startServer();
    const client = await open();
    expect(service.last.idles).to.equal(1);
    client.send(say.Query("select 1"), say.Query("later"));
    await client.until("ReadyForQuery", 2);
    await eventually(() => service.last.idles === 2);
    client.send(say.Parse("", "select 1"), say.Flush());
    await client.until("ParseComplete");
    client.send(say.Query("select 1").subarray(0, 3));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(service.last.idles).to.equal(2);
  });

  it("tells a message that is too large from one that cannot be", async () => {
    const { open } = await startServer({ messageBytesMax: 1000 });
    const client = await open();
    client.send(say.Query("x".repeat(2000)));
    expect(await client.until("ConnectionClosed")).to.deep.equal([
      'ErrorResponse FATAL 54000 "message too large" detail="The message has 2001 bytes, the limit is 1000."',
      "ConnectionClosed",
    ]);
  });
});
