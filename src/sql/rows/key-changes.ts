/** Which keys an UPDATE of a row changes. */
import type { Scalar } from "../types/scalar.ts";
import { sameValues } from "./foreign-keys.ts";
import type { TableShape } from "./table-shape.ts";
import type { KeyValues } from "./table-writer.ts";

/** Some unique index that others may refer to has another key. */
export function changesKey(
  { indexes }: TableShape,
  old: readonly Scalar[],
  changed: readonly Scalar[],
): boolean {
  return indexes.some(
    (index) =>
      index.unique &&
      !index.predicate &&
      index.keys.some(({ attribute }) => {
        if (attribute === 0) return true;
        return !sameValues([old[attribute - 1] ?? null], [changed[attribute - 1] ?? null]);
      }),
  );
}

/** Keys of the new row that the old one does not have. */
export function changedKeys(keys: readonly KeyValues[], old: readonly KeyValues[]): KeyValues[] {
  return keys.filter((each) => {
    const before = old.find(({ index }) => index === each.index);
    return !before || !sameValues(each.stored, before.stored);
  });
}
