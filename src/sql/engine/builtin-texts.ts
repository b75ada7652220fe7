/** Built-in rows keep their trees as SQL texts; see catalog/bootstrap.ts. */
export function builtinTexts(tree: string): readonly string[] | undefined {
  if (!tree.startsWith('{"v":1,"sql":')) return undefined;
  return (JSON.parse(tree) as { readonly sql: readonly string[] }).sql;
}
