/**
 * THE FUNCTIONS A TRANSLATION CALLS, on a connection of SQLite's. A translation lists them by
 * specification; each is registered once per connection, when the first statement that calls it is
 * prepared. So the main thread and the reader threads have the same functions without a list that
 * could differ.
 *
 * What the functions know of the running statement is `current`, set before each step.
 */
import { assert, unreachable } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import type {
  AggregateFunction,
  QueryConnection,
  SqliteValue,
} from "../../pages/query-connection.ts";
import type {
  AggregateSteps,
  FunctionContext,
  Registry,
  ScalarCall,
} from "../functions/registry.ts";
import type { FunctionUse, RowsCall } from "../translate/translation.ts";
import type { Stored } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { codecOf } from "../types/type-io.ts";
import { internalAggregates, internalFunctions } from "./internal-functions.ts";
import { madeSteps } from "./made-aggregates.ts";
import { lockStep, routineRows, rowsFunction } from "./rows-functions.ts";
import { orderKeyOf } from "./sort-keys.ts";

/** A connection's registrations. */
export type FunctionHost = Pick<
  QueryConnection,
  "registerFunction" | "registerAggregate" | "registerTable" | "guard"
>;

const PURE = { deterministic: true };
const VOLATILE = { deterministic: false };

export class FunctionInstaller {
  /** What the running statement knows; the step that follows sees it. */
  current: FunctionContext | undefined;
  private readonly host: FunctionHost;
  private readonly registry: Registry;
  private readonly installed = new Set<string>();

  constructor(host: FunctionHost, registry: Registry) {
    this.host = host;
    this.registry = registry;
  }

  /** Must not run while a statement of the connection does. */
  install(uses: readonly FunctionUse[]): void {
    for (const use of uses) {
      if (this.installed.has(use.name)) continue;
      this.installOne(use);
      this.installed.add(use.name);
    }
  }

  private readonly context = (): FunctionContext => {
    assert(this.current, "a function was called outside of a step");
    return this.current;
  };

  private installOne(use: FunctionUse): void {
    const { host, context } = this;
    switch (use.kind) {
      case "scalar": {
        const found = this.registry.scalar(use.function);
        assert(found, `function ${use.function} is not registered`);
        const options = found.volatility === "v" ? VOLATILE : PURE;
        host.registerFunction(
          use.name,
          options,
          scalarCall(context, found.callFor(use.types), found.strict),
        );
        return;
      }
      case "routine": {
        const { function: called, types } = use;
        host.registerFunction(
          use.name,
          { deterministic: use.immutable },
          (...args) => routineRows(context(), called, types, args as Scalar[])[0]?.[0] ?? null,
        );
        return;
      }
      case "aggregate":
        return this.installAggregate(use);
      case "rows":
        return this.installRows(use.name, use.calls);
      case "output":
        host.registerFunction(use.name, PURE, (value = null, typmod = -1n) =>
          value === null
            ? null
            : codecOf(use.type, context()).format(value as Stored, context(), Number(typmod)),
        );
        return;
      case "input":
        host.registerFunction(use.name, PURE, (text = null, typmod = -1n) =>
          text === null
            ? null
            : codecOf(use.type, context()).parse(String(text), Number(typmod), context()),
        );
        return;
      case "sortKey":
        host.registerFunction(use.name, PURE, (value = null) =>
          orderKeyOf(use.type, value as Scalar, context()),
        );
        return;
      case "internal":
        return this.installInternal(use.name);
      default:
        return unreachable(use);
    }
  }

  private installInternal(name: string): void {
    const { context, host } = this;
    const aggregate = internalAggregates.get(name);
    if (aggregate) {
      host.registerAggregate(name, PURE, plainSteps(context, aggregate, false, undefined));
      return;
    }
    const windowed = internalAggregates.get(name.replace(/_window$/, ""));
    if (windowed) {
      host.registerAggregate(name, PURE, windowSteps(context, windowed, false, undefined));
      return;
    }
    const call = internalFunctions.get(name);
    assert(call, `no internal function ${name}`);
    host.registerFunction(name, PURE, (...args) => call(context(), ...(args as Scalar[])));
  }

  private installAggregate(use: FunctionUse & { readonly kind: "aggregate" }): void {
    const distinct = use.distinct ? use.types.args : undefined;
    if (use.made) {
      const own = madeSteps(this.registry, use.made);
      const made = (use.window ? windowSteps : plainSteps)(this.context, own, false, distinct);
      this.host.registerAggregate(use.name, PURE, made);
      return;
    }
    const found = this.registry.aggregate(use.function);
    assert(found, `aggregate ${use.function} is not registered`);
    const steps = use.window ? windowSteps : plainSteps;
    const aggregate = steps(this.context, found.callFor(use.types), found.strict, distinct);
    this.host.registerAggregate(use.name, PURE, aggregate);
  }

  private installRows(name: string, calls: readonly RowsCall[]): void {
    const { context, host } = this;
    const functions = calls.map((call) => rowsFunction(this.registry, call));
    const columns = calls.reduce((sum, call) => sum + call.columns, 0);
    const parameters = calls.reduce((sum, call) => sum + call.args.length, 0);
    this.host.registerTable(name, {
      columns: [...Array.from({ length: columns }, (_, at) => `c${at + 1}`), "ord"],
      parameters: Array.from({ length: parameters }, (_, at) => `p${at + 1}`),
      rows: (...args) => lockStep(context(), functions, columns, args as Scalar[], host.guard.tick),
    });
  }
}

function scalarCall(context: () => FunctionContext, call: ScalarCall, strict: boolean) {
  if (!strict) return (...args: SqliteValue[]) => call(context(), ...(args as Scalar[]));
  return (...args: SqliteValue[]) => {
    for (const arg of args) if (arg === null) return null;
    return call(context(), ...(args as Scalar[]));
  };
}

type Steps = (
  context: () => FunctionContext,
  aggregate: AggregateSteps,
  strict: boolean,
  /** The types of the arguments, by which calls are told apart; undefined: each one counts. */
  distinct: readonly Oid[] | undefined,
) => AggregateFunction;

const plainSteps: Steps = (context, aggregate, strict, distinct) => {
  interface Group {
    state: unknown;
    readonly seen: Set<string>;
  }
  return {
    start: (): Group => ({ state: aggregate.start(), seen: new Set() }),
    step: (state, ...values) => {
      const group = state as Group;
      const args = values as Scalar[];
      if (strict && args.includes(null)) return group;
      if (distinct) {
        const keys = args.map((value, at) => orderKeyOf(distinct[at] as Oid, value, context()));
        const key = keys.map(keyOf).join("\u0000");
        if (group.seen.has(key)) return group;
        group.seen.add(key);
      }
      group.state = aggregate.step(context(), group.state, ...args);
      return group;
    },
    result: (state) => aggregate.result(context(), (state as Group).state),
  };
};

/**
 * SQLite slides window frames by taking rows back, which PostgreSQL's transition functions cannot
 * do: so the frame's rows are kept, and each answer is made from them.
 */
const windowSteps: Steps = (context, aggregate, strict) => {
  interface Frame {
    readonly rows: Scalar[][];
    first: number;
  }
  return {
    start: (): Frame => ({ rows: [], first: 0 }),
    step: (state, ...args) => {
      (state as Frame).rows.push(args as Scalar[]);
      return state;
    },
    inverse: (state) => {
      (state as Frame).first++;
      return state;
    },
    result: (state) => {
      const { rows, first } = state as Frame;
      let value = aggregate.start();
      for (let at = first; at < rows.length; at++) {
        const args = rows[at] as Scalar[];
        if (strict && args.includes(null)) continue;
        value = aggregate.step(context(), value, ...args);
      }
      return aggregate.result(context(), value);
    },
  };
};

const keyOf = (value: Scalar): string => {
  if (value === null) return "n";
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString("hex")}`;
  return `${typeof value === "string" ? "s" : "i"}${value}`;
};
