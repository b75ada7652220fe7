/** UUID-OSSP: what is no query. https://www.rfc-editor.org/rfc/rfc4122#section-4.3 */
import { createHash } from "node:crypto";
import { asBytes, asText } from "./define.ts";
import type { LibraryFunction } from "./library.ts";

/** A name in a namespace, by SHA-1. */
function bySha1(namespace: Uint8Array, name: string): Uint8Array {
  const hash = createHash("sha1").update(namespace).update(name, "utf8").digest();
  const made = hash.subarray(0, 16);
  made[6] = ((made[6] ?? 0) & 0x0f) | 0x50;
  made[8] = ((made[8] ?? 0) & 0x3f) | 0x80;
  return made;
}

export const uuidFunctions: readonly LibraryFunction[] = [
  {
    symbol: "uuid_generate_v5",
    volatility: "i",
    call: (_, namespace, name) => bySha1(asBytes(namespace), asText(name)),
  },
];
