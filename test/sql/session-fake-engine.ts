/**
 * A scripted engine: it keeps a list of names as its catalog, understands a handful of function
 * calls as queries, and writes down what the session asks of it.
 */
import type { Oid } from "../../src/base/ids.ts";
import { notice, SqlError } from "../../src/base/sql-error.ts";
import type { CatalogReader } from "../../src/catalog/reader.ts";
import type { DdlStatement } from "../../src/catalog/statement.ts";
import type { ResultColumn, WireValue } from "../../src/sql/session/api.ts";
import type {
  Connection,
  ConnectRequest,
  Engine,
  PlanRequest,
  QueryPlan,
  QuerySnapshot,
  ResultRow,
  SessionRole,
  SpillFile,
  StatementContext,
  Transaction,
} from "../../src/sql/session/engine.ts";
import { Parameters } from "../../src/sql/settings/parameters.ts";
import type { Scalar } from "../../src/sql/types/scalar.ts";
import { Wait } from "../../src/txn/wait.ts";
import { idle, noXids } from "./session-fake-server.ts";

export const root: SessionRole = { oid: 10 as Oid, name: "root", superuser: true };
export const guest: SessionRole = { oid: 16400 as Oid, name: "guest", superuser: false };

/** A wait that the test ends. */
export class Gate {
  open = false;
  readonly #waiters: (() => void)[] = [];
  cancelled = 0;

  pass(): void {
    if (!this.open) throw new GateWait(this);
  }
  release(): void {
    this.open = true;
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }
}
class GateWait extends Wait {
  readonly what = "relation";
  readonly #gate: Gate;
  constructor(gate: Gate) {
    super();
    this.#gate = gate;
  }
  start() {
    const cancel = () => {
      this.#gate.cancelled += 1;
    };
    return { done: this.#gate.wait(), cancel };
  }
}

export class FakeEngine implements Engine {
  readonly serverStartTime = 0n;
  readonly parameters: Parameters;
  readonly committed = new Set<string>();
  readonly log: string[] = [];
  readonly gate = new Gate();
  /** Snapshots that are taken and not released. */
  leases = 0;
  /** Set: the next commits reject, throw, or return promises. */
  commits: "sync" | "async" | "throws" | "rejects" = "sync";
  clock = 1000n;

  constructor(parameters = new Parameters()) {
    this.parameters = parameters;
  }

  now(): bigint {
    this.clock += 1n;
    return this.clock;
  }
  checkpoint(): void {
    this.log.push("checkpoint");
  }
  readonly spilled: FakeSpillFile[] = [];
  createSpillFile(): Promise<FakeSpillFile> {
    const file = new FakeSpillFile();
    this.spilled.push(file);
    return Promise.resolve(file);
  }
  connect({ user = "", database }: ConnectRequest): Connection {
    if (database !== "dev") {
      throw new SqlError("3D000", `database "${database}" does not exist`, {}, "FATAL");
    }
    return {
      database: { oid: 5 as Oid, name: database },
      user: user === "guest" ? guest : root,
      ...{ defaults: [], warnings: [] },
      sequences: {
        nextval: () => 1n,
        isOwnTemporary: () => false,
        setval: (_transaction, _sequence, value) => value,
        currval: () => 1n,
        lastval: () => 1n,
        lastValue: () => 1n,
        discard: () => void this.log.push("discard sequences"),
      },
      advisory: {
        lock: () => true,
        unlock: () => false,
        unlockAll: () => void this.log.push("unlock advisory locks"),
      },
      ...{ hasTemporary: () => false, server: idle },
      catalog: () => NOTHING,
      hasRole: ({ oid }, role) => oid === root.oid || oid === role,
      maySet: ({ superuser }) => superuser,
      isMember: ({ oid }) => oid === root.oid,
      currentRole: (role) => [root, guest].find(({ oid }) => oid === role),
      findRole: (sought) => [root, guest].find(({ name }) => name === sought),
      locks: () => [],
      begin: (isolation) => {
        this.log.push(`begin ${isolation}`);
        return new FakeTransaction(this);
      },
      close: () => void this.log.push("close"),
    };
  }
}

class FakeSpillFile implements SpillFile {
  bytes = Buffer.alloc(0);
  removed = false;

  write(bytes: Uint8Array, at: number): Promise<void> {
    const grown = Buffer.alloc(Math.max(this.bytes.length, at + bytes.length));
    this.bytes.copy(grown);
    grown.set(bytes, at);
    this.bytes = grown;
    return Promise.resolve();
  }
  async read(into: Uint8Array, at: number): Promise<void> {
    into.set(this.bytes.subarray(at, at + into.length));
  }
  remove(): void {
    this.removed = true;
  }
}

interface Call {
  readonly name: string;
  readonly args: readonly (number | string)[];
}
interface FakePlan extends QueryPlan {
  readonly calls: readonly Call[];
}

const refuse = (what: string) => (): never => {
  throw new SqlError("0A000", `the fake engine has no ${what}`);
};

const NOTHING = { list: () => [], find: () => undefined } as unknown as CatalogReader;

class FakeTransaction implements Transaction {
  readonly catalog = NOTHING;
  readonly catalogEpoch = undefined;
  readonly xid = undefined;
  readonly committed = undefined;
  readonly xids = noXids;
  readonly rowLocks = { lock: () => true, take() {} };
  readonly largeObjects = undefined as never;
  readonly #engine: FakeEngine;
  #staged: string[] = [];

  constructor(engine: FakeEngine) {
    this.#engine = engine;
  }
  get snapshots(): never {
    throw new SqlError("0A000", "the fake engine has no snapshots");
  }
  get past(): never {
    throw new SqlError("0A000", "the fake engine has no past");
  }
  get isEmpty(): boolean {
    return this.#staged.length === 0;
  }
  mark(): number {
    return this.#staged.length;
  }
  rollbackTo(mark: unknown): void {
    this.#staged.length = mark as number;
  }
  commit(): void | Promise<void> {
    const { commits, committed, log } = this.#engine;
    const lost = () => new SqlError("40001", "could not serialize access");
    if (commits === "throws") throw lost();
    if (commits === "rejects") return Promise.reject(lost());
    const publish = () => {
      for (const name of this.#staged) committed.add(name);
      log.push("commit");
    };
    return commits === "sync" ? publish() : Promise.resolve().then(publish);
  }
  abort(): void {
    this.#engine.log.push("abort");
    this.#staged = [];
  }

  vacuum(): Promise<void> {
    throw new SqlError("0A000", "the fake engine has no rows");
  }
  executeDdl(statement: DdlStatement, context: StatementContext): undefined {
    const name = "table" in statement ? statement.table.name : statement.kind;
    if (statement.kind === "createTable") {
      context.notice(notice(`creating ${name}`));
      if (this.#has(name)) throw new SqlError("42P07", `relation "${name}" already exists`);
      this.#staged.push(name);
      if (name === "gated") this.#engine.gate.pass();
    }
  }
  #has(name: string): boolean {
    return this.#engine.committed.has(name) || this.#staged.includes(name);
  }

  plan({ query, parameterTypes, inferParameters }: PlanRequest): FakePlan {
    const calls = callsOf(query.node);
    const count = calls.filter((call) => call.name === "$").length;
    if (count > 0 && !inferParameters) throw new SqlError("42P02", "there is no parameter $1");
    const types = Array.from({ length: count }, (_, at) => parameterTypes[at] || (25 as Oid));
    const columns = calls.map(({ name }) => column(name));
    const made = {
      calls,
      parameterTypes: types,
      readsBackwards: true,
      relations: [],
      routines: [],
    };
    if (calls.some(({ name }) => name === "gone") && this.#engine.committed.has("changed")) {
      return { ...made, columns: [column("other")], immutable: false };
    }
    const immutable = calls.every(({ name }) => name === "constant" || name === "overflow");
    return { ...made, columns, immutable };
  }

  /** Function 1 takes an integer and returns it. */
  readonly deferred = { isEmpty: true, checkAll(): void {} };
  readonly planModify = refuse("rows");
  readonly modify = refuse("rows");
  readonly planProcedure = refuse("procedures");
  readonly routines = {
    ...{ run: this.planProcedure, call: this.planProcedure, inlineCode: this.planProcedure },
    ...{ checkDomain: this.planProcedure, query: this.planProcedure },
  };
  planCall(called: Oid): FakePlan {
    if (called !== 1) throw new SqlError("42883", `function with OID ${called} does not exist`);
    const calls = [{ name: "$", args: [1] }];
    return {
      calls,
      parameterTypes: [23 as Oid],
      columns: [column("f")],
      immutable: false,
      readsBackwards: true,
      relations: [],
      routines: [],
    };
  }

  takeSnapshot(): QuerySnapshot {
    this.#engine.leases += 1;
    let held = true;
    const release = () => {
      if (held) this.#engine.leases -= 1;
      held = false;
    };
    return { release };
  }

  run(plan: QueryPlan, parameters: readonly Scalar[], context: StatementContext) {
    const { calls } = plan as FakePlan;
    const [first] = calls;
    const count = Number(first?.args[0] ?? 0);
    if (first?.name === "rows") return Array.from({ length: count }, (_, at) => [BigInt(at + 1)]);
    if (first?.name === "batches") return batches(count, Number(first.args[1]));
    return [calls.map((call) => this.#value(call, parameters, context))];
  }

  #value({ name, args }: Call, parameters: readonly Scalar[], context: StatementContext): Scalar {
    const [first = "", second = ""] = args;
    switch (name) {
      case "$":
        return parameters[Number(first) - 1] ?? null;
      case "fail":
      case "overflow":
        throw new SqlError("22012", "division by zero");
      case "gate":
        this.#engine.gate.pass();
        return "passed";
      case "pg_sleep":
        context.effects.sleep(Number(first));
        return "";
      case "pg_notify":
        context.effects.notify(String(first), String(second));
        return "";
      case "set_config":
        return context.effects.setConfig(String(first), String(second), args[2] === "t");
      case "setting":
        return context.setting(String(first)) ?? null;
      case "nextval":
        return context.effects.nextval(1 as Oid);
      case "cancel":
        return context.effects.cancelBackend(Number(first)) ? "t" : "f";
      case "terminate":
        return context.effects.terminateBackend(Number(first), 0) ? "t" : "f";
      case "activity":
        return [...context.live.activity(undefined)]
          .map((row) => [row[1], row[3], row[4], row[5]].join(":"))
          .join(" ");
      case "prepared":
        return [...context.live.preparedStatements()].map((row) => row.join(",")).join(" ");
      case "cursors":
        return [...context.live.cursors()].map((row) => row.join(",")).join(" ");
      case "say":
        context.effects.notice(String(first));
        return null;
      default:
        return String(first);
    }
  }

  explain(): never {
    throw new SqlError("0A000", "there is nothing to explain");
  }
  explainModify(): never {
    throw new SqlError("0A000", "there is nothing to explain");
  }
  during<T>(_relations: readonly Oid[], work: () => T): T {
    return work();
  }
  explainDdl(): never {
    throw new SqlError("0A000", "there is nothing to explain");
  }
  openReceiver(): never {
    throw new SqlError("0A000", "a list of names takes no rows");
  }
  evaluate(expressions: readonly unknown[]): readonly Scalar[] {
    return expressions.map((node) => String(constantOf(node) ?? ""));
  }
  resolveType(): Oid {
    return 25 as Oid;
  }
  /** Some texts are faults by what they are. */
  decode(_type: Oid, _format: number, bytes: Uint8Array): Scalar {
    const text = Buffer.from(bytes).toString();
    if (text === "bad") throw new SqlError("22P02", "invalid input syntax");
    if (text === "bytes") throw new SqlError("22021", "invalid byte sequence");
    if (text === "long") throw new SqlError("22P03", "incorrect binary data format");
    return text;
  }
  encoder() {
    return (row: ResultRow): readonly WireValue[] =>
      row.map((value) => (value === null ? null : String(value)));
  }
}

async function* batches(count: number, size: number): AsyncGenerator<ResultRow[]> {
  for (let at = 0; at < count; at += size) {
    yield Array.from({ length: Math.min(size, count - at) }, (_, by) => [BigInt(at + by + 1)]);
  }
}

const column = (name: string): ResultColumn => ({
  name,
  table: 0 as Oid,
  attribute: 0,
  type: 25 as Oid,
  typeLength: -1,
  typmod: -1,
});

function callsOf(select: unknown): Call[] {
  const { targetList = [] } = select as { targetList?: { ResTarget: { val: unknown } }[] };
  return targetList.map(({ ResTarget: { val } }) => {
    const node = val as {
      FuncCall?: { funcname: { String: { sval: string } }[]; args?: unknown[] };
      ParamRef?: { number: number };
    };
    if (node.ParamRef) return { name: "$", args: [node.ParamRef.number] };
    if (!node.FuncCall) return { name: "?column?", args: [constantOf(val) ?? ""] };
    const args = (node.FuncCall.args ?? []).map((arg) => constantOf(arg) ?? "");
    return { name: node.FuncCall.funcname.at(-1)?.String.sval ?? "", args };
  });
}

function constantOf(node: unknown): number | string | undefined {
  const constant = (
    node as {
      A_Const?: {
        ival?: { ival?: number };
        fval?: { fval: string };
        sval?: { sval: string };
        boolval?: { boolval?: boolean };
      };
    }
  ).A_Const;
  if (constant?.ival) return constant.ival.ival ?? 0;
  if (constant?.boolval) return constant.boolval.boolval ? "t" : "f";
  return constant?.fval?.fval ?? constant?.sval?.sval;
}
