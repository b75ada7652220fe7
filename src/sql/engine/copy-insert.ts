/** The INSERT that COPY FROM is. */
import { notSupported } from "../../base/sql-error.ts";
import { domainRules } from "../../catalog/domains.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { ModifyRequest, ReceiverTarget, StatementContext } from "../session/engine.ts";

/**
 * Its source is never run: the rows come from the client, each value in its column's form, and are
 * held against no domain. Throws 0A000.
 */
export function insertOf(
  target: ReceiverTarget,
  context: StatementContext,
  catalog: CatalogReader,
): ModifyRequest {
  const { schema, name, columns } = target;
  if (columns.some(({ type }) => domainRules(catalog, type))) {
    throw notSupported("COPY FROM to a column of a domain with constraints");
  }
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
