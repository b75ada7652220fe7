/** Branded ids: a swapped Lsn, Epoch or Oid does not compile. */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/**
 * Object identifier, 1 … 4294967295; 0 is "none". User objects start at 16384, as in PostgreSQL.
 */
export type Oid = Brand<number, "Oid">;
/** Number of a commit: 1, 2, 3, … without gaps. Epoch 0 is the bootstrap. */
export type Epoch = Brand<number, "Epoch">;
/** Position in the log, in bytes since the first segment's first byte. */
export type Lsn = Brand<bigint, "Lsn">;
/** Transaction id; never repeats, not even after a crash. */
export type Xid = Brand<number, "Xid">;

/**
 * What stands for an epoch in row versions of a transaction that is not committed: greater than
 * every epoch, less than EPOCH_MAX, never used twice.
 */
export type BulkId = Brand<number, "BulkId">;

export const oid = (value: number): Oid => value as Oid;
export const epoch = (value: number): Epoch => value as Epoch;
export const lsn = (value: bigint): Lsn => value as Lsn;
export const xid = (value: number): Xid => value as Xid;

export const INVALID_OID = oid(0);
/**
 * First oid that a user object may have.
 * https://www.postgresql.org/docs/15/system-catalog-initial-data.html#SYSTEM-CATALOG-OID-ASSIGNMENT
 */
export const FIRST_USER_OID = oid(16384);
/** First oid of what initdb made by statements: information_schema, and its domains. */
export const FIRST_INITDB_OID = oid(12000);
/** xmin of what a transaction shows to itself alone: before every epoch. */
export const OWN = epoch(-1);
/** xmax of a tuple version that nobody has ended. */
export const EPOCH_MAX = epoch(Number.MAX_SAFE_INTEGER);

export const BULK_MIN = 2 ** 52;
/** The bulk id that goes with a transaction id. */
export const bulkOf = (of: Xid): BulkId => (BULK_MIN + of) as BulkId;
export const isBulk = (value: number): value is BulkId => value >= BULK_MIN && value < EPOCH_MAX;
export const xidOf = (bulk: BulkId): Xid => (bulk - BULK_MIN) as Xid;
