/**
 * COMMAND TAGS AND EVENT TRIGGERS: for which statements these fire.
 * https://www.postgresql.org/docs/15/event-trigger-matrix.html
 */

const words = (list: string): string[] => list.split(", ");

/** Created, altered and dropped. */
const OBJECTS = words(
  "ACCESS METHOD, AGGREGATE, CAST, COLLATION, CONSTRAINT, CONVERSION, DOMAIN, EXTENSION, " +
    "FOREIGN DATA WRAPPER, FOREIGN TABLE, FUNCTION, INDEX, LANGUAGE, MATERIALIZED VIEW, " +
    "OPERATOR, OPERATOR CLASS, OPERATOR FAMILY, POLICY, PROCEDURE, PUBLICATION, ROUTINE, RULE, " +
    "SCHEMA, SEQUENCE, SERVER, STATISTICS, SUBSCRIPTION, TABLE, TEXT SEARCH CONFIGURATION, " +
    "TEXT SEARCH DICTIONARY, TEXT SEARCH PARSER, TEXT SEARCH TEMPLATE, TRANSFORM, TRIGGER, " +
    "TYPE, USER MAPPING, VIEW",
);
/** The same of what all databases share, and of event triggers themselves. */
const UNFIRED_OBJECTS = words("DATABASE, EVENT TRIGGER, ROLE, TABLESPACE");
const VERBS = ["ALTER", "CREATE", "DROP"];

const each = (objects: readonly string[]): string[] =>
  objects.flatMap((object) => VERBS.map((verb) => `${verb} ${object}`));

const FIRED: ReadonlySet<string> = new Set([
  ...each(OBJECTS),
  ...words(
    "ALTER DEFAULT PRIVILEGES, ALTER LARGE OBJECT, COMMENT, CREATE TABLE AS, DROP OWNED, GRANT, " +
      "IMPORT FOREIGN SCHEMA, REFRESH MATERIALIZED VIEW, REVOKE, SECURITY LABEL, SELECT INTO",
  ),
]);

const UNFIRED: ReadonlySet<string> = new Set([
  ...each(UNFIRED_OBJECTS),
  ...words(
    "ALTER SYSTEM, ANALYZE, BEGIN, CALL, CHECKPOINT, CLOSE, CLOSE CURSOR, CLOSE CURSOR ALL, " +
      "CLUSTER, COMMIT, COMMIT PREPARED, COPY, COPY FROM, DEALLOCATE, DEALLOCATE ALL, " +
      "DECLARE CURSOR, DELETE, DISCARD, DISCARD ALL, DISCARD PLANS, DISCARD SEQUENCES, " +
      "DISCARD TEMP, DO, EXECUTE, EXPLAIN, FETCH, GRANT ROLE, INSERT, LISTEN, LOAD, LOCK TABLE, " +
      "MERGE, MOVE, NOTIFY, PREPARE, PREPARE TRANSACTION, REASSIGN OWNED, REINDEX, RELEASE, " +
      "RESET, REVOKE ROLE, ROLLBACK, ROLLBACK PREPARED, SAVEPOINT, SELECT, SELECT FOR KEY SHARE, " +
      "SELECT FOR NO KEY UPDATE, SELECT FOR SHARE, SELECT FOR UPDATE, SET, SET CONSTRAINTS, " +
      "SHOW, START TRANSACTION, TRUNCATE TABLE, UNLISTEN, UPDATE, VACUUM",
  ),
]);

const REWRITING: ReadonlySet<string> = new Set([
  "ALTER MATERIALIZED VIEW",
  "ALTER TABLE",
  "ALTER TYPE",
]);

/** Whether event triggers may fire for a tag, in capitals; undefined: there is no such tag. */
export function isFired(tag: string, event: string): boolean | undefined {
  if (!FIRED.has(tag) && !UNFIRED.has(tag)) return undefined;
  return event === "table_rewrite" ? REWRITING.has(tag) : FIRED.has(tag);
}
