/** What one entry and one segment of the log may hold. */

/** Payload of one entry; the least that every engine behind the Log interface takes. */
export const ENTRY_BYTES_MAX = 1024 * 1024;
/** Size of a segment file unless the configuration says otherwise. */
export const SEGMENT_BYTES = 16 * 1024 * 1024;
/** Smaller segments could not hold a group beside their header. */
export const SEGMENT_BYTES_MIN = 512;
