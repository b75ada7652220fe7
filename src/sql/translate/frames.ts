/**
 * Window frames as conditions: which of the numbered rows are in the frame of the current one.
 * https://www.postgresql.org/docs/15/sql-expressions.html#SYNTAX-WINDOW-FUNCTIONS
 */
import { assert } from "../../base/assert.ts";
import { oid } from "../../base/ids.ts";
import type { FrameBound, WindowDefinition } from "../bind/tree.ts";
import type { Emitter } from "./emitter.ts";
import { equalityKey } from "./order-keys.ts";
import type { Scope } from "./scope.ts";

/** A window whose rows are kept and numbered. */
export interface Frame {
  readonly window: WindowDefinition;
  /** The common table that keeps them, and the current row in it. */
  readonly rows: string;
  readonly alias: string;
  /** Columns: the row's number in its partition, the number of its peer group. */
  readonly number: string;
  readonly group: string;
}

type OffsetBound = Extract<FrameBound, { kind: "preceding" | "following" }>;

const BOOL = oid(16);

/** `row` is the alias of a row that may be in the frame, `inFrame` makes a text be of it. */
export function frameConditions(
  emitter: Emitter,
  scope: Scope,
  frame: Frame,
  row: string,
  inFrame: (text: string) => string,
): readonly string[] {
  const { window, alias } = frame;
  const same = window.partitionBy.map((key) => {
    const text = equalityKey(emitter, emitter.expression(scope, key), key);
    return `${inFrame(text)} IS ${text}`;
  });
  const bounds = new Bounds(emitter, scope, frame, row, inFrame);
  const [number, group] = [frame.number, frame.group];
  const exclude = {
    none: [],
    "current row": [`${row}.${number} <> ${alias}.${number}`],
    group: [`${row}.${group} <> ${alias}.${group}`],
    ties: [`(${row}.${group} <> ${alias}.${group} OR ${row}.${number} = ${alias}.${number})`],
  }[window.frame?.exclude ?? "none"];
  return [`tick(${row}.${number})`, ...same, ...bounds.start(), ...bounds.end(), ...exclude];
}

class Bounds {
  private readonly emitter: Emitter;
  private readonly scope: Scope;
  private readonly frame: Frame;
  private readonly row: string;
  private readonly inFrame: (text: string) => string;

  constructor(
    emitter: Emitter,
    scope: Scope,
    frame: Frame,
    row: string,
    inFrame: (text: string) => string,
  ) {
    this.emitter = emitter;
    this.scope = scope;
    this.frame = frame;
    this.row = row;
    this.inFrame = inFrame;
  }

  start(): readonly string[] {
    const bound = this.frame.window.frame?.start ?? { kind: "unboundedPreceding" };
    return bound.kind === "unboundedPreceding" ? [] : [this.compare(bound, ">=", "starting")];
  }

  end(): readonly string[] {
    const bound = this.frame.window.frame?.end ?? { kind: "currentRow" };
    return bound.kind === "unboundedFollowing" ? [] : [this.compare(bound, "<=", "ending")];
  }

  private compare(bound: FrameBound, comparison: ">=" | "<=", side: "starting" | "ending"): string {
    const mode = this.frame.window.frame?.mode ?? "range";
    if (mode === "range" && "offset" in bound) return this.inRange(bound, comparison, side);
    const column = mode === "rows" ? this.frame.number : this.frame.group;
    const [other, own] = [`${this.row}.${column}`, `${this.frame.alias}.${column}`];
    if (!("offset" in bound)) return `${other} ${comparison} ${own}`;
    const offset = this.emitter.expression(this.scope, bound.offset);
    const checked = `${this.emitter.internal(`frame_${side}`)}(${offset})`;
    return `${other} ${comparison} ${own} ${bound.kind === "preceding" ? "-" : "+"} ${checked}`;
  }

  /** By value. Rows without one are before or behind all that have one, and peers of each other. */
  private inRange(
    bound: OffsetBound,
    comparison: ">=" | "<=",
    side: "starting" | "ending",
  ): string {
    const { emitter, scope, frame } = this;
    const [key] = frame.window.orderBy;
    assert(key && bound.inRange !== undefined, "RANGE with an offset has one sort key");
    const { type } = key.expression;
    const own = emitter.expression(scope, key.expression);
    const other = this.inFrame(own);
    const offset = emitter.expression(scope, bound.offset);
    const subtract = (bound.kind === "preceding") !== key.descending;
    const less = (comparison === "<=") !== key.descending;
    const types = {
      args: [type, type, bound.offset.type, BOOL, BOOL],
      result: BOOL,
      variadic: false,
    };
    const checked = `${emitter.internal(`range_${side}`)}(${offset})`;
    const test = `${emitter.scalar(bound.inRange, types)}(${other}, ${own}, ${checked}, ${subtract ? 1 : 0}, ${less ? 1 : 0})`;
    // With NULLs first a row without a value starts before everything, with NULLs last behind it.
    const isStart = comparison === ">=";
    const nullable =
      isStart === key.nullsFirst
        ? `(${other} IS NOT NULL OR ${own} IS NULL)`
        : `(${other} IS NULL OR ${own} IS NOT NULL)`;
    return `CASE WHEN ${other} IS NULL OR ${own} IS NULL THEN ${nullable} ELSE ${test} END`;
  }
}
