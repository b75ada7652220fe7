/** Nothing outside is waited for without end. */
import { SqlError } from "../../base/sql-error.ts";

/** For one answer of what is outside. */
export const ANSWER_MS = 30_000;

/** Throws 57014 when the work takes longer; what comes of it then is nobody's. */
export async function within<T>(what: string, work: Promise<T>, ms = ANSWER_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new SqlError("57014", `${what} has not answered for ${ms / 1000} s`);
    timer = setTimeout(() => reject(error), ms);
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
