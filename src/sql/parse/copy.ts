/** COPY. https://www.postgresql.org/docs/15/sql-copy.html */
import type { CopyStmt, Node } from "libpg-query";
import { SqlError } from "../../base/sql-error.ts";
import { commandTag } from "./command-names.ts";
import { relationName, stringsOf } from "./names.ts";
import type { CopyStatement, ModifyStatement, QueryStatement } from "./statement.ts";
import { statementOptions } from "./statement-options.ts";
import { intoOf } from "./table-as.ts";
import { modify } from "./writes-in-with.ts";

export function copy(tree: CopyStmt): CopyStatement {
  const { relation, query, attlist, filename } = tree;
  return {
    kind: "copy",
    source:
      query === undefined
        ? { kind: "relation", name: relationName(relation), columns: stringsOf(attlist) }
        : copiedQuery(query),
    isFrom: tree.is_from ?? false,
    file: filename,
    isProgram: tree.is_program ?? false,
    options: statementOptions(tree.options),
    where: tree.whereClause,
  };
}

function copiedQuery(node: Node): CopyStatement["source"] {
  if ("MergeStmt" in node) {
    return { kind: "refused", error: new SqlError("0A000", "MERGE not supported in COPY") };
  }
  const modified = modify(node);
  if (!("SelectStmt" in node)) {
    return modified ?? { kind: "unsupported", what: `COPY of what ${commandTag(node)} returns` };
  }
  if (intoOf(node.SelectStmt) !== undefined) {
    return { kind: "refused", error: new SqlError("0A000", "COPY (SELECT INTO) is not supported") };
  }
  return modified ?? { kind: "query", node: node.SelectStmt };
}

/** The tag of a statement whose rows are copied. */
export const copiedTag = ({ node }: ModifyStatement): string => commandTag(node as Node);

/** SELECT columns FROM ONLY schema.name */
export function queryOfRelation(
  schema: string,
  name: string,
  columns: readonly string[],
): QueryStatement {
  const targetList = columns.map((column) => ({
    ResTarget: { val: { ColumnRef: { fields: [{ String: { sval: column } }] } } },
  }));
  const RangeVar = { schemaname: schema, relname: name, inh: false, relpersistence: "p" };
  const node = { targetList, fromClause: [{ RangeVar }], op: "SETOP_NONE" };
  return { kind: "query", node };
}
