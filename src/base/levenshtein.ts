/**
 * Edit distance as PostgreSQL uses it for "Perhaps you meant": insert, delete, substitute cost 1
 * each.
 */
export function levenshtein(from: string, to: string, limit: number): number {
  const source = [...from];
  const target = [...to];
  if (Math.abs(source.length - target.length) > limit) return limit + 1;
  let above = Array.from({ length: target.length + 1 }, (_, at) => at);
  for (let row = 1; row <= source.length; row++) {
    const current = [row];
    for (let column = 1; column <= target.length; column++) {
      const same = source[row - 1] === target[column - 1] ? 0 : 1;
      current[column] = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + same,
      );
    }
    above = current;
  }
  return above[target.length] ?? 0;
}
