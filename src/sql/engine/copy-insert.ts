/** The INSERT that COPY FROM is. */
import type { ModifyRequest, ReceiverTarget, StatementContext } from "../session/engine.ts";

/** Its source is never run: the rows come from the client, each value in its column's form. */
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
