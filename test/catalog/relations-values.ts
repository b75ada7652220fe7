/** Whether a value is one that a column stores; see src/base/value.ts and src/pages/layout.ts. */
import type { Column } from "../../src/catalog/relation.ts";

const NUMBER_ARRAYS = new Set([22, 30, 1005, 1021, 1028]);

export function fitsColumn(column: Column<unknown>, value: unknown): boolean {
  if (value === null) return column.nullable;
  switch (column.storedAs) {
    case "bool":
      return typeof value === "boolean";
    case "int":
      return Number.isInteger(value);
    case "bigint":
      return typeof value === "bigint";
    case "real":
      return typeof value === "number";
    case "text":
      return typeof value === "string" && (column.type !== 18 || value.length <= 1);
    case "blob":
      return value instanceof Uint8Array;
    case "array": {
      const element = NUMBER_ARRAYS.has(column.type) ? "number" : "string";
      return Array.isArray(value) && value.every((each) => typeof each === element);
    }
  }
}
