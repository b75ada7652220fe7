/** PGCRYPTO. https://www.postgresql.org/docs/15/pgcrypto.html */
import type { Extension, ExtensionFunction } from "./extension.ts";

const [BYTEA, INT4, TEXT, TEXTS, RECORD] = [17, 23, 25, 1009, 2249];

const of =
  (volatility: "i" | "v") =>
  (name: string, types: readonly number[], result: number, symbol: string): ExtensionFunction => ({
    ...{ name, result, volatility, symbol, arguments: types.map((type) => ({ type })) },
  });
const always = of("i");
const chance = of("v");

const functions: readonly ExtensionFunction[] = [
  always("digest", [TEXT, TEXT], BYTEA, "pg_digest"),
  always("digest", [BYTEA, TEXT], BYTEA, "pg_digest"),
  always("hmac", [TEXT, TEXT, TEXT], BYTEA, "pg_hmac"),
  always("hmac", [BYTEA, BYTEA, TEXT], BYTEA, "pg_hmac"),
  always("crypt", [TEXT, TEXT], TEXT, "pg_crypt"),
  chance("gen_salt", [TEXT], TEXT, "pg_gen_salt"),
  chance("gen_salt", [TEXT, INT4], TEXT, "pg_gen_salt_rounds"),
  always("encrypt", [BYTEA, BYTEA, TEXT], BYTEA, "pg_encrypt"),
  always("decrypt", [BYTEA, BYTEA, TEXT], BYTEA, "pg_decrypt"),
  always("encrypt_iv", [BYTEA, BYTEA, BYTEA, TEXT], BYTEA, "pg_encrypt_iv"),
  always("decrypt_iv", [BYTEA, BYTEA, BYTEA, TEXT], BYTEA, "pg_decrypt_iv"),
  chance("gen_random_bytes", [INT4], BYTEA, "pg_random_bytes"),
  {
    ...{ name: "gen_random_uuid", arguments: [], result: 2950, volatility: "v", strict: false },
    ...{ symbol: "pg_random_uuid", body: "SELECT pg_catalog.gen_random_uuid()" },
  },
  chance("pgp_sym_encrypt", [TEXT, TEXT], BYTEA, "pgp_sym_encrypt_text"),
  chance("pgp_sym_encrypt_bytea", [BYTEA, TEXT], BYTEA, "pgp_sym_encrypt_bytea"),
  chance("pgp_sym_encrypt", [TEXT, TEXT, TEXT], BYTEA, "pgp_sym_encrypt_text"),
  chance("pgp_sym_encrypt_bytea", [BYTEA, TEXT, TEXT], BYTEA, "pgp_sym_encrypt_bytea"),
  always("pgp_sym_decrypt", [BYTEA, TEXT], TEXT, "pgp_sym_decrypt_text"),
  always("pgp_sym_decrypt_bytea", [BYTEA, TEXT], BYTEA, "pgp_sym_decrypt_bytea"),
  always("pgp_sym_decrypt", [BYTEA, TEXT, TEXT], TEXT, "pgp_sym_decrypt_text"),
  always("pgp_sym_decrypt_bytea", [BYTEA, TEXT, TEXT], BYTEA, "pgp_sym_decrypt_bytea"),
  chance("pgp_pub_encrypt", [TEXT, BYTEA], BYTEA, "pgp_pub_encrypt_text"),
  chance("pgp_pub_encrypt_bytea", [BYTEA, BYTEA], BYTEA, "pgp_pub_encrypt_bytea"),
  chance("pgp_pub_encrypt", [TEXT, BYTEA, TEXT], BYTEA, "pgp_pub_encrypt_text"),
  chance("pgp_pub_encrypt_bytea", [BYTEA, BYTEA, TEXT], BYTEA, "pgp_pub_encrypt_bytea"),
  always("pgp_pub_decrypt", [BYTEA, BYTEA], TEXT, "pgp_pub_decrypt_text"),
  always("pgp_pub_decrypt_bytea", [BYTEA, BYTEA], BYTEA, "pgp_pub_decrypt_bytea"),
  always("pgp_pub_decrypt", [BYTEA, BYTEA, TEXT], TEXT, "pgp_pub_decrypt_text"),
  always("pgp_pub_decrypt_bytea", [BYTEA, BYTEA, TEXT], BYTEA, "pgp_pub_decrypt_bytea"),
  always("pgp_pub_decrypt", [BYTEA, BYTEA, TEXT, TEXT], TEXT, "pgp_pub_decrypt_text"),
  always("pgp_pub_decrypt_bytea", [BYTEA, BYTEA, TEXT, TEXT], BYTEA, "pgp_pub_decrypt_bytea"),
  always("pgp_key_id", [BYTEA], TEXT, "pgp_key_id_w"),
  always("armor", [BYTEA], TEXT, "pg_armor"),
  always("armor", [BYTEA, TEXTS, TEXTS], TEXT, "pg_armor"),
  always("dearmor", [TEXT], BYTEA, "pg_dearmor"),
  {
    ...always("pgp_armor_headers", [TEXT], RECORD, "pgp_armor_headers"),
    columns: [
      { name: "key", type: TEXT },
      { name: "value", type: TEXT },
    ],
  },
];

export const PGCRYPTO: Extension = {
  ...{ name: "pgcrypto", version: "1.3", comment: "cryptographic functions" },
  ...{ trusted: true, schema: null, library: "$libdir/pgcrypto", functions },
};
