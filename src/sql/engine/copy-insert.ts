/** The INSERT that COPY FROM is, and what holds its values against domains. */
import type { Oid } from "../../base/ids.ts";
import type { BoundQuery } from "../bind/tree.ts";
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
