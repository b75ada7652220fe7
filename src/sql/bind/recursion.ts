/**
 * RECURSIVE QUERIES may name themselves once, in their second arm, where no outer join, sub-select,
 * EXCEPT or the like would need the whole of the table before it is there. Checked on the parser's
 * tree, as PostgreSQL does.
 * https://www.postgresql.org/docs/15/queries-with.html#QUERIES-WITH-RECURSIVE
 */
import type {
  CommonTableExpr,
  JoinExpr,
  Node,
  RangeVar,
  SelectStmt,
  SubLink,
  WithClause,
} from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import { rawPosition } from "./position.ts";
import type { Scope } from "./scope.ts";

/** What stands around a reference; as messages name it. */
type Place =
  | "allowed"
  | "its non-recursive term"
  | "a subquery"
  | "an outer join"
  | "INTERSECT"
  | "EXCEPT";

/** The query of WITH RECURSIVE that names itself. Throws 42P19 and 0A000. */
export function checkRecursion(scope: Scope, table: CommonTableExpr, stmt: SelectStmt): void {
  const { ctename: name = "" } = table;
  if (stmt.op !== "SETOP_UNION" || !stmt.larg || !stmt.rarg) {
    const message = `recursive query "${name}" does not have the form non-recursive-term UNION [ALL] recursive-term`;
    throw new SqlError("42P19", message).at(scope.at(table.location));
  }
  new Checker(scope, name, "its non-recursive term").select(stmt.larg);
  new Checker(scope, name, "allowed").select(stmt.rarg);
  if (stmt.withClause) new Checker(scope, name, "a subquery").tables(stmt.withClause);
  const refuse = (what: string, node: Node | undefined) => {
    const message = `${what} in a recursive query is not implemented`;
    throw new SqlError("0A000", message).at(rawPosition(scope, node));
  };
  const sort = stmt.sortClause?.[0];
  if (sort) refuse("ORDER BY", ("SortBy" in sort && sort.SortBy.node) || sort);
  if (stmt.limitOffset) refuse("OFFSET", stmt.limitOffset);
  if (stmt.limitCount) refuse("LIMIT", stmt.limitCount);
  if (stmt.lockingClause) refuse("FOR UPDATE/SHARE", undefined);
}

class Checker {
  readonly #scope: Scope;
  readonly #name: string;
  #place: Place;
  #count = 0;
  /** Names that WITH clauses inside give to something else. */
  readonly #hidden: string[] = [];

  constructor(scope: Scope, name: string, place: Place) {
    this.#scope = scope;
    this.#name = name;
    this.#place = place;
  }

  select(stmt: SelectStmt): void {
    const { withClause } = stmt;
    const hidden = this.#hidden.length;
    if (withClause) this.tables(withClause);
    this.#body(stmt);
    this.#hidden.length = hidden;
  }

  /** Queries of a WITH; their names stay hidden until the caller takes them back. */
  tables({ ctes = [], recursive }: WithClause): void {
    const tables = ctes.flatMap((node) =>
      "CommonTableExpr" in node ? [node.CommonTableExpr] : [],
    );
    if (recursive) this.#hidden.push(...tables.map((table) => table.ctename ?? ""));
    for (const table of tables) {
      this.#walk(table.ctequery);
      if (!recursive) this.#hidden.push(table.ctename ?? "");
    }
  }

  #body(stmt: SelectStmt): void {
    if (
      this.#place !== "allowed" ||
      (stmt.op !== "SETOP_INTERSECT" && stmt.op !== "SETOP_EXCEPT")
    ) {
      this.#fields(stmt as Record<string, unknown>);
      return;
    }
    const place = stmt.op === "SETOP_INTERSECT" ? "INTERSECT" : "EXCEPT";
    this.#within(stmt.all ? place : "allowed", stmt.larg && { SelectStmt: stmt.larg });
    const right = stmt.all || place === "EXCEPT" ? place : "allowed";
    this.#within(right, stmt.rarg && { SelectStmt: stmt.rarg });
    const { sortClause, limitOffset, limitCount } = stmt;
    this.#fields({ sortClause, limitOffset, limitCount });
  }

  #within(place: Place, node: Node | undefined): void {
    const before = this.#place;
    this.#place = place;
    this.#walk(node);
    this.#place = before;
  }

  #walk(node: unknown): void {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const item of node) this.#walk(item);
      return;
    }
    const fields = node as Record<string, unknown>;
    if ("RangeVar" in fields) this.#reference(fields["RangeVar"] as RangeVar);
    else if ("SelectStmt" in fields) this.select(fields["SelectStmt"] as SelectStmt);
    else if ("JoinExpr" in fields) this.#join(fields["JoinExpr"] as JoinExpr);
    else if ("SubLink" in fields) this.#subLink(fields["SubLink"] as SubLink);
    else this.#fields(fields);
  }

  #fields(fields: Record<string, unknown>): void {
    for (const key in fields) {
      if (key === "withClause") continue;
      // The arms of a set operation are bare.
      if (key === "larg" || key === "rarg") this.select(fields[key] as SelectStmt);
      else this.#walk(fields[key]);
    }
  }

  #join({ jointype, larg, rarg, quals }: JoinExpr): void {
    const nullable = this.#place === "allowed" ? "an outer join" : this.#place;
    const full = jointype === "JOIN_FULL";
    this.#within(full || jointype === "JOIN_RIGHT" ? nullable : this.#place, larg);
    this.#within(full || jointype === "JOIN_LEFT" ? nullable : this.#place, rarg);
    this.#walk(quals);
  }

  #subLink({ subselect, testexpr }: SubLink): void {
    this.#within("a subquery", subselect);
    this.#walk(testexpr);
  }

  #reference({ relname, schemaname, location }: RangeVar): void {
    if (schemaname !== undefined || relname !== this.#name) return;
    if (this.#hidden.includes(relname)) return;
    const fail = (what: string) => {
      const message = `recursive reference to query "${this.#name}" must not appear ${what}`;
      return new SqlError("42P19", message).at(this.#scope.at(location));
    };
    if (this.#place !== "allowed") throw fail(`within ${this.#place}`);
    if (++this.#count > 1) throw fail("more than once");
  }
}
