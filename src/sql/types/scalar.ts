/**
 * SQL SCALARS: the form in which values of PostgreSQL types pass through SQLite, registered
 * functions and results.
 *
 * SQLite stores, compares, groups and joins canonical values; it never computes. Per type:
 *   integer class  bool 0/1, int2/4/8, oid and reg*, xid, date (days), time, timestamp, timestamptz
 *   (µs since 2000-01-01,
 *                  ±infinity at the ends): bigint, as better-sqlite3 gives with safeIntegers
 *   text class     text, varchar, char(n) (stripped), name, "char", json, xml, enum labels …:
 *   string;
 *                  numeric: the decimal text as PostgreSQL shows it (compared by function, grouped
 *                  by its key); jsonb: PostgreSQL's own output text; arrays: JSON text of nested
 *                  arrays, see below
 *   blob class     bytea, uuid, inet, bit, float4/8 (8-byte order-preserving key: NaN greatest, -0
 *   = 0), timetz, interval
 * An array is JSON text: integer-class elements as JSON integers, text-class as strings, blob-class
 * as hex strings, null as null; a non-default lower bound as {"l":[0],"a":[…]}; int2vector and
 * oidvector are plain JSON arrays too.
 */
export type Scalar = null | bigint | string | Uint8Array;
export type StorageClass = "integer" | "text" | "blob";
