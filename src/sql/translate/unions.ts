/** Rows of many SELECTs. SQLite takes 500 branches in a row; more go into sub-selects. */

/** https://www.sqlite.org/limits.html */
export const BRANCHES_MAX = 400;

export function unionAll(branches: readonly string[]): string {
  if (branches.length <= BRANCHES_MAX) return branches.join(" UNION ALL ");
  const nested: string[] = [];
  for (let at = 0; at < branches.length; at += BRANCHES_MAX) {
    const part = branches.slice(at, at + BRANCHES_MAX).join(" UNION ALL ");
    nested.push(`SELECT * FROM (${part})`);
  }
  return unionAll(nested);
}
