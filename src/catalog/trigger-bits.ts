/** Bits of pg_trigger.tgtype. https://www.postgresql.org/docs/15/catalog-pg-trigger.html */
export const [ROW, BEFORE, INSERT, DELETE, UPDATE, TRUNCATE, INSTEAD] = [1, 2, 4, 8, 16, 32, 64];

/** A trigger with none of these is AFTER. */
export const OTHER_TIMES = (BEFORE as number) | (INSTEAD as number);

/** What fires triggers; TRUNCATE those of statements alone. */
export type TriggerEvent = "insert" | "update" | "delete" | "truncate";
export const EVENT_BITS: Readonly<Record<TriggerEvent, number>> = {
  insert: INSERT as number,
  update: UPDATE as number,
  delete: DELETE as number,
  truncate: TRUNCATE as number,
};
