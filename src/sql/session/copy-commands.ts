/** COPY: what it copies and whether it may. https://www.postgresql.org/docs/15/sql-copy.html */
import { SqlError } from "../../base/sql-error.ts";
import {
  PG_EXECUTE_SERVER_PROGRAM,
  PG_READ_SERVER_FILES,
  PG_WRITE_SERVER_FILES,
} from "../../catalog/memberships.ts";
import type { CopyStatement, Statement } from "../parse/statement.ts";
import type { Outcome } from "./command.ts";
import { copyFrom } from "./copy-in.ts";
import { copyTo } from "./copy-out.ts";
import type { SessionState } from "./state.ts";

export function runCopy(
  state: SessionState,
  statement: Statement,
  body: CopyStatement,
): Outcome | Promise<Outcome> {
  checkRole(state, body);
  return body.isFrom ? copyFrom(state, body) : copyTo(state, statement, body);
}

const PROGRAM = [
  PG_EXECUTE_SERVER_PROGRAM,
  "pg_execute_server_program",
  "to or from an external program",
] as const;
const READ = [PG_READ_SERVER_FILES, "pg_read_server_files", "from a file"] as const;
const WRITE = [PG_WRITE_SERVER_FILES, "pg_write_server_files", "to a file"] as const;

/** Files and programs of the server's are for roles that PostgreSQL trusts with them. */
function checkRole(state: SessionState, { file, isProgram, isFrom }: CopyStatement): void {
  if (file === undefined) return;
  const [oid, role, what] = isProgram ? PROGRAM : isFrom ? READ : WRITE;
  if (state.roles.has(oid)) return;
  throw new SqlError(
    "42501",
    `must be superuser or have privileges of the ${role} role to COPY ${what}`,
    {
      hint: "Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.",
    },
  );
}
