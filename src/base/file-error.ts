/**
 * ERRORS OF THE OPERATING SYSTEM about files, as PostgreSQL classes them.
 * https://www.postgresql.org/docs/15/errcodes-appendix.html
 */
import { errorCode } from "./disk.ts";
import { SqlError } from "./sql-error.ts";

const KNOWN: { readonly [code: string]: readonly [sqlstate: string, text: string] } = {
  EACCES: ["42501", "Permission denied"],
  EDQUOT: ["53100", "Disk quota exceeded"],
  EISDIR: ["42809", "Is a directory"],
  EMFILE: ["53000", "Too many open files"],
  ENAMETOOLONG: ["42602", "File name too long"],
  ENOENT: ["58P01", "No such file or directory"],
  ENOSPC: ["53100", "No space left on device"],
  ENOTDIR: ["42809", "Not a directory"],
  EPERM: ["42501", "Operation not permitted"],
  EROFS: ["42501", "Read-only file system"],
};

/** `doing`: what could not be done, as in: open file "f" for reading. */
export function fileError(doing: string, error: unknown, hint?: string): SqlError {
  const code = errorCode(error) ?? "";
  const [sqlstate, text] = KNOWN[code] ?? ["58030", String((error as Error).message)];
  const isHinted = code === "ENOENT" || code === "EACCES";
  return new SqlError(sqlstate, `could not ${doing}: ${text}`, isHinted && hint ? { hint } : {});
}
