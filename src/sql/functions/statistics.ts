/**
 * Sizes, counters and properties of relations. What holds rows, or entries of an index, takes its
 * pages in the file of users' rows (pages/storage-sizes.ts). What holds none is as large as
 * PostgreSQL's is: an empty index has its first page, a sequence the page of its row.
 * https://www.postgresql.org/docs/15/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { accessMethod } from "../../catalog/access-methods.ts";
import { needsToast } from "../../catalog/long-values.ts";
import { isMember, PG_READ_ALL_STATS } from "../../catalog/memberships.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { may, securableTablespace } from "../../catalog/privileges.ts";
import type { Tuple } from "../../catalog/relation.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgDatabase } from "../../catalog/relations/pg-database.ts";
import { pgIndex } from "../../catalog/relations/pg-index.ts";
import { pgTablespace } from "../../catalog/relations/pg-tablespace.ts";
import { rwTablespace } from "../../catalog/relations/rw-tablespace.ts";
import { ownTablespace, relationsIn } from "../../catalog/tablespaces.ts";
import { BudgetExceeded } from "../../pages/query-guard.ts";
import { type Decimal, formatDecimal, parseDecimal, truncate } from "../types/decimal.ts";
import type { Scalar } from "../types/scalar.ts";
import { asInteger, asOid, asText, define, truth } from "./define.ts";
import { isPublishable } from "./publications.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

const PAGE_BYTES = 8192n;
const FIRST_USER_OID = 16384;

const find = ({ catalog }: FunctionContext, id: Oid): ClassTuple | undefined =>
  catalog.find(pgClass, "key", [id]);

const FORKS = ["main", "fsm", "vm", "init"] as const;
type Fork = (typeof FORKS)[number];

/** Pages that are in the file of users' rows; 0: none. */
function storedBytes({ oid: id, relkind, relfilenode }: ClassTuple, context: FunctionContext) {
  if (id < FIRST_USER_OID || !"rmxi".includes(relkind)) return 0n;
  // Reading pages stalls nobody on a thread of its own.
  if (context.mayLeave) throw new BudgetExceeded("pages of a storage");
  assert(context.sizes, "a query runs");
  return BigInt(context.sizes.bytesOf(relfilenode));
}

/** Pages of what holds no rows, by fork. An unlogged relation has a copy of its beginning. */
function pagesOf(
  { relkind, relam, relpersistence }: ClassTuple,
  fork: Fork,
  { catalog }: FunctionContext,
): number {
  const method = relkind === "i" ? accessMethod(catalog, relam) : undefined;
  const pages = relkind === "S" ? 1 : (method?.pages ?? 0);
  if (fork === "main") return pages;
  if (fork === "fsm") return method?.mapPages ?? 0;
  if (fork === "vm" || relpersistence !== "u") return 0;
  return method?.initialPages ?? pages;
}

const emptySize = (row: ClassTuple, fork: Fork, context: FunctionContext): bigint =>
  BigInt(pagesOf(row, fork, context)) * PAGE_BYTES;

/** Of a relation with rows, all that there is is its main fork. */
function forkSize(row: ClassTuple, fork: Fork, context: FunctionContext): bigint {
  const stored = storedBytes(row, context);
  if (stored > 0n) return fork === "main" ? stored : 0n;
  return emptySize(row, fork, context);
}
const mainSize = (row: ClassTuple, context: FunctionContext): bigint =>
  forkSize(row, "main", context);

function ownSize(row: ClassTuple, context: FunctionContext): bigint {
  const stored = storedBytes(row, context);
  return stored || FORKS.reduce((size, fork) => size + emptySize(row, fork, context), 0n);
}

function indexesSize(row: ClassTuple, context: FunctionContext): bigint {
  let size = 0n;
  for (const { indexrelid } of context.catalog.list(pgIndex, "indrelid", [row.oid])) {
    const index = find(context, indexrelid);
    if (index) size += ownSize(index, context);
  }
  return size;
}

/**
 * Without indexes, but with the TOAST table and its index. Where PostgreSQL would make one for a
 * table without rows and there is none here, that is the page of its empty index. Rows have their
 * long values in them.
 */
function tableSize(row: ClassTuple, context: FunctionContext): bigint {
  const toast = row.reltoastrelid === 0 ? undefined : find(context, row.reltoastrelid);
  const own = ownSize(row, context);
  if (toast) return own + ownSize(toast, context) + indexesSize(toast, context);
  if (storedBytes(row, context) > 0n) return own;
  const mayHaveOne = row.oid >= FIRST_USER_OID && "rm".includes(row.relkind);
  const hasOne = mayHaveOne && needsToast(context.catalog.list(pgAttribute, "key", [row.oid]));
  const pages = row.relpersistence === "u" ? 2n : 1n;
  return own + (hasOne ? pages * PAGE_BYTES : 0n);
}

type Size = (row: ClassTuple, context: FunctionContext) => bigint;

const sizeOf = (name: string, size: Size): FunctionDefinition =>
  define(`${name}(regclass)`, (context, id) => {
    const row = find(context, asOid(id));
    return row ? size(row, context) : null;
  });

function namedForkSize(row: ClassTuple, name: string, context: FunctionContext): bigint {
  const fork = FORKS.find((each) => each === name);
  if (fork) return forkSize(row, fork, context);
  throw new SqlError("22023", "invalid fork name", {
    hint: 'Valid fork names are "main", "fsm", "vm", and "init".',
  });
}

/** All relations of a database: their rows and entries, whatever it shares with others left out. */
function databaseSize(database: Oid, context: FunctionContext): bigint {
  const catalog = context.catalog.of?.(database) ?? context.catalog;
  let size = 0n;
  for (const row of catalog.all(pgClass)) size += mainSize(row, context);
  return size;
}

const sizes: readonly FunctionDefinition[] = [
  sizeOf("pg_relation_size", mainSize),
  define("pg_relation_size(regclass, text)", (context, id, fork) => {
    const row = find(context, asOid(id));
    return row ? namedForkSize(row, asText(fork), context) : null;
  }),
  sizeOf("pg_table_size", tableSize),
  sizeOf("pg_indexes_size", indexesSize),
  sizeOf(
    "pg_total_relation_size",
    (row, context) => tableSize(row, context) + indexesSize(row, context),
  ),
  define("pg_database_size(oid)", (context, id) =>
    context.catalog.find(pgDatabase, "key", [asOid(id)]) ? databaseSize(asOid(id), context) : null,
  ),
  define("pg_database_size(name)", (context, name) => {
    const row = context.catalog.find(pgDatabase, "datname", [asText(name)]);
    if (!row) throw new SqlError("3D000", `database "${asText(name)}" does not exist`);
    return databaseSize(row.oid, context);
  }),
  define("pg_tablespace_size(oid)", (context, id) => {
    const row = context.catalog.find(pgTablespace, "key", [asOid(id)]);
    return row ? tablespaceSize(row, context) : null;
  }),
  define("pg_tablespace_size(name)", (context, name) => {
    const row = context.catalog.find(pgTablespace, "spcname", [asText(name)]);
    if (!row) throw new SqlError("42704", `tablespace "${asText(name)}" does not exist`);
    return tablespaceSize(row, context);
  }),
];

/** Of all databases. */
function tablespaceSize(
  tablespace: Tuple<(typeof pgTablespace)["columns"]>,
  context: FunctionContext,
): bigint {
  const { catalog, user } = context;
  const isOpen =
    tablespace.oid === ownTablespace(catalog) ||
    may(catalog, user.oid, securableTablespace(tablespace), "C") ||
    isMember(catalog, user.oid, PG_READ_ALL_STATS);
  if (!isOpen) {
    throw new SqlError("42501", `permission denied for tablespace ${tablespace.spcname}`);
  }
  let size = 0n;
  for (const { reader, row } of relationsIn(catalog, tablespace.oid)) {
    size += mainSize(row, { ...context, catalog: reader });
  }
  return size;
}

const units = [
  { name: "bytes", bits: 0, limit: 10n * 1024n, round: false },
  { name: "kB", bits: 10, limit: 20n * 1024n - 1n, round: true },
  { name: "MB", bits: 20, limit: 20n * 1024n - 1n, round: true },
  { name: "GB", bits: 30, limit: 20n * 1024n - 1n, round: true },
  { name: "TB", bits: 40, limit: 20n * 1024n - 1n, round: true },
  { name: "PB", bits: 50, limit: 20n * 1024n - 1n, round: true },
] as const;

const halved = (value: bigint): bigint => (value + (value < 0n ? -1n : 1n)) / 2n;

/** Keeps one more bit than the unit until the end, to round by it. */
function prettySize(bytes: bigint): string {
  let size = bytes;
  for (const [at, unit] of units.entries()) {
    const next = units[at + 1];
    if (!next || (size < 0n ? -size : size) < unit.limit) {
      return `${unit.round ? halved(size) : size} ${unit.name}`;
    }
    size /= 1n << BigInt(next.bits - unit.bits - Number(next.round) + Number(unit.round));
  }
  return "";
}

/** Fractions of bytes are shown; of greater units they are not. */
function prettyDecimal(bytes: Decimal): string {
  if (bytes.special) return `${formatDecimal(bytes)} PB`;
  const whole = truncate(bytes, 0).units;
  const small = whole < 10n * 1024n && whole > -10n * 1024n;
  return small ? `${formatDecimal(bytes)} bytes` : prettySize(whole);
}

const hasStorage = "rmtSi";

const properties: readonly FunctionDefinition[] = [
  define("pg_size_pretty(int8)", (_context, size) => prettySize(asInteger(size))),
  define("pg_size_pretty(numeric)", (_context, size) => prettyDecimal(parseDecimal(asText(size)))),
  define("pg_relation_filenode(regclass)", (context, id) => {
    const row = find(context, asOid(id));
    return row && hasStorage.includes(row.relkind) ? BigInt(row.relfilenode || row.oid) : null;
  }),
  define("pg_relation_is_publishable(regclass)", (context, id) => {
    const row = find(context, asOid(id));
    if (!row) return null;
    return truth(isPublishable(row));
  }),
  define("pg_tablespace_location(oid)", (context, id) => {
    const { catalog } = context;
    const tablespace = asOid(id) || ownTablespace(catalog);
    const place = catalog.find(rwTablespace, "key", [tablespace]);
    if (place) return place.location;
    if (catalog.find(pgTablespace, "key", [tablespace])) return "";
    throw new SqlError(
      "58P01",
      `could not stat file "pg_tblspc/${asOid(id)}": No such file or directory`,
    );
  }),
];

const counters = [
  "autoanalyze_count",
  "blocks_fetched",
  "blocks_hit",
  "ins_since_vacuum",
  "mod_since_analyze",
  "numscans",
  "tuples_deleted",
  "tuples_fetched",
  "tuples_hot_updated",
  "tuples_inserted",
  "tuples_returned",
  "tuples_updated",
  "xact_blocks_fetched",
  "xact_blocks_hit",
  "xact_numscans",
  "xact_tuples_deleted",
  "xact_tuples_fetched",
  "xact_tuples_hot_updated",
  "xact_tuples_inserted",
  "xact_tuples_returned",
  "xact_tuples_updated",
];
const times = ["last_autoanalyze"];
const never = (): Scalar => null;

/** Scans and changes are not counted, and nothing is analyzed in the background. */
const freshCounters: readonly FunctionDefinition[] = [
  ...counters.map((name) => define(`pg_stat_get_${name}(oid)`, () => 0n)),
  ...times.map((name) => define(`pg_stat_get_${name}_time(oid)`, never)),
];

export const statisticsFunctions: readonly FunctionDefinition[] = [
  ...sizes,
  ...properties,
  ...freshCounters,
];
