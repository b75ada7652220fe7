/** PASSWORDS BY MD5 as FreeBSD's crypt(3) makes them: $1$salt$hash. */
import { createHash } from "node:crypto";

export const MD5_MAGIC = "$1$";
const ROUNDS = 1000;
const SALT_MAX = 8;
/** Digits of hashes and salts. */
export const ITOA64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Bytes of the hash, three and three, as they are written. */
const ORDER: readonly (readonly [number, number, number])[] = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
];

const md5 = (parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const written = (value: number, digits: number): string =>
  Array.from({ length: digits }, (_, at) => ITOA64[(value >> (6 * at)) & 63]).join("");

/** `setting`: $1$, a salt, and whatever may be behind it. */
export function md5Crypt(password: Uint8Array, setting: string): string {
  const salted = setting.slice(MD5_MAGIC.length).split("$")[0]?.slice(0, SALT_MAX) ?? "";
  const salt = Buffer.from(salted, "utf8");
  const hash = hashOf(password, salt);
  const at = (index: number): number => hash[index] ?? 0;
  const groups = ORDER.map(([a, b, c]) => written((at(a) << 16) | (at(b) << 8) | at(c), 4));
  return `${MD5_MAGIC}${salted}$${groups.join("")}${written(at(11), 2)}`;
}

function hashOf(password: Uint8Array, salt: Uint8Array): Buffer {
  const inner = md5([password, salt, password]);
  const parts: Uint8Array[] = [password, Buffer.from(MD5_MAGIC), salt];
  for (let left = password.length; left > 0; left -= 16)
    parts.push(inner.subarray(0, Math.min(left, 16)));
  for (let bits = password.length; bits > 0; bits >>= 1) {
    parts.push((bits & 1) === 1 ? new Uint8Array(1) : password.subarray(0, 1));
  }
  let hash = md5(parts);
  for (let round = 0; round < ROUNDS; round++) {
    const isOdd = round % 2 === 1;
    hash = md5([
      isOdd ? password : hash,
      ...(round % 3 === 0 ? [] : [salt]),
      ...(round % 7 === 0 ? [] : [password]),
      isOdd ? hash : password,
    ]);
  }
  return hash;
}
