import { expect } from "chai";
import fc from "fast-check";
import { say, type WireClient } from "../support/wire-client.ts";
import { eventually, type Running, startServer } from "./harness.ts";

const typed = fc.constantFrom(..."BCDEFHPQSXcdf");
const hex = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const text = fc.constantFrom(
  "select 1",
  "fail",
  "later",
  "later fail",
  "bug",
  "",
  "begin",
  "nosuch",
);
const name = fc.constantFrom("", "s", "t");

const messageOf = (types: string) =>
  fc.tuple(fc.constantFrom(...types), hex).map(([type, body]) => say.Message(type, body));

/** Answered with ReadyForQuery. */
const complete = fc.oneof(text.map(say.Query), messageOf("QF"));
/** Answered without; an error skips to Sync. */
const extended = fc.oneof(
  fc.tuple(name, text).map(([statement, sql]) => say.Parse(statement, sql)),
  fc.tuple(name, name).map(([portal, statement]) => say.Bind(portal, statement)),
  fc.tuple(name, fc.nat(2)).map(([portal, rows]) => say.Execute(portal, rows)),
  fc.tuple(fc.constantFrom("S", "P", "Z"), name).map(([kind, n]) => say.Describe(kind, n)),
  fc.tuple(fc.constantFrom("S", "P", "Z"), name).map(([kind, n]) => say.Close(kind, n)),
  fc.constant(say.Flush()),
  messageOf("PBDECH"),
);
const silent = messageOf("dcf");

/** Lines between one ReadyForQuery and the next. */
function parts(lines: readonly string[]): string[][] {
  const found: string[][] = [[]];
  for (const line of lines) {
    found.at(-1)?.push(line);
    if (line.startsWith("ReadyForQuery")) found.push([]);
  }
  return found;
}
const errorsIn = (lines: readonly string[]) =>
  lines.filter((line) => line.startsWith("ErrorResponse")).length;

/** Reads until the server has closed; fails when it keeps silent instead. */
async function untilClosed(client: WireClient): Promise<string[]> {
  const lines = await client.until("ConnectionClosed", 1, 2000);
  expect(lines.at(-1)).to.equal("ConnectionClosed");
  return lines.slice(0, -1);
}

async function expectAlive({ open }: Running): Promise<void> {
  const client = await open();
  client.send(say.Query("select 1"));
  expect((await client.until("ReadyForQuery")).at(-2)).to.equal("CommandComplete SELECT 1");
  client.close();
}

describe("whatever a client sends", () => {
  it("each Query and FunctionCall has one ReadyForQuery and at most one error", async () => {
    const running = await startServer({ connectionsMax: 1000 });
    await fc.assert(
      fc.asyncProperty(fc.array(complete, { maxLength: 20 }), async (messages) => {
        const client = await running.open();
        client.send(...messages, say.Terminate());
        const answers = parts(await untilClosed(client));
        expect(answers.pop()).to.deep.equal([]);
        expect(answers).to.have.length(messages.length);
        for (const lines of answers) expect(errorsIn(lines)).to.be.at.most(1);
      }),
      { numRuns: 100 },
    );
    await expectAlive(running);
  });

  it("each Sync has one ReadyForQuery, and nothing follows an error before it", async () => {
    const running = await startServer({ connectionsMax: 1000 });
    const batches = fc.array(fc.array(fc.oneof(extended, silent), { maxLength: 8 }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (sent) => {
        const client = await running.open();
        for (const batch of sent) client.send(...batch, say.Sync());
        client.send(say.Terminate());
        const answers = parts(await untilClosed(client));
        expect(answers.pop()).to.deep.equal([]);
        expect(answers).to.have.length(sent.length);
        for (const lines of answers) {
          expect(errorsIn(lines)).to.be.at.most(1);
          if (errorsIn(lines) === 1) expect(lines.at(-2)).to.match(/^ErrorResponse/);
        }
      }),
      { numRuns: 100 },
    );
    await eventually(() => running.server.sessionCount === 0);
    await expectAlive(running);
  });

  it("is survived as a start-up packet", async () => {
    const running = await startServer({ connectionsMax: 1000 });
    const bytes = fc.uint8Array({ maxLength: 60 }).map((items) => Buffer.from(items));
    const packet = bytes.map((body) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(body.length + 4);
      return Buffer.concat([length, body]);
    });
    const versioned = bytes.map((body) =>
      Buffer.concat([Buffer.from([0, 0, 0, body.length + 8, 0, 3, 0, 0]), body]),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, packet, versioned), async (sent) => {
        const { socket } = running.connect();
        socket.end(sent);
        await new Promise((resolve) => socket.once("close", resolve));
      }),
      { numRuns: 150 },
    );
    await expectAlive(running);
  });

  it("is survived in a session", async () => {
    const running = await startServer({ connectionsMax: 1000 });
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((items) => Buffer.from(items)),
      fc.tuple(typed, hex).map(([type, body]) => say.Message(type, body)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(noise, { maxLength: 10 }), async (sent) => {
        const client = await running.open();
        client.socket.end(Buffer.concat(sent));
        await untilClosed(client);
      }),
      { numRuns: 150 },
    );
    await eventually(() => running.server.sessionCount === 0);
    expect(running.logged.every(({ message }) => message === "internal error")).to.equal(true);
    await expectAlive(running);
  });
});
