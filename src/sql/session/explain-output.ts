/**
 * EXPLAIN's ANSWER, as lines of text or as one JSON text.
 *
 *   Sort  (actual time=0.042..0.051 rows=3 loops=1)    [{"Plan": {"Node Type": "Sort", …,
 *     ->  Scan on pg_am  (cost=3178688)                            "Plans": [{"Node Type": "Scan",
 */
import type { Notice } from "../../base/sql-error.ts";
import type { ExplainOptions } from "./explain-options.ts";
import type { DdlExplanation, ExplainedChange, PlanNode } from "./explained.ts";

/** What running a query has shown. */
export interface Measured {
  readonly rows: number;
  /** Milliseconds from the start to the first rows, and behind the last one. */
  readonly first: number;
  readonly last: number;
  readonly thread: "session" | "reader";
}

export interface PlanReport {
  readonly tree: PlanNode;
  readonly output: readonly string[];
  /** The text that SQLite runs. */
  readonly sql: string;
  readonly planningMs: number;
  readonly measured: Measured | undefined;
}

type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json };

const ms = (time: number): string => time.toFixed(3);
const inMs = (time: number): number => Number(ms(time));

export function planAnswer(report: PlanReport, options: ExplainOptions): readonly string[] {
  return options.format === "json" ? [planJson(report, options)] : planText(report, options);
}

function planText(report: PlanReport, options: ExplainOptions): string[] {
  const { tree, output, sql, planningMs, measured } = report;
  const lines: string[] = [];
  const shown = output.length === 0 ? [] : [`Output: ${output.join(", ")}`];
  const extra = options.verbose ? [...shown, `SQLite: ${sql}`] : [];
  writeNode(lines, tree, "", "", { ...options, extra, measured });
  if (measured !== undefined) lines.push(`Executed By: ${measured.thread} thread`);
  if (options.summary) {
    lines.push(`Planning Time: ${ms(planningMs)} ms`);
    if (measured !== undefined) lines.push(`Execution Time: ${ms(measured.last)} ms`);
  }
  return lines;
}

interface NodeStyle {
  readonly costs: boolean;
  readonly timing: boolean;
  /** Of the root alone. */
  readonly extra: readonly string[];
  readonly measured: Measured | undefined;
}

function writeNode(
  lines: string[],
  node: PlanNode,
  lead: string,
  indent: string,
  style: NodeStyle,
): void {
  const { costs, timing, extra, measured } = style;
  const cost = costs && node.cost !== undefined ? `  (cost=${node.cost})` : "";
  const actual = measured === undefined ? "" : actualText(measured, timing);
  lines.push(`${lead}${node.title}${cost}${actual}`);
  const shown = node.details.filter(([name]) => !node.titled.includes(name));
  for (const text of [...extra, ...shown.map(([name, value]) => `${name}: ${value}`)]) {
    lines.push(`${indent}  ${text}`);
  }
  const below: NodeStyle = { costs, timing, extra: [], measured: undefined };
  for (const child of node.children) {
    writeNode(lines, child, `${indent}  ->  `, `${indent}      `, below);
  }
  for (const { name, plan } of node.subplans) {
    lines.push(`${indent}  ${name}`);
    writeNode(lines, plan, `${indent}    ->  `, `${indent}        `, below);
  }
}

function actualText({ rows, first, last }: Measured, timing: boolean): string {
  const time = timing ? `time=${ms(first)}..${ms(last)} ` : "";
  return `  (actual ${time}rows=${rows} loops=1)`;
}

function planJson(report: PlanReport, options: ExplainOptions): string {
  const { tree, output, sql, planningMs, measured } = report;
  const plan = {
    ...nodeJson(tree, options.costs, measured, options.timing),
    ...(options.verbose ? { Output: output, SQLite: sql } : {}),
  };
  const explained = {
    Plan: plan,
    ...(measured === undefined ? {} : { "Executed By": `${measured.thread} thread` }),
    ...(options.summary ? { "Planning Time": inMs(planningMs) } : {}),
    ...(options.summary && measured !== undefined ? { "Execution Time": inMs(measured.last) } : {}),
  };
  return jsonText([explained], "");
}

function nodeJson(
  node: PlanNode,
  costs: boolean,
  measured?: Measured,
  timing = false,
): { readonly [name: string]: Json } {
  const times = measured !== undefined && timing;
  const plans: Json[] = [
    ...node.children.map((child) => nodeJson(child, costs)),
    ...node.subplans.map(({ name, plan }) => ({ "Subplan Name": name, ...nodeJson(plan, costs) })),
  ];
  return {
    "Node Type": node.kind,
    ...Object.fromEntries(node.details),
    ...(costs && node.cost !== undefined ? { "Total Cost": node.cost } : {}),
    ...(times ? { "Actual Startup Time": inMs(measured.first) } : {}),
    ...(times ? { "Actual Total Time": inMs(measured.last) } : {}),
    ...(measured === undefined ? {} : { "Actual Rows": measured.rows, "Actual Loops": 1 }),
    ...(plans.length === 0 ? {} : { Plans: plans }),
  };
}

// What DDL would do

export function ddlAnswer(
  tag: string,
  explained: DdlExplanation,
  options: ExplainOptions,
): readonly string[] {
  const { format, verbose } = options;
  if (format === "json") return [jsonText([ddlJson(tag, explained, verbose)], "")];
  return ddlText(tag, explained, verbose);
}

function ddlText(tag: string, explained: DdlExplanation, verbose: boolean) {
  const { locks, changes, notices, rows } = explained;
  const lines = [tag, `  Locks: ${locks.length === 0 ? "none" : locks.length}`];
  for (const { mode, object, isHeld } of locks) {
    lines.push(`    ${mode}Lock on ${object}${isHeld ? " (held already)" : ""}`);
  }
  lines.push(`  Changes: ${changes.length === 0 ? "none" : changes.length}`);
  for (const change of changes) {
    const { kind, relation, key, name, values } = change;
    const called = name === undefined ? "" : ` ${name}`;
    lines.push(`    ${verbs[kind]} ${relation} ${pairs(key)}${called}${elsewhere(change)}`);
    if (verbose) for (const [name, value] of values) lines.push(`      ${name}: ${value}`);
  }
  if (rows.length > 0) lines.push("  Rows, not tried:");
  for (const line of rows) lines.push(`    ${line}`);
  if (notices.length > 0) lines.push("  Notices:");
  for (const { severity, message, detail } of notices) {
    lines.push(`    ${severity}: ${message}`);
    for (const line of detail?.split("\n") ?? []) lines.push(`      ${line}`);
  }
  return lines;
}

const verbs = { insert: "insert into", update: "update", delete: "delete from" } as const;

const pairs = (values: readonly (readonly [string, string])[]): string =>
  `(${values.map(([name, value]) => `${name}=${value}`).join(", ")})`;

const elsewhere = ({ database }: ExplainedChange): string =>
  database === undefined ? "" : ` in database ${database}`;

function ddlJson(
  tag: string,
  { locks, changes, notices, rows }: DdlExplanation,
  verbose: boolean,
): { readonly [name: string]: Json } {
  return {
    Statement: tag,
    Locks: locks.map(({ mode, object, isHeld }) => ({
      Mode: `${mode}Lock`,
      Object: object,
      Held: isHeld,
    })),
    Changes: changes.map(({ relation, kind, key, name, values, database }) => ({
      Operation: kind,
      Relation: relation,
      ...(database === undefined ? {} : { Database: database }),
      Key: Object.fromEntries(key),
      ...(name === undefined ? {} : { Name: name }),
      ...(verbose && kind !== "delete" ? { Values: Object.fromEntries(values) } : {}),
    })),
    ...(rows.length === 0 ? {} : { "Rows, not tried": rows }),
    Notices: notices.map(noticeJson),
  };
}

const noticeJson = ({ severity, message, detail }: Notice): Json => ({
  Severity: severity,
  Message: message,
  ...(detail === undefined ? {} : { Detail: detail.split("\n") }),
});

/** PostgreSQL's layout: two blanks a level, a list of plain values on one line. */
function jsonText(value: Json, indent: string): string {
  const inner = `${indent}  `;
  if (isList(value)) {
    if (value.every((item) => typeof item !== "object")) {
      return `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
    }
    const items = value.map((item) => inner + jsonText(item, inner));
    return `[\n${items.join(",\n")}\n${indent}]`;
  }
  if (typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).map(
    ([name, field]) => `${inner}${JSON.stringify(name)}: ${jsonText(field, inner)}`,
  );
  return `{\n${fields.join(",\n")}\n${indent}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
