/** Types that are oids. */
import type { Oid } from "../../base/ids.ts";

/** oid and the types of its kin. */
export const isOid = (type: Oid): boolean =>
  type === 26 ||
  (type >= 2202 && type <= 2206) ||
  [24, 4089, 4096, 4191, 3734, 3769].includes(type);
