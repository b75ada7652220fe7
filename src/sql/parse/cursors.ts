/** DECLARE, FETCH, MOVE, CLOSE; EXECUTE and DEALLOCATE. */
import type {
  ClosePortalStmt,
  DeallocateStmt,
  DeclareCursorStmt,
  ExecuteStmt,
  FetchStmt,
} from "libpg-query";
import { SqlError } from "../../base/sql-error.ts";
import type { CursorStatement, PreparedStatement } from "./statement.ts";
import { writesInWith } from "./writes-in-with.ts";

/** https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/nodes/parsenodes.h */
const CURSOR_BINARY = 0x01;
const CURSOR_SCROLL = 0x02;
const CURSOR_NO_SCROLL = 0x04;
const CURSOR_INSENSITIVE = 0x08;
const CURSOR_ASENSITIVE = 0x10;
const CURSOR_HOLD = 0x20;
/** What the grammar gives for ALL: the largest C long of a 32-bit machine. */
const FETCH_ALL = 2147483647;

/** Throws 42P11 on contradicting options. */
export function declareCursor(tree: DeclareCursorStmt): CursorStatement {
  const options = tree.options ?? 0;
  const has = (flag: number) => (options & flag) !== 0;
  if (has(CURSOR_SCROLL) && has(CURSOR_NO_SCROLL)) throw contradicting("SCROLL", "NO SCROLL");
  if (has(CURSOR_ASENSITIVE) && has(CURSOR_INSENSITIVE)) {
    throw contradicting("ASENSITIVE", "INSENSITIVE");
  }
  const scroll = has(CURSOR_SCROLL) ? true : has(CURSOR_NO_SCROLL) ? false : undefined;
  if (
    tree.query !== undefined &&
    "SelectStmt" in tree.query &&
    writesInWith(tree.query.SelectStmt)
  ) {
    const message = "DECLARE CURSOR must not contain data-modifying statements in WITH";
    throw new SqlError("0A000", message);
  }
  const node = tree.query !== undefined && "SelectStmt" in tree.query ? tree.query.SelectStmt : {};
  return {
    kind: "declareCursor",
    name: tree.portalname ?? "",
    hold: has(CURSOR_HOLD),
    scroll,
    insensitive: has(CURSOR_INSENSITIVE),
    binary: has(CURSOR_BINARY),
    query: { kind: "query", node },
  };
}

function contradicting(one: string, other: string): SqlError {
  return new SqlError("42P11", `cannot specify both ${one} and ${other}`);
}

const directions = {
  FETCH_FORWARD: "forward",
  FETCH_BACKWARD: "backward",
  FETCH_ABSOLUTE: "absolute",
  FETCH_RELATIVE: "relative",
} as const;

export function fetch(tree: FetchStmt): CursorStatement {
  const count = Number(tree.howMany ?? 0);
  return {
    kind: "fetch",
    cursor: tree.portalname ?? "",
    direction: directions[tree.direction ?? "FETCH_FORWARD"],
    count: count === FETCH_ALL ? Number.POSITIVE_INFINITY : count,
    move: tree.ismove ?? false,
  };
}

export const closeCursor = (tree: ClosePortalStmt): CursorStatement => ({
  kind: "closeCursor",
  name: tree.portalname,
});

export const execute = (tree: ExecuteStmt): PreparedStatement => ({
  kind: "execute",
  name: tree.name ?? "",
  parameters: tree.params ?? [],
});

export const deallocate = (tree: DeallocateStmt): PreparedStatement => ({
  kind: "deallocate",
  name: tree.name,
});
