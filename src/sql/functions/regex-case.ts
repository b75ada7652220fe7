/** Case-insensitive matching of ASCII letters alone, in the source of a JavaScript expression. */

/** The i flag would fold beyond ASCII, so letters become classes of both cases. */
export function bothCases(source: string): string {
  return source.replace(
    /\\(?:u\{[^}]*\}|x[0-9a-f]{2}|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|[A-Za-z]/gu,
    (piece) => {
      if (piece.length === 1) return `[${piece.toLowerCase()}${piece.toUpperCase()}]`;
      return piece.startsWith("[") ? `${foldClass(piece.slice(0, -1))}]` : piece;
    },
  );
}

/** Adds the other case of a class's letters and letter ranges. */
function foldClass(members: string): string {
  let added = "";
  for (const [, from, to] of members.matchAll(/(?<!\\)([A-Za-z])(?:-([A-Za-z]))?/g)) {
    const swap = (char: string) =>
      char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase();
    const first = from as string;
    added += to === undefined ? swap(first) : `${swap(first)}-${swap(to)}`;
  }
  return members + added;
}
