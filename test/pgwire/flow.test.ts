import { expect } from "chai";
import { say } from "../support/wire-client.ts";
import { eventually, startServer } from "./harness.ts";

const MIB = 1024 * 1024;
const resident = () => process.memoryUsage().arrayBuffers + process.memoryUsage().external;

describe("a client that does not read", () => {
  it("stops a large result; reading, it gets all of it", async () => {
    const { open, service } = await startServer();
    const client = await open();
    client.socket.pause();
    client.send(say.Query("rows 200000 1000"));
    let before = -1;
    await eventually(() => service.last.rowsProduced > 100);
    for (; before !== service.last.rowsProduced; ) {
      before = service.last.rowsProduced;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // What the kernel's buffers hold is no concern of ours; the 200 MB are.
    expect(service.last.rowsProduced).to.be.lessThan(50_000);
    client.socket.resume();
    const lines = await client.until("ReadyForQuery", 1, 10_000);
    expect(lines).to.have.length(200_000 + 3);
    expect(lines.at(-2)).to.equal("CommandComplete SELECT 200000");
  });

  it("stops its own pipelined queries", async () => {
    const { open, service } = await startServer();
    const client = await open();
    const before = resident();
    client.socket.pause();
    const query = say.Query("flood 100 1000");
    const batch = Buffer.concat(Array.from({ length: 2000 }, () => query));
    client.send(batch);
    let calls = -1;
    for (; calls !== service.last.calls.length; ) {
      calls = service.last.calls.length;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(calls).to.be.lessThan(500);
    expect(resident() - before).to.be.lessThan(32 * MIB);
    client.socket.resume();
    await client.until("ReadyForQuery", 2000, 10_000);
    expect(service.last.calls).to.have.length(2000);
  });

  it("is let go in the middle of a result", async () => {
    const { open, service, server } = await startServer();
    const client = await open();
    client.socket.pause();
    client.send(say.Query("rows 200000 1000"));
    await eventually(() => service.last.rowsProduced > 100);
    client.socket.resetAndDestroy();
    await eventually(() => service.last.closed > 0 && server.sessionCount === 0);
  });
});

describe("a client that sends while it waits", () => {
  it("is read no further than a mark", async () => {
    const { open, service } = await startServer({ inputBytesMark: 16 * 1024 });
    const client = await open();
    client.send(say.Query("wait"));
    await client.next();
    const query = say.Query("x".repeat(1000));
    client.send(...Array.from({ length: 20_000 }, () => query));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(client.socket.writableLength).to.be.greaterThan(MIB);
    service.last.release();
    await client.until("ReadyForQuery", 20_001, 10_000);
  });
});

describe("a client with a long batch", () => {
  it("lets others in between", async () => {
    const { open, service } = await startServer();
    const busy = await open();
    const other = await open();
    busy.send(...Array.from({ length: 3000 }, () => say.Query("flood 1 10")));
    other.send(say.Query("select 1"));
    await busy.until("ReadyForQuery", 3000);
    await other.until("ReadyForQuery");
    expect(service.queries.lastIndexOf(1)).to.be.greaterThan(service.queries.indexOf(2));
  });
});

describe("closing the server", () => {
  it("ends every session with the reason and waits for their calls", async () => {
    const { open, connect, server, service } = await startServer({ closeTimeoutMs: 500 });
    const idle = await open();
    const busy = await open();
    const silent = connect();
    busy.send(say.Query("wait"));
    await busy.next();
    await server.close();
    const expected = [
      'ErrorResponse FATAL 57P01 "terminating connection due to administrator command"',
      "ConnectionClosed",
    ];
    expect(await idle.until("ConnectionClosed")).to.deep.equal(expected);
    expect(await busy.until("ConnectionClosed")).to.deep.equal(expected);
    expect(await silent.next()).to.equal("ConnectionClosed");
    expect(service.sessions.every((session) => session.closed > 0)).to.equal(true);
    expect(server.sessionCount).to.equal(0);
    expect(await connect().next()).to.equal("ConnectionClosed");
  });

  it("tells who comes meanwhile", async () => {
    const { connect, server, service } = await startServer();
    let release = (): void => undefined;
    service.gate = new Promise((resolve) => {
      release = resolve;
    });
    const opening = connect();
    opening.send(say.Startup({ user: "u" }));
    await eventually(() => service.sessions.length === 1);
    const late = connect();
    await new Promise((resolve) => late.socket.once("connect", resolve));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const closed = server.close();
    late.send(say.Startup({ user: "u" }));
    expect(await late.next()).to.equal(
      'ErrorResponse FATAL 57P03 "the database system is shutting down"',
    );
    release();
    await closed;
    expect(service.last.closed).to.equal(1);
  });

  it("is not held up by a client that neither reads nor closes", async () => {
    const { open, server } = await startServer({ closeTimeoutMs: 100 });
    const client = await open();
    client.socket.pause();
    client.send(say.Query("rows 100000 1000"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started = Date.now();
    await server.close();
    expect(Date.now() - started).to.be.lessThan(1000);
  });
});
