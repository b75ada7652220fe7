/**
 * PASSWORDS are kept as verifiers, from which they cannot be had back.
 *
 *   SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>     salt and keys in base64
 *   md5<hexadecimal MD5 of the password followed by the role's name>
 *
 * A text that has one of these forms already is kept as it is given.
 * https://www.postgresql.org/docs/15/catalog-pg-authid.html, RFC 5802
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { saslPrepared } from "./saslprep.ts";

const ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** What is kept of a password; undefined for an empty one, or a verifier of the empty password. */
export function passwordVerifier(
  role: string,
  password: string,
  encryption: string,
): string | undefined {
  if (password === "" || provesEmpty(role, password)) return undefined;
  if (isMd5Verifier(password) || readScram(password)) return password;
  if (encryption === "md5") return md5Verifier(role, password);
  return scramVerifier(password, randomBytes(SALT_BYTES), ITERATIONS);
}

export const isMd5Verifier = (text: string): boolean => /^md5[0-9a-f]{32}$/.test(text);

const md5Verifier = (role: string, password: string): string =>
  `md5${createHash("md5").update(`${password}${role}`).digest("hex")}`;

/** `salt` is random for a new password. */
export function scramVerifier(password: string, salt: Uint8Array, iterations: number): string {
  const salted = pbkdf2Sync(saslPrepared(password), salt, iterations, KEY_BYTES, "sha256");
  const key = (name: string) => createHmac("sha256", salted).update(name).digest();
  const stored = createHash("sha256").update(key("Client Key")).digest("base64");
  const server = key("Server Key").toString("base64");
  const salted64 = Buffer.from(salt).toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salted64}$${stored}:${server}`;
}

interface Scram {
  readonly iterations: number;
  readonly salt: Buffer;
}

function readScram(text: string): Scram | undefined {
  const parts = /^SCRAM-SHA-256\$(\d+):([^$:]*)\$([^$:]*):([^$:]*)$/.exec(text);
  if (!parts) return undefined;
  const [, iterations = "0", salt = "", stored = "", server = ""] = parts;
  const isKey = (key: string) => isBase64(key) && Buffer.from(key, "base64").length === KEY_BYTES;
  if (!isBase64(salt) || !isKey(stored) || !isKey(server)) return undefined;
  return { iterations: Number(iterations), salt: Buffer.from(salt, "base64") };
}

const isBase64 = (text: string): boolean =>
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);

/** A verifier that lets the empty password in. */
function provesEmpty(role: string, text: string): boolean {
  if (isMd5Verifier(text)) return text === md5Verifier(role, "");
  const scram = readScram(text);
  if (!scram || scram.iterations < 1 || scram.iterations > ITERATIONS_MAX) return false;
  return scramVerifier("", scram.salt, scram.iterations) === text;
}

/** A verifier with more is not examined: that would take seconds of everybody's time. */
const ITERATIONS_MAX = 100_000;
