/** Where set-returning functions may stand. */
import { SqlError } from "../../base/sql-error.ts";
import type { ExpressionKind, Scope } from "./scope.ts";

const forbidden: ReadonlyMap<ExpressionKind, string> = new Map([
  ["JOIN/ON", "JOIN conditions"],
  ["JOIN/USING", "JOIN conditions"],
  ["WHERE", "WHERE"],
  ["HAVING", "HAVING"],
  ["FILTER", "FILTER"],
  ["LIMIT", "LIMIT"],
  ["OFFSET", "OFFSET"],
  ["VALUES", "VALUES"],
  ["window RANGE", "window definitions"],
  ["window ROWS", "window definitions"],
  ["window GROUPS", "window definitions"],
  ["DEFAULT", "DEFAULT expressions"],
  ["parameter DEFAULT", "DEFAULT expressions"],
  ["CHECK", "check constraints"],
  ["POLICY", "policy expressions"],
  ["GENERATED", "column generation expressions"],
  ["index expression", "index expressions"],
  ["partition bound", "partition bound"],
  ["partition key", "partition key expressions"],
  ["statistics expression", "statistics expressions"],
  ["index predicate", "index predicates"],
  ["transform expression", "transform expressions"],
  ["COPY FROM WHERE", "COPY FROM WHERE conditions"],
  ["TRIGGER WHEN", "trigger WHEN conditions"],
  ["MERGE WHEN", "MERGE WHEN conditions"],
  ["EXECUTE", "EXECUTE parameters"],
  ["CALL", "CALL arguments"],
  ["UPDATE", "UPDATE"],
  ["RETURNING", "RETURNING"],
]);

/** `nested`: an argument of the call returns a set itself, which functions in FROM may not have. */
export function checkSetPlacement(
  scope: Scope,
  nestedBefore: boolean,
  position: number | undefined,
): void {
  const place = forbidden.get(scope.kind);
  if (place !== undefined) {
    const message = `set-returning functions are not allowed in ${place}`;
    throw new SqlError("0A000", message).at(position);
  }
  if (scope.kind === "function in FROM" && scope.hasSetReturning && !nestedBefore) {
    const message = "set-returning functions must appear at top level of FROM";
    throw new SqlError("0A000", message).at(scope.setPosition);
  }
  scope.hasSetReturning = true;
  scope.setPosition = position;
}

/** CASE, COALESCE and the like evaluate conditionally, so nothing in them may return a set. */
export function withoutSets<T>(scope: Scope, construct: string, bind: () => T): T {
  const before = scope.hasSetReturning;
  scope.hasSetReturning = false;
  const bound = bind();
  if (scope.hasSetReturning) {
    const hint = "You might be able to move the set-returning function into a LATERAL FROM item.";
    const message = `set-returning functions are not allowed in ${construct}`;
    throw new SqlError("0A000", message, { hint }).at(scope.setPosition);
  }
  scope.hasSetReturning = before;
  return bound;
}
