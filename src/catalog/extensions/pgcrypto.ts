/** PGCRYPTO. https://www.postgresql.org/docs/15/pgcrypto.html */
import { type Extension, inLibrary } from "./extension.ts";

const library = "$libdir/pgcrypto";
const c = inLibrary(library);

const script = [
  c("digest(text, text)", "bytea", { symbol: "pg_digest" }),
  c("digest(bytea, text)", "bytea", { symbol: "pg_digest" }),
  c("hmac(text, text, text)", "bytea", { symbol: "pg_hmac" }),
  c("hmac(bytea, bytea, text)", "bytea", { symbol: "pg_hmac" }),
  c("crypt(text, text)", "text", { symbol: "pg_crypt" }),
  c("gen_salt(text)", "text", { symbol: "pg_gen_salt", volatility: "VOLATILE" }),
  c("gen_salt(text, integer)", "text", { symbol: "pg_gen_salt_rounds", volatility: "VOLATILE" }),
  c("encrypt(bytea, bytea, text)", "bytea", { symbol: "pg_encrypt" }),
  c("decrypt(bytea, bytea, text)", "bytea", { symbol: "pg_decrypt" }),
  c("encrypt_iv(bytea, bytea, bytea, text)", "bytea", { symbol: "pg_encrypt_iv" }),
  c("decrypt_iv(bytea, bytea, bytea, text)", "bytea", { symbol: "pg_decrypt_iv" }),
  c("gen_random_bytes(integer)", "bytea", { symbol: "pg_random_bytes", volatility: "VOLATILE" }),
  c("gen_random_uuid()", "uuid", {
    ...{ symbol: "pg_random_uuid", volatility: "VOLATILE", strict: false },
  }),
  c("pgp_sym_encrypt(text, text)", "bytea", {
    symbol: "pgp_sym_encrypt_text",
    volatility: "VOLATILE",
  }),
  c("pgp_sym_encrypt_bytea(bytea, text)", "bytea", { volatility: "VOLATILE" }),
  c("pgp_sym_encrypt(text, text, text)", "bytea", {
    symbol: "pgp_sym_encrypt_text",
    volatility: "VOLATILE",
  }),
  c("pgp_sym_encrypt_bytea(bytea, text, text)", "bytea", { volatility: "VOLATILE" }),
  c("pgp_sym_decrypt(bytea, text)", "text", { symbol: "pgp_sym_decrypt_text" }),
  c("pgp_sym_decrypt_bytea(bytea, text)", "bytea"),
  c("pgp_sym_decrypt(bytea, text, text)", "text", { symbol: "pgp_sym_decrypt_text" }),
  c("pgp_sym_decrypt_bytea(bytea, text, text)", "bytea"),
  c("pgp_pub_encrypt(text, bytea)", "bytea", {
    symbol: "pgp_pub_encrypt_text",
    volatility: "VOLATILE",
  }),
  c("pgp_pub_encrypt_bytea(bytea, bytea)", "bytea", { volatility: "VOLATILE" }),
  c("pgp_pub_encrypt(text, bytea, text)", "bytea", {
    symbol: "pgp_pub_encrypt_text",
    volatility: "VOLATILE",
  }),
  c("pgp_pub_encrypt_bytea(bytea, bytea, text)", "bytea", { volatility: "VOLATILE" }),
  c("pgp_pub_decrypt(bytea, bytea)", "text", { symbol: "pgp_pub_decrypt_text" }),
  c("pgp_pub_decrypt_bytea(bytea, bytea)", "bytea"),
  c("pgp_pub_decrypt(bytea, bytea, text)", "text", { symbol: "pgp_pub_decrypt_text" }),
  c("pgp_pub_decrypt_bytea(bytea, bytea, text)", "bytea"),
  c("pgp_pub_decrypt(bytea, bytea, text, text)", "text", { symbol: "pgp_pub_decrypt_text" }),
  c("pgp_pub_decrypt_bytea(bytea, bytea, text, text)", "bytea"),
  c("pgp_key_id(bytea)", "text", { symbol: "pgp_key_id_w" }),
  c("armor(bytea)", "text", { symbol: "pg_armor" }),
  c("armor(bytea, text[], text[])", "text", { symbol: "pg_armor" }),
  c("dearmor(text)", "bytea", { symbol: "pg_dearmor" }),
  c("pgp_armor_headers(text, OUT key text, OUT value text)", "SETOF record"),
].join("\n");

export const PGCRYPTO: Extension = {
  ...{ name: "pgcrypto", version: "1.3", comment: "cryptographic functions" },
  ...{ trusted: true, schema: null, library, script },
  bodies: { pg_random_uuid: "SELECT pg_catalog.gen_random_uuid()" },
};
