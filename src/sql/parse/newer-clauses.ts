/**
 * CLAUSES OF NEWER SERVERS in statements about tables and indexes: the loaded grammar (PostgreSQL
 * 17) reads them, PostgreSQL 15 stumbles over their first word.
 */
import type { MergeStmt } from "@pgsql/types";
import type { Node } from "libpg-query";
import { SqlError } from "../../base/sql-error.ts";

/**
 * Throws 42601 as PostgreSQL 15 does. `own`: the statement's text; `startOf`: where it begins in
 * the client's text, in UTF-16 units.
 */
export function refuseNewerClauses(
  node: Node,
  own: string,
  text: string,
  startOf: () => number,
): void {
  const word = newerWord(node, own);
  if (word === undefined) return;
  const start = startOf();
  const found = word === "" ? undefined : word.exec(own)?.indices?.[1];
  if (!found) throw atTheEnd(text, start + own.length);
  throw syntaxError(own.slice(...found), text, start + found[0]);
}

const syntaxError = (word: string, text: string, at: number): SqlError =>
  new SqlError("42601", `syntax error at or near "${word}"`).at(characters(text.slice(0, at)) + 1);

/** What follows the statement is what a missing name is missed at. */
function atTheEnd(text: string, end: number): SqlError {
  const rest = text.slice(end);
  const semicolon = rest.indexOf(";");
  if (semicolon >= 0) return syntaxError(";", text, end + semicolon);
  return new SqlError("42601", "syntax error at end of input").at(characters(text) + 1);
}

const characters = (text: string): number => [...text].length;

/** A pattern whose first group is the word; "" = a name is missing at the end. */
function newerWord(node: Node, own: string): RegExp | "" | undefined {
  if ("ReindexStmt" in node) {
    const { relation, name } = node.ReindexStmt;
    return relation || name !== undefined ? undefined : "";
  }
  if ("ClusterStmt" in node) {
    return node.ClusterStmt.relation || !/^\s*cluster\s*\(/i.test(own) ? undefined : "";
  }
  if ("AlterTableStmt" in node) return newerAction(node.AlterTableStmt.cmds);
  if ("MergeStmt" in node) return newerMerge(node.MergeStmt, own);
  if ("CreateStmt" in node) return newerColumn(node.CreateStmt.tableElts);
  return undefined;
}

function newerMerge({ returningList }: MergeStmt, own: string): RegExp | undefined {
  if (NOT_MATCHED_BY.test(own)) return NOT_MATCHED_BY;
  return returningList === undefined ? undefined : /\b(returning)\b/di;
}

const NOT_MATCHED_BY = /\bwhen\s+not\s+matched\s+(by)\b/di;
const STORAGE = /\b(storage)\s+\w+/di;

const newerColumn = (elements: readonly Node[] | undefined): RegExp | undefined =>
  elements?.some((each) => "ColumnDef" in each && each.ColumnDef.storage_name !== undefined)
    ? STORAGE
    : undefined;

function newerAction(commands: readonly Node[] | undefined): RegExp | undefined {
  for (const command of commands ?? []) {
    if (!("AlterTableCmd" in command)) continue;
    const { subtype, def, name } = command.AlterTableCmd;
    if (subtype === "AT_SetStatistics" && def === undefined) return /\bstatistics\s+(default)\b/di;
    if (subtype === "AT_SetAccessMethod" && name === undefined) return /\bmethod\s+(default)\b/di;
    if (subtype === "AT_SetExpression") return /\bset\s+(expression)\b/di;
    if (subtype === "AT_AddColumn" && newerColumn(def ? [def] : [])) return STORAGE;
    const isDefault = def !== undefined && "String" in def && def.String.sval === "default";
    if (subtype === "AT_SetStorage" && isDefault) return /\bstorage\s+(default)\b/di;
  }
  return undefined;
}
