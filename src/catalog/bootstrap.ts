/**
 * THE BUILT-IN ROWS: types, operators, functions, casts, comments, … with the oids that clients
 * rely on. tools/generate-bootstrap.ts takes them from a PostgreSQL 15 server's own catalogs.
 *
 * bootstrap/catalogs.jsonl.gz is gzip over UTF-8 lines; bootstrap/catalogs.sha256 is their SHA-256.
 *   line 1   {"format": 1, "server": "15.18"}
 *   others   {"relation": name, "columns": [names], "pinned": [rows], "template": [rows]}
 * Lines are ordered by relation, rows by key. A row is its values in column order: null, true,
 * false, numbers, texts, arrays; int8 as a decimal text, bytea as a hexadecimal text.
 *
 *   pinned    rows of every database (database key 0), and the rows of the shared relations
 *   template  what a user may alter or drop: schema public, extension plpgsql and its members, with
 *             their dependencies, comments and initial privileges. Each database has its own copy,
 *             template0, template1 and postgres (which are pinned rows of pg_database) too.
 *
 * Items of ACLs name roles there, as they are shown; here they get the roles' oids, as they are
 * stored.
 *
 * information_schema is pinned as long as views have no stored query.
 *
 * Checks and defaults of domains are bound trees, as users' are. The other columns of type
 * pg_node_tree (pg_proc.proargdefaults and prosqlbody, pg_rewrite.ev_action) hold
 * {"v":1,"sql":[…]}: SQL texts as PostgreSQL prints them with only pg_catalog on the search path,
 * one per default in the order of the arguments. Whoever reads such a column has to parse and bind
 * the texts.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { DataCorrupted } from "../base/assert.ts";
import type { Row, Value } from "../base/value.ts";
import { relationByName } from "./all-relations.ts";
import type { Relation } from "./relation.ts";
import { pgAuthid } from "./relations/pg-authid.ts";

export const BOOTSTRAP_FORMAT = 1;
const FILE = new URL("../../bootstrap/catalogs.jsonl.gz", import.meta.url);
const HASH_FILE = new URL("../../bootstrap/catalogs.sha256", import.meta.url);

export interface RelationRows {
  readonly relation: Relation;
  readonly rows: readonly Row[];
}

export interface Bootstrap {
  /** SHA-256 of the uncompressed lines, hexadecimal. */
  readonly hash: string;
  readonly formatVersion: number;
  readonly pinned: readonly RelationRows[];
  readonly template: readonly RelationRows[];
}

/** Reads the built-in rows. Throws DataCorrupted when the file is not what was installed. */
export function loadBootstrap(): Bootstrap {
  return decodeBootstrap(readFileSync(FILE), readFileSync(HASH_FILE, "utf8").trim());
}

/** `hash` is the SHA-256, hexadecimal, that the unpacked text must have. */
export function decodeBootstrap(packed: Uint8Array, hash: string): Bootstrap {
  const bytes = unpack(packed);
  const found = createHash("sha256").update(bytes).digest("hex");
  check(found === hash, `its SHA-256 is ${found}, not ${hash}`);
  const [head = "", ...lines] = bytes.toString("utf8").trimEnd().split("\n");
  const { format } = JSON.parse(head) as { readonly format: number };
  check(format === BOOTSTRAP_FORMAT, `its format is ${format}, not ${BOOTSTRAP_FORMAT}`);

  const pinned: RelationRows[] = [];
  const template: RelationRows[] = [];
  const relations = lines.map((line) => JSON.parse(line) as StoredRelation);
  storeAcls(relations);
  for (const stored of relations) {
    const relation = relationOf(stored);
    if (stored.pinned.length > 0) pinned.push(decodeRows(relation, stored.pinned));
    if (stored.template.length > 0) template.push(decodeRows(relation, stored.template));
  }
  return { hash, formatVersion: format, pinned, template };
}

function unpack(packed: Uint8Array): Buffer {
  try {
    return gunzipSync(packed);
  } catch (cause) {
    throw corrupted("it is not a whole gzip file", { cause });
  }
}

interface StoredRelation {
  readonly relation: string;
  readonly columns: readonly string[];
  readonly pinned: Value[][];
  readonly template: Value[][];
}

function relationOf(stored: StoredRelation): Relation {
  const relation = relationByName(stored.relation);
  if (!relation) throw corrupted(`it has rows of an unknown relation ${stored.relation}`);
  const same = stored.columns.join() === relation.columnNames.join();
  check(same, `its ${stored.relation} has other columns`);
  return relation;
}

const ACL_TYPE = 1034;

/** In place: names of roles in ACLs become their oids. */
function storeAcls(relations: readonly StoredRelation[]): void {
  const roles = relations.find(({ relation }) => relation === pgAuthid.name)?.pinned ?? [];
  const oidOf = new Map(
    roles.map((row) => pgAuthid.view(row)).map((row) => [row.rolname, row.oid]),
  );
  const storedRole = (name: string) => (name === "" ? "" : (oidOf.get(name) ?? unknownRole(name)));
  const storedAclItem = (item: string) => {
    const [, grantee = "", privileges = "", grantor = ""] =
      /^(\w*)=([a-zA-Z*]*)\/(\w+)$/.exec(item) ?? [];
    return `${storedRole(grantee)}=${privileges}/${storedRole(grantor)}`;
  };
  for (const stored of relations) {
    const columns = Object.values(relationOf(stored).columns);
    for (const [at, { type }] of columns.entries()) {
      if (type !== ACL_TYPE) continue;
      for (const row of [...stored.pinned, ...stored.template]) {
        const acl = row[at];
        if (Array.isArray(acl)) row[at] = acl.map((item) => storedAclItem(String(item)));
      }
    }
  }
}

function unknownRole(name: string): never {
  throw corrupted(`an ACL names the unknown role "${name}"`);
}

/** JSON holds every kind of value but bigint and bytes; few relations have such columns. */
function decodeRows(relation: Relation, rows: Value[][]): RelationRows {
  relation.layout.columns.forEach(({ storedAs }, at) => {
    if (storedAs !== "bigint" && storedAs !== "blob") return;
    for (const row of rows) {
      const text = row[at];
      if (typeof text !== "string") continue;
      row[at] = storedAs === "bigint" ? BigInt(text) : Buffer.from(text, "hex");
    }
  });
  return { relation, rows };
}

const corrupted = (why: string, options?: ErrorOptions) =>
  new DataCorrupted(`bootstrap/catalogs.jsonl.gz: ${why}`, options);

function check(condition: boolean, why: string): void {
  if (!condition) throw corrupted(why);
}
