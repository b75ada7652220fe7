import { expect } from "chai";
import type { Oid } from "../../src/base/ids.ts";
import type { SqlError } from "../../src/base/sql-error.ts";
import { Notifications } from "../../src/sql/session/notifications.ts";
import { NotifyQueue } from "../../src/sql/session/notify-queue.ts";
import { Sessions } from "../../src/sql/session/service.ts";
import { Client, Transcript } from "./session-client.ts";
import { FakeEngine } from "./session-fake-engine.ts";

const SHOP = 5 as Oid;
const OTHER = 6 as Oid;

describe("the notify queue", () => {
  let queue: NotifyQueue;
  let woken: number[];
  let expelled: { readonly processId: number; readonly error: SqlError }[];

  beforeEach(() => {
    queue = new NotifyQueue(() => 2000);
    woken = [];
    expelled = [];
  });

  function session(processId: number, database = SHOP): Notifications {
    return new Notifications({
      queue,
      database,
      processId,
      wake: () => void woken.push(processId),
      expel: (error) => void expelled.push({ processId, error }),
    });
  }

  function listening(processId: number, channel: string, database = SHOP): Notifications {
    const made = session(processId, database);
    made.listen(channel);
    made.commit();
    return made;
  }

  function say(by: Notifications, ...payloads: string[]): void {
    for (const payload of payloads) by.notify("c", payload);
    by.commit();
  }

  function read(by: Notifications): string[] {
    const sink = new Transcript();
    by.deliver(sink);
    return sink.lines;
  }

  it("hands everyone what was said since he listens, in the order of commits", () => {
    const a = listening(1, "c");
    say(session(9), "1", "2");
    const b = listening(2, "c");
    say(a, "3");
    expect(read(a)).to.deep.equal(["A c 1", "A c 2", "A c 3"]);
    expect(read(b)).to.deep.equal(["A c 3"]);
    expect(queue.usage).to.equal(0);
  });

  it("keeps databases apart, and nothing where nobody listens", () => {
    const there = listening(1, "c", OTHER);
    say(session(9), "here");
    expect(queue.usage).to.equal(0);
    say(session(8, OTHER), "there");
    expect(read(there)).to.deep.equal(["A c there"]);
  });

  it("wakes listeners in an event of its own, once for all that was said", async () => {
    listening(1, "c");
    listening(2, "d");
    say(session(9), "1");
    say(session(9), "2");
    expect(woken).to.deep.equal([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(woken).to.deep.equal([1, 2]);
  });

  it("stops where the client does not keep up, and goes on from there", () => {
    const a = listening(1, "c");
    say(session(9), "1", "2", "3");
    const sink = new Transcript();
    sink.full = true;
    expect(a.deliver(sink)).to.equal(true);
    expect(sink.lines).to.deep.equal(["A c 1"]);
    sink.full = false;
    expect(a.deliver(sink)).to.equal(false);
    expect(sink.lines).to.deep.equal(["A c 1", "A c 2", "A c 3"]);
  });

  it("ends the slowest listener when it is full, and nobody else", () => {
    const slow = listening(1, "c");
    const idle = listening(2, "elsewhere");
    const quick = listening(3, "c");
    const heard: string[] = [];
    for (let i = 0; i < 100; i++) {
      say(session(9), `number ${i}`);
      heard.push(...read(quick));
      read(idle);
    }
    expect(heard).to.have.length(100);
    expect(expelled.map(({ processId }) => processId)).to.deep.equal([1]);
    const [{ error } = {} as never] = expelled;
    expect([error.severity, error.code]).to.deep.equal(["FATAL", "54000"]);
    expect(queue.usage).to.equal(0);
    slow.close();
  });

  it("refuses a transaction that says more than it holds", () => {
    const a = listening(1, "c");
    const b = session(9);
    const sayMuch = () => {
      for (let i = 0; i < 100; i++) b.notify("c", `number ${i}`);
    };
    expect(sayMuch).to.throw("too many notifications in the NOTIFY queue");
    b.rollbackTo(0);
    say(b, "little");
    expect(read(a)).to.deep.equal(["A c little"]);
    expect(expelled).to.deep.equal([]);
  });

  it("forgets what a session that ends has not read", () => {
    const a = listening(1, "c");
    say(session(9), "1");
    expect(queue.usage).to.be.above(0);
    a.close();
    expect(queue.usage).to.equal(0);
    expect(read(a)).to.deep.equal([]);
  });
});

describe("sessions that listen", () => {
  it("tell their clients when they are idle, and none of a commit that fails", async () => {
    const engine = new FakeEngine();
    const sessions = new Sessions({ engine });
    const a = await Client.connect(engine, { sessions });
    const b = await Client.connect(engine, { sessions });
    const heard = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return a.sink.lines.splice(0);
    };
    await a.query("listen c");
    await b.query("notify c, 'one'");
    expect(await heard()).to.deep.equal(["C LISTEN", "A c one"]);
    engine.commits = "async";
    await b.query("create table t (); notify c, 'two'");
    expect(await heard()).to.deep.equal(["A c two"]);
    engine.commits = "rejects";
    await b.query("create table u (); notify c, 'lost'");
    expect(await heard()).to.deep.equal([]);
  });

  it("say nothing twice when a statement runs again", async () => {
    const engine = new FakeEngine();
    const a = await Client.connect(engine);
    await a.query("listen c");
    const answered = a.query("select pg_notify('c', 'x'), gate()");
    engine.gate.release();
    expect(await answered).to.include.members(["A c x"]);
    expect((await a.query("commit")).filter((line) => line.startsWith("A"))).to.deep.equal([]);
  });
});
