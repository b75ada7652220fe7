/** Literals as deparsing writes them. */

/** A literal as deparsing writes it: E'' when it holds a backslash. */
export function quoteLiteral(text: string): string {
  const body = text.replaceAll("'", "''");
  return text.includes("\\") ? `E'${body.replaceAll("\\", "\\\\")}'` : `'${body}'`;
}
