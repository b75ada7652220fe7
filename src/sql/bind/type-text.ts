/** Types as messages show them. */
import type { Oid } from "../../base/ids.ts";
import { formatType } from "../types/type-names.ts";
import type { Names } from "./names.ts";

/**
 * As format_type. `typmod` undefined: no claim about one, so char without a length is "character".
 */
export const typeText = (names: Names, type: Oid, typmod?: number): string =>
  formatType(type, typmod, names);
