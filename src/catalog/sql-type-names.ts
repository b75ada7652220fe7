/**
 * Types that SQL spells otherwise than pg_type, by oid; a typmod goes behind the given part.
 * https://www.postgresql.org/docs/15/datatype.html
 */
export const sqlTypeNames: ReadonlyMap<number, readonly [name: string, rest: string]> = new Map([
  [16, ["boolean", ""]],
  [700, ["real", ""]],
  [701, ["double precision", ""]],
  [21, ["smallint", ""]],
  [23, ["integer", ""]],
  [20, ["bigint", ""]],
  [1700, ["numeric", ""]],
  [1186, ["interval", ""]],
  [1083, ["time", " without time zone"]],
  [1266, ["time", " with time zone"]],
  [1114, ["timestamp", " without time zone"]],
  [1184, ["timestamp", " with time zone"]],
  [1562, ["bit varying", ""]],
  [1043, ["character varying", ""]],
]);
