/**
 * Window functions. SQLite's frames are PostgreSQL's but for two things: offsets must be constants,
 * and RANGE offsets are added to integers only. Where a frame is of the other kind, the rows are
 * numbered and kept once (`w`), and each value is made by a sub-select over the rows of the frame.
 */
import { assert, unreachable } from "../../base/assert.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { Expression, FrameBound, SelectQuery, WindowDefinition } from "../bind/tree.ts";
import {
  aggregateName,
  emitAggregateCall,
  icuExtreme,
  sortText,
  type WindowNode,
  withoutEmpty,
} from "./aggregates.ts";
import type { Emitter } from "./emitter.ts";
import { type Frame, frameConditions } from "./frames.ts";
import { constantCount } from "./limits.ts";
import { equalityKey } from "./order-keys.ts";
import type { Scope } from "./scope.ts";
import { emitSetCalls } from "./set-calls.ts";
import { Columns, computeBelow, outputs, type Source, tail } from "./stages.ts";
import { containsSetCall, containsWindowCall, walk } from "./walk.ts";

const windowFunctions: ReadonlyMap<number, string> = new Map([
  [3100, "row_number"],
  [3101, "rank"],
  [3102, "dense_rank"],
  [3103, "percent_rank"],
  [3104, "cume_dist"],
  [3105, "ntile"],
  [3106, "lag"],
  [3107, "lag"],
  [3108, "lag"],
  [3109, "lead"],
  [3110, "lead"],
  [3111, "lead"],
  [3112, "first_value"],
  [3113, "last_value"],
  [3114, "nth_value"],
]);
/** Their REALs become float8 keys. */
const floatWindows = new Set<number>([3103, 3104]);
const NTILE = 3105;
const FIRST_VALUE = 3112;
const LAST_VALUE = 3113;
const NTH_VALUE = 3114;

/** The others see the whole partition, whatever the frame. */
const seesFrame = (node: WindowNode): boolean =>
  !windowFunctions.has(node.function) ||
  [FIRST_VALUE, LAST_VALUE, NTH_VALUE].includes(node.function);

const INTEGERS = new Set<number>([20, 21, 23]);

/** SQLite takes offsets that are constants, and in RANGE only for numbers of its own. */
function isNative({ frame, orderBy }: WindowDefinition): boolean {
  if (!frame) return true;
  return [frame.start, frame.end].every((bound) => {
    if (!("offset" in bound)) return true;
    // What is wrong with a constant is said by the other way.
    if (constantCount(bound.offset) === undefined) return false;
    return frame.mode !== "range" || INTEGERS.has(orderBy[0]?.expression.type ?? 0);
  });
}

export function needsWindowStage(query: SelectQuery): boolean {
  if (query.windows.some((window) => expressionsOf(window).some(containsSetCall))) return true;
  return windowCalls(query).some((node) => {
    const window = query.windows[node.window];
    return window !== undefined && seesFrame(node) && !isNative(window);
  });
}

function windowCalls(query: SelectQuery): readonly WindowNode[] {
  const found: WindowNode[] = [];
  walk(outputs(query), (node) => {
    if (node.kind === "window") found.push(node as unknown as WindowNode);
    return node.kind !== "subLink";
  });
  return found;
}

const expressionsOf = (window: WindowDefinition): readonly Expression[] => [
  ...window.partitionBy,
  ...window.orderBy.map((key) => key.expression),
];

/** Keeps the rows that windows are over, numbered for those whose frames SQLite does not know. */
export function emitWindows(
  emitter: Emitter,
  scope: Scope,
  query: SelectQuery,
  source: Source,
): Source {
  const keys = query.windows.flatMap(expressionsOf);
  const calls = emitSetCalls(emitter, scope, keys);
  const from = [source.from, ...calls].filter((text) => text !== "").join(", ");
  const [rows, alias] = [emitter.alias("w"), emitter.alias("q")];
  const columns = new Columns(alias, "h");
  computeBelow(emitter, scope, keys, () => false, columns);
  const later = (each: Expression) => containsWindowCall(each) || containsSetCall(each);
  computeBelow(emitter, scope, outputs(query), later, columns);
  const kept = `SELECT ${columns.list.join(", ") || "1"}${tail({ ...source, from })}`;
  const numbers: string[] = [];
  for (const [at, window] of query.windows.entries()) {
    if (isNative(window)) continue;
    const over = windowText(emitter, scope, { ...window, frame: undefined });
    numbers.push(`row_number() OVER (${over}) AS r${at}`, `dense_rank() OVER (${over}) AS g${at}`);
    scope.frames.set(at, { window, rows, alias, number: `r${at}`, group: `g${at}` });
  }
  const numbered =
    numbers.length > 0 ? `SELECT *, ${numbers.join(", ")} FROM (${kept}) AS ${alias}` : kept;
  return {
    tables: [...source.tables, `${rows} AS MATERIALIZED (${numbered})`],
    from: `${rows} AS ${alias}`,
    conditions: [],
    group: "",
  };
}

export function emitWindowCall(emitter: Emitter, scope: Scope, node: WindowNode): string {
  const frame = seesFrame(node) ? scope.frames.get(node.window) : undefined;
  if (frame) return overFrame(emitter, scope, node, frame);
  const definition = scope.windows[node.window];
  if (!definition) throw notSupported("a window function in this context", node.position);
  const plain = seesFrame(node) ? definition : { ...definition, frame: undefined };
  const filter = node.filter ? ` FILTER (WHERE ${emitter.condition(scope, node.filter)})` : "";
  const args = node.args.map((arg) => emitter.expression(scope, arg));
  const own = windowFunctions.get(node.function);
  const over = windowText(emitter, scope, plain);
  const extreme = icuExtreme(emitter, node, args, filter);
  if (extreme !== undefined) return `${extreme} OVER (${over})`;
  const name = own ?? aggregateName(emitter, scope, node);
  const call = (list: string) => `${name}(${list})${filter} OVER (${over})`;
  switch (node.function as number) {
    case NTILE: {
      const [buckets = "NULL"] = args;
      const checked = `${emitter.internal("ntile_count")}(${buckets})`;
      return `CASE WHEN ${buckets} IS NOT NULL THEN ${call(checked)} END`;
    }
    case NTH_VALUE: {
      const [value = "NULL", row = "NULL"] = args;
      const checked = `${emitter.internal("nth_count")}(${row})`;
      return `CASE WHEN ${row} IS NOT NULL THEN ${call(`${value}, ${checked}`)} END`;
    }
    default: {
      const text = call(node.star ? "*" : args.join(", "));
      const offset = own === "lag" || own === "lead" ? args[1] : undefined;
      if (offset !== undefined) return `CASE WHEN ${offset} IS NOT NULL THEN ${text} END`;
      if (floatWindows.has(node.function)) return `${emitter.internal("float_key")}(${text})`;
      return withoutEmpty(name, text);
    }
  }
}

function windowText(
  emitter: Emitter,
  scope: Scope,
  window: Omit<WindowDefinition, "frame"> & {
    readonly frame?: WindowDefinition["frame"] | undefined;
  },
): string {
  const parts: string[] = [];
  if (window.partitionBy.length > 0) {
    const keys = window.partitionBy.map((one) =>
      equalityKey(emitter, emitter.expression(scope, one), one),
    );
    parts.push(`PARTITION BY ${keys.join(", ")}`);
  }
  if (window.orderBy.length > 0) {
    parts.push(`ORDER BY ${window.orderBy.map((key) => sortText(emitter, scope, key)).join(", ")}`);
  }
  const { frame } = window;
  if (frame) {
    const [start, end] = [boundText(emitter, frame.start), boundText(emitter, frame.end)];
    const exclude = frame.exclude ? ` EXCLUDE ${frame.exclude.toUpperCase()}` : "";
    parts.push(`${frame.mode.toUpperCase()} BETWEEN ${start} AND ${end}${exclude}`);
  }
  return parts.join(" ");
}

function boundText(emitter: Emitter, bound: FrameBound): string {
  switch (bound.kind) {
    case "unboundedPreceding":
      return "UNBOUNDED PRECEDING";
    case "unboundedFollowing":
      return "UNBOUNDED FOLLOWING";
    case "currentRow":
      return "CURRENT ROW";
    case "preceding":
    case "following": {
      const count = constantCount(bound.offset);
      assert(count !== undefined, "SQLite takes constant offsets only");
      return `${emitter.constant(count)} ${bound.kind.toUpperCase()}`;
    }
    default:
      return unreachable(bound);
  }
}

/** The value of a call over the rows of its frame, as a sub-select over the kept rows. */
function overFrame(emitter: Emitter, scope: Scope, node: WindowNode, frame: Frame): string {
  const row = emitter.alias("f");
  /** The same text of a row of the frame instead of the current row. */
  const inFrame = (text: string): string => text.replaceAll(`${frame.alias}.`, `${row}.`);
  const conditions = frameConditions(emitter, scope, frame, row, inFrame);
  const from = `FROM ${frame.rows} AS ${row} WHERE ${conditions.join(" AND ")}`;
  const [value = "NULL", place = "NULL"] = node.args.map((arg) => emitter.expression(scope, arg));
  const number = `${row}.${frame.number}`;
  switch (node.function as number) {
    case FIRST_VALUE:
      return `(SELECT ${inFrame(value)} ${from} ORDER BY ${number} LIMIT 1)`;
    case LAST_VALUE:
      return `(SELECT ${inFrame(value)} ${from} ORDER BY ${number} DESC LIMIT 1)`;
    case NTH_VALUE:
      return `(SELECT ${emitter.internal("nth_row")}(${inFrame(value)}, ${place} ORDER BY ${number}) ${from})`;
    default: {
      const call = emitAggregateCall(emitter, scope, node, `ORDER BY ${number}`);
      return `(SELECT ${inFrame(call)} ${from})`;
    }
  }
}
