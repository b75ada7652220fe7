/**
 * COPY's BINARY FORMAT (integers big-endian)
 *   11 bytes  signature
 *   int32     flags: 0
 *   int32     length of the header's extension: 0
 *   a row:    int16 number of fields; each field int32 length, -1 = NULL, then its bytes
 *   int16     -1: the end
 * https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4
 */
export const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
export const END = -1;
