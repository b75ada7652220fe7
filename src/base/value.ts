/**
 * VALUES AND ROWS, as every layer below sql sees them.
 *
 * A value is what a column of a stored relation holds:
 *   null | boolean (bool) | number (int2, int4, oid, float4/8) | bigint (int8) | string (text,
 *   name, "char", …) | Uint8Array (bytea, uuid, …) | Value[] (catalog arrays: int2vector,
 *   oidvector, aclitem[], text[], …)
 * A row is its values in the order of the relation's columns.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | readonly Value[];
export type Row = readonly Value[];
