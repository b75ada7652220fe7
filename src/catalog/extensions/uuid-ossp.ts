/** UUID-OSSP. https://www.postgresql.org/docs/15/uuid-ossp.html */
import { type Extension, inLibrary } from "./extension.ts";

const library = "$libdir/uuid-ossp";
const c = inLibrary(library);

/** Those that are always the same. */
const CONSTANTS: Readonly<Record<string, string>> = {
  uuid_nil: "00000000-0000-0000-0000-000000000000",
  uuid_ns_dns: "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
  uuid_ns_url: "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
  uuid_ns_oid: "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
  uuid_ns_x500: "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
};

/** The low two bits of a hexadecimal digit, with the variant of RFC 4122 above them. */
const variant = (digit: string): string =>
  `pg_catalog.substr('89ab', (('x' || ${digit})::pg_catalog.bit(4)::pg_catalog.int4 & 3) + 1, 1)`;

/** Section 4.3 of RFC 4122: a name in a namespace, by MD5. */
const BY_MD5 = `SELECT (pg_catalog.substr(h, 1, 12) || '3' || pg_catalog.substr(h, 14, 3)
    || ${variant("pg_catalog.substr(h, 17, 1)")} || pg_catalog.substr(h, 18))::pg_catalog.uuid
  FROM (SELECT pg_catalog.md5(
    pg_catalog.decode(pg_catalog.replace(namespace::pg_catalog.text, '-', ''), 'hex')
    || pg_catalog.convert_to(name, 'UTF8')) AS h) AS hashed`;

/**
 * Section 4.2: hundreds of nanoseconds since 1582 and, for a node that does not tell its address
 * (section 4.5), random bits with the multicast bit set.
 */
const BY_TIME = `SELECT (pg_catalog.substr(t, 8) || '-' || pg_catalog.substr(t, 4, 4) || '-1'
    || pg_catalog.substr(t, 1, 3) || '-' || pg_catalog.substr(r, 20, 4) || '-'
    || pg_catalog.substr(r, 25, 1) || pg_catalog.substr('13579bdf',
      (('x' || pg_catalog.substr(r, 26, 1))::pg_catalog.bit(4)::pg_catalog.int4 & 7) + 1, 1)
    || pg_catalog.substr(r, 27))::pg_catalog.uuid
  FROM (SELECT pg_catalog.gen_random_uuid()::pg_catalog.text AS r,
    pg_catalog.lpad(pg_catalog.to_hex((extract(epoch FROM pg_catalog.clock_timestamp())
      * 10000000)::pg_catalog.int8 + 122192928000000000), 15, '0') AS t) AS parts`;

const named = "(namespace uuid, name text)";
const generated = { volatility: "VOLATILE" } as const;

const script = [
  ...Object.keys(CONSTANTS).map((name) => c(`${name}()`, "uuid")),
  c("uuid_generate_v1()", "uuid", generated),
  c("uuid_generate_v1mc()", "uuid", generated),
  c(`uuid_generate_v3${named}`, "uuid"),
  c("uuid_generate_v4()", "uuid", generated),
  c(`uuid_generate_v5${named}`, "uuid"),
].join("\n");

const bodies: Record<string, string> = {
  uuid_generate_v1: BY_TIME,
  uuid_generate_v1mc: BY_TIME,
  uuid_generate_v3: BY_MD5,
  uuid_generate_v4: "SELECT pg_catalog.gen_random_uuid()",
};
for (const [name, uuid] of Object.entries(CONSTANTS)) {
  bodies[name] = `SELECT pg_catalog.uuid '${uuid}'`;
}

export const UUID_OSSP: Extension = {
  ...{ name: "uuid-ossp", version: "1.1", library, script, bodies, trusted: true, schema: null },
  comment: "generate universally unique identifiers (UUIDs)",
};
