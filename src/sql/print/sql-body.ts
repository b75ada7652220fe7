/** BODIES OF ROUTINES THAT ARE NO TEXT as SQL, laid out as pg_get_functiondef does. */
import { decodeBody, isReturnBody } from "../bind/codec.ts";
import type { StoredStatement } from "../bind/modify.ts";
import { isStoredQuery } from "../bind/stored-statements.ts";
import { type PrintContext, writerOf } from "./print.ts";
import { printQuery } from "./query.ts";
import { printStatement } from "./rule.ts";
import type { Writer } from "./writer.ts";

/** RETURN …, or BEGIN ATOMIC … END. */
export function printSqlBody(body: string, context: PrintContext): string {
  const statements = decodeBody(body);
  const isReturn = isReturnBody(body);
  const writer = writerOf({ ...context, oneLine: isReturn }, true);
  const [only] = statements;
  if (isReturn && only) {
    printOne(writer, only);
    return writer.text;
  }
  writer.put("BEGIN ATOMIC\n");
  for (const statement of statements) {
    writer.indent = 1;
    printOne(writer, statement);
    writer.put(";\n");
  }
  writer.put("END");
  return writer.text;
}

function printOne(writer: Writer, statement: StoredStatement): void {
  if (!isStoredQuery(statement)) return printStatement(writer, statement, []);
  printQuery(writer, statement.query, { returns: statement.kind === "return" });
}
