/** PostgreSQL's own functions for users' triggers, by what pg_proc.prosrc calls them. */
export const BUILTIN_TRIGGERS: ReadonlySet<string> = new Set([
  "suppress_redundant_updates_trigger",
  "tsvector_update_trigger_byid",
  "tsvector_update_trigger_bycolumn",
]);
