/** The INSERT that COPY FROM is, and what holds its values against domains. */
import type { Oid } from "../../base/ids.ts";
import { BEFORE, INSERT, ROW } from "../../catalog/trigger-bits.ts";
import type { BindContext } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import type { BoundQuery } from "../bind/tree.ts";
import { isVolatile } from "../bind/volatility.ts";
import type { ModifyPlan, RowRules } from "../rows/modify-plan.ts";
import { type RowStep, stepOf } from "../rows/row-step.ts";
import type {
  ModifyRequest,
  ReceiverTarget,
  RowReceiver,
  StatementContext,
} from "../session/engine.ts";
import type { Translation } from "../translate/translation.ts";
import type { ModifyAccess } from "./modify-access.ts";

/**
 * Its source is never run: the rows come from the client, each value in its column's form, which
 * its domain has taken when it was read.
 */
export function insertOf(target: ReceiverTarget, context: StatementContext): ModifyRequest {
  const { schema, name, columns } = target;
  const names = columns.map((column) => ({ ResTarget: { name: column.name } }));
  const values = columns.map((_, at) => ({
    ResTarget: { val: { ParamRef: { number: at + 1 } } },
  }));
  const node = {
    InsertStmt: {
      relation: { schemaname: schema, relname: name, inh: true },
      cols: names,
      selectStmt: { SelectStmt: { targetList: values } },
      override: "OVERRIDING_SYSTEM_VALUE",
    },
    ignoresRules: true,
    ...(target.where === undefined ? {} : { copyWhere: target.where }),
  };
  const text = `COPY FROM ${JSON.stringify([schema, name, ...columns.map((each) => each.name)])}`;
  const body = { kind: "modify" as const, node, returns: false };
  return {
    statement: { body, tag: "COPY", text, source: text, parameterCount: columns.length },
    modify: body,
    parameterTypes: columns.map(({ type }) => type),
    inferParameters: false,
    context,
  };
}

const NO_SHAPE = { typmod: -1, collation: 0 as Oid };

/** As a parameter of the domain is held against it. */
export function domainCheck(
  access: ModifyAccess,
  translate: (bound: BoundQuery) => Translation,
): RowReceiver["checkDomain"] {
  const steps = new Map<Oid, RowStep>();
  const stepFor = (type: Oid): RowStep =>
    stepOf(translate, [{ kind: "parameter", number: 1, type, ...NO_SHAPE }], [type]);
  return (domain, value) => {
    const step = steps.get(domain) ?? stepFor(domain);
    steps.set(domain, step);
    access.evaluate(step, [value]);
  };
}

const BEFORE_INSERT = [ROW, BEFORE, INSERT].reduce((bits = 0, bit = 0) => bits | bit, 0);

/**
 * Whether PostgreSQL would add the rows many at a time: no row is to be looked at before the next
 * one, by a trigger or by what a default calls.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/copyfrom.c#L720
 */
export function isBatched(
  { bound, defaults }: ModifyPlan,
  { triggers = [] }: RowRules,
  { builtin, catalog, searchPath }: BindContext,
): boolean {
  const names = new Names(builtin, catalog, searchPath);
  const computed = bound.kind === "insert" ? bound.defaults : [];
  return (
    !triggers.some(({ type }) => (type & BEFORE_INSERT) === BEFORE_INSERT) &&
    !computed.some(
      ({ column, value }) => defaults.otherColumns.includes(column) && isVolatile(names, value),
    )
  );
}
