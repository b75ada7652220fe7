/**
 * WHERE A RECURSIVE QUERY MAY NAME ITSELF: once, in the second arm of its UNION, and neither in a
 * sub-select, nor where rows come that the reference has not, nor where it takes rows away. Seen
 * on the parser's tree, before any name is resolved.
 * https://www.postgresql.org/docs/15/queries-with.html#QUERIES-WITH-RECURSIVE
 */
import type { JoinExpr, RangeVar, SelectStmt, SubLink, WithClause } from "@pgsql/types";
import { SqlError } from "../../base/sql-error.ts";
import type { Scope } from "./scope.ts";

/** Where a reference would stand; undefined = where it may. */
type Place =
  | "within its non-recursive term"
  | "within a subquery"
  | "within an outer join"
  | "within INTERSECT"
  | "within EXCEPT"
  | undefined;

/** 42P19 unless the arms of `stmt`, a UNION, name the table `name` rightly. */
export function checkRecursion(scope: Scope, stmt: SelectStmt, name: string): void {
  const check = new RecursionCheck(scope, name);
  check.see(stmt.larg, "within its non-recursive term");
  check.see(stmt.rarg, undefined);
  if (stmt.withClause) check.see(stmt.withClause.ctes, "within a subquery");
}

class RecursionCheck {
  readonly #scope: Scope;
  readonly #name: string;
  #found = false;
  /** Names of WITH queries inside, which hide the table's. */
  readonly #hiding: string[] = [];

  constructor(scope: Scope, name: string) {
    this.#scope = scope;
    this.#name = name;
  }

  see(node: unknown, place: Place): void {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const each of node) this.see(each, place);
      return;
    }
    if ("limitOption" in node || "op" in node) return this.#select(node as SelectStmt, place);
    for (const [key, value] of Object.entries(node)) {
      if (key === "RangeVar") this.#reference(value, place);
      else if (key === "SelectStmt") this.#select(value, place);
      else if (key === "JoinExpr") this.#join(value, place);
      else if (key === "SubLink") this.#subLink(value, place);
      else this.see(value, place);
    }
  }

  #reference({ relname, schemaname, location }: RangeVar, place: Place): void {
    if (schemaname !== undefined || relname !== this.#name) return;
    if (this.#hiding.includes(relname)) return;
    const wrong = place ?? (this.#found ? "more than once" : undefined);
    this.#found = true;
    if (wrong === undefined) return;
    const message = `recursive reference to query "${relname}" must not appear ${wrong}`;
    throw new SqlError("42P19", message).at(this.#scope.at(location));
  }

  #select(stmt: SelectStmt, place: Place): void {
    const hidden = this.#hiding.length;
    if (stmt.withClause) this.#with(stmt.withClause, place);
    const { withClause: _, larg, rarg, op, all, ...rest } = stmt;
    const takesAway = place === undefined && (op === "SETOP_INTERSECT" || op === "SETOP_EXCEPT");
    const word = op === "SETOP_EXCEPT" ? "within EXCEPT" : "within INTERSECT";
    const left = takesAway && all ? word : place;
    const right = takesAway && (all || op === "SETOP_EXCEPT") ? word : place;
    this.see(Object.values(rest), place);
    this.see(larg, left);
    this.see(rarg, right);
    this.#hiding.length = hidden;
  }

  /** Under RECURSIVE the queries of one WITH see each other, else those before them. */
  #with({ ctes = [], recursive }: WithClause, place: Place): void {
    const tables = ctes.flatMap((node) => ("CommonTableExpr" in node ? node.CommonTableExpr : []));
    if (recursive) this.#hiding.push(...tables.map(({ ctename = "" }) => ctename));
    for (const { ctename = "", ctequery } of tables) {
      this.see(ctequery, place);
      if (!recursive) this.#hiding.push(ctename);
    }
  }

  #join({ jointype, larg, rarg, quals }: JoinExpr, place: Place): void {
    const outer = place ?? "within an outer join";
    const full = jointype === "JOIN_FULL";
    this.see(larg, full || jointype === "JOIN_RIGHT" ? outer : place);
    this.see(rarg, full || jointype === "JOIN_LEFT" ? outer : place);
    this.see(quals, place);
  }

  #subLink({ subselect, testexpr }: SubLink, place: Place): void {
    this.see(subselect, "within a subquery");
    this.see(testexpr, place);
  }
}
