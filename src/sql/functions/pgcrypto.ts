/**
 * PGCRYPTO: digests, passwords, raw encryption and random bytes.
 * https://www.postgresql.org/docs/15/pgcrypto.html
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  getHashes,
  randomBytes,
  randomInt,
} from "node:crypto";
import bcrypt from "bcryptjs";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { BudgetExceeded } from "../../pages/query-guard.ts";
import type { Scalar } from "../types/scalar.ts";
import { asBytes, asNumber, asText } from "./define.ts";
import type { LibraryFunction } from "./library.ts";
import { onSessionThread } from "./limits.ts";
import { ITOA64, MD5_MAGIC, md5Crypt } from "./md5-crypt.ts";
import type { FunctionContext, ScalarCall } from "./registry.ts";

/** A text in UTF-8, or bytes as they are. */
const bytesOf = (value: Scalar | undefined): Uint8Array =>
  typeof value === "string" ? Buffer.from(value, "utf8") : asBytes(value);

const invalid = (message: string) => new SqlError("22023", message);
const failed = (message: string) => new SqlError("39000", message);

let hashes: ReadonlySet<string> | undefined;

function hashNamed(given: string): string {
  const name = given.toLowerCase();
  const plain = name.replace(/^sha-(?=\d)/, "sha");
  hashes ??= new Set(getHashes().map((each) => each.toLowerCase()));
  if (hashes.has(plain)) return plain;
  throw invalid(`Cannot use "${name}": No such hash algorithm`);
}

function hmac(data: Uint8Array, key: Uint8Array, type: string): Uint8Array {
  const name = hashNamed(type);
  try {
    return createHmac(name, key).update(data).digest();
  } catch {
    throw notSupported(`HMAC by ${name}`);
  }
}

const RANDOM_BYTES_MAX = 1024;

function randomOf(count: number): Uint8Array {
  if (count < 1 || count > RANDOM_BYTES_MAX) throw failed("Length not in range");
  return randomBytes(count);
}

// Passwords.

const MD5_ROUNDS = 1000;
const [BF_ROUNDS, BF_ROUNDS_MIN, BF_ROUNDS_MAX] = [6, 4, 31];
/** Of all passwords of a statement: more would hold up others. 2^10 take 80 ms. */
const BF_ROUNDS_HERE_MAX = 4 * 2 ** 10;

/** `rounds` 0 = as many as are usual. */
function saltOf(type: string, rounds: number): string {
  switch (type.toLowerCase()) {
    case "bf": {
      const used = rounds || BF_ROUNDS;
      if (used < BF_ROUNDS_MIN || used > BF_ROUNDS_MAX) throw wrongRounds;
      const salt = bcrypt.encodeBase64([...randomBytes(16)], 16);
      return `$2a$${String(used).padStart(2, "0")}$${salt}`;
    }
    case "md5":
      if (rounds !== 0 && rounds !== MD5_ROUNDS) throw wrongRounds;
      return MD5_MAGIC + Array.from({ length: 8 }, () => ITOA64[randomInt(64)]).join("");
    case "des":
    case "xdes":
      throw notSupported(`password hashing by ${type.toLowerCase()}`);
    default:
      throw invalid("gen_salt: Unknown salt algorithm");
  }
}
const wrongRounds = invalid("gen_salt: Incorrect number of rounds");

let hashing = { by: "", rounds: 0 };

/** Throws BudgetExceeded. */
function checkHashing({ processId, statementTime }: FunctionContext, rounds: number): void {
  const by = `${processId}/${statementTime}`;
  const sum = rounds + (hashing.by === by ? hashing.rounds : 0);
  hashing = { by, rounds: sum };
  if (sum <= BF_ROUNDS_HERE_MAX) return;
  const message = `${sum} rounds of passwords' hashes`;
  throw new BudgetExceeded(message, new SqlError("54000", `${message} would hold up others`));
}

const BF_SALT = /^\$2a\$(\d\d)\$([./A-Za-z0-9]{22})/;

function crypt(context: FunctionContext, password: string, salt: string): string {
  if (salt.startsWith(MD5_MAGIC)) return md5Crypt(Buffer.from(password, "utf8"), salt);
  if (!salt.startsWith("$2")) throw notSupported("password hashing by DES");
  if (salt.startsWith("$2x$")) throw notSupported("password hashing by $2x$");
  if (salt.startsWith("$2$")) throw failed("crypt(3) returned NULL");
  const [used, rounds] = BF_SALT.exec(salt) ?? [];
  const count = Number(rounds);
  if (used === undefined || count < BF_ROUNDS_MIN || count > BF_ROUNDS_MAX) {
    throw invalid("invalid salt");
  }
  if (onSessionThread(context)) checkHashing(context, 2 ** count);
  return bcrypt.hashSync(password, used);
}

// Raw encryption: https://www.postgresql.org/docs/15/pgcrypto.html#id-1.11.7.37.8

const AES_BLOCK = 16;

interface Cipher {
  readonly mode: "cbc" | "ecb";
  readonly padded: boolean;
}

/** algorithm[-mode][/pad:padding] */
function cipherOf(type: string): Cipher {
  const name = type.toLowerCase();
  const refused = (why: string) => invalid(`Cannot use "${name}": ${why}`);
  const [algorithm = "", ...options] = name.split("/");
  let padded = true;
  for (const option of options) {
    const [key, value] = option.split(":");
    if (key !== "pad" || value === undefined) throw refused("Badly formatted type");
    if (value !== "pkcs" && value !== "none") throw refused("No such cipher algorithm");
    padded = value === "pkcs";
  }
  const found = /^(?:aes|rijndael)(?:-(cbc|ecb))?$/.exec(algorithm);
  if (found) return { mode: (found[1] ?? "cbc") as Cipher["mode"], padded };
  if (/^(bf|blowfish|des|3des|des3|cast5)(-(cbc|ecb))?$/.test(algorithm)) {
    throw notSupported(`encryption by ${algorithm}`);
  }
  throw refused("No such cipher algorithm");
}

/** Keys and vectors are cut, or filled up with zeroes, to what the algorithm takes. */
const sized = (bytes: Uint8Array, size: number): Buffer => {
  const made = Buffer.alloc(size);
  made.set(bytes.subarray(0, size));
  return made;
};

function apply(
  what: "encrypt" | "decrypt",
  data: Uint8Array,
  key: Uint8Array,
  iv: Uint8Array,
  type: string,
): Uint8Array {
  const { mode, padded } = cipherOf(type);
  const keyBytes = key.length <= 16 ? 16 : key.length <= 24 ? 24 : 32;
  const name = `aes-${keyBytes * 8}-${mode}`;
  const make = what === "encrypt" ? createCipheriv : createDecipheriv;
  const cipher = make(name, sized(key, keyBytes), mode === "cbc" ? sized(iv, AES_BLOCK) : null);
  cipher.setAutoPadding(padded);
  try {
    return Buffer.concat([cipher.update(data), cipher.final()]);
  } catch {
    throw failed(`${what} error: ${what === "encrypt" ? "Encryption" : "Decryption"} failed`);
  }
}

const NO_VECTOR = new Uint8Array(0);

const always = (symbol: string, call: ScalarCall): LibraryFunction => ({
  ...{ symbol, call, volatility: "i" },
});
const chance = (symbol: string, call: ScalarCall): LibraryFunction => ({
  ...{ symbol, call, volatility: "v" },
});

const ciphering = (what: "encrypt" | "decrypt"): readonly LibraryFunction[] => [
  always(`pg_${what}`, (_, data, key, type) =>
    apply(what, asBytes(data), asBytes(key), NO_VECTOR, asText(type)),
  ),
  always(`pg_${what}_iv`, (_, data, key, iv, type) =>
    apply(what, asBytes(data), asBytes(key), asBytes(iv), asText(type)),
  ),
];

export const pgcryptoFunctions: readonly LibraryFunction[] = [
  always("pg_digest", (_, data, type) =>
    createHash(hashNamed(asText(type)))
      .update(bytesOf(data))
      .digest(),
  ),
  always("pg_hmac", (_, data, key, type) => hmac(bytesOf(data), bytesOf(key), asText(type))),
  always("pg_crypt", (context, word, salt) => crypt(context, asText(word), asText(salt))),
  chance("pg_gen_salt", (_, type) => saltOf(asText(type), 0)),
  chance("pg_gen_salt_rounds", (_, type, rounds) => saltOf(asText(type), asNumber(rounds))),
  ...ciphering("encrypt"),
  ...ciphering("decrypt"),
  chance("pg_random_bytes", (_, count) => randomOf(asNumber(count))),
];
