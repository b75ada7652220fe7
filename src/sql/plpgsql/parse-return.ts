/** RETURN, RETURN NEXT, RETURN QUERY, as what the function returns allows them. */
import { SqlError } from "../../base/sql-error.ts";
import type { Token } from "../parse/tokens.ts";
import type { BodyParser } from "./parse-body.ts";
import { usingOf } from "./parse-sql.ts";
import type { Action } from "./tree.ts";

export function returned(parser: BodyParser): Action {
  const { reader, returns } = parser;
  const start = reader.take();
  if (reader.isWord("next")) return nextRow(parser, start);
  if (reader.isWord("query")) return rowsOfQuery(parser, start);
  const isBare = reader.isMark(";");
  const refuse = (where: string, hint?: string) => {
    const message = `RETURN cannot have a parameter in ${where}`;
    const { code, fields } = reader.fault(where === "a procedure" ? "42601" : "42804", message);
    return new SqlError(code, message, hint === undefined ? fields : { ...fields, hint });
  };
  if (returns.set) {
    if (!isBare) throw refuse("function returning set", "Use RETURN NEXT or RETURN QUERY.");
  } else if (returns.nothing !== undefined && !returns.outputs) {
    if (!isBare) throw refuse(returns.nothing);
  } else if (returns.outputs) {
    if (!isBare) throw refuse("function with OUT parameters");
  }
  const hasValue = !returns.set && !returns.outputs && returns.nothing === undefined;
  return { kind: "return", value: hasValue ? reader.sql("expression", [";"]) : undefined };
}

function nextRow({ reader, returns }: BodyParser, start: Token): Action {
  reader.take();
  if (!returns.set) {
    throw reader.fault("42804", "cannot use RETURN NEXT in a non-SETOF function", start);
  }
  if (!returns.outputs) return { kind: "returnNext", value: reader.sql("expression", [";"]) };
  if (reader.isMark(";")) return { kind: "returnNext", value: undefined };
  const message = "RETURN NEXT cannot have a parameter in function with OUT parameters";
  throw reader.fault("42804", message);
}

function rowsOfQuery({ reader, returns }: BodyParser, start: Token): Action {
  reader.take();
  if (!returns.set) {
    throw reader.fault("42804", "cannot use RETURN QUERY in a non-SETOF function", start);
  }
  if (!reader.takeIf("execute")) {
    return { kind: "returnQuery", source: reader.sql("statement", [";"]) };
  }
  const query = reader.sql("expression", [";", "using"], "; or USING");
  return { kind: "returnQuery", source: { query, using: usingOf(reader, [";"]) } };
}
