/** Mapping a tree's nodes: what does not change is shared with the tree that there was. */

/** A record with each of its fields mapped; the record itself where none changes. */
export function mapFields(
  record: Readonly<Record<string, unknown>>,
  map: (value: unknown, key: string) => unknown,
): Readonly<Record<string, unknown>> {
  let changed: Record<string, unknown> | undefined;
  for (const key in record) {
    const mapped = map(record[key], key);
    if (mapped === record[key]) continue;
    changed ??= { ...record };
    changed[key] = mapped;
  }
  return changed ?? record;
}

/** A list with each of its items mapped; the list itself where none changes. */
export function mapItems(
  items: readonly unknown[],
  map: (item: unknown, at: number) => unknown,
): readonly unknown[] {
  const mapped = items.map(map);
  return mapped.every((each, at) => each === items[at]) ? items : mapped;
}

/** Constants hold bytes. */
export const isInner = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(value instanceof Uint8Array);

/** Whether the test holds for a node of the tree. It does not recurse: trees may be deep. */
export function someNode(tree: object, test: (node: object) => boolean): boolean {
  const open: object[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (test(node)) return true;
    for (const value of Object.values(node)) if (isInner(value)) open.push(value);
  }
  return false;
}
