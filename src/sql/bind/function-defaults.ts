/**
 * Defaults of built-in functions' last parameters, as literals of the parameters' types; null =
 * NULL.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/catalog/system_functions.sql
 */
const noVariables = ["{}", "f"];

/** By function oid: one literal for each of the last parameters that has a default. */
export const builtinDefaults: ReadonlyMap<number, readonly string[]> = new Map([
  [1177, noVariables], // jsonb_path_exists_tz
  [1179, noVariables], // jsonb_path_query_tz
  [1180, noVariables], // jsonb_path_query_array_tz
  [2023, noVariables], // jsonb_path_query_first_tz
  [2030, noVariables], // jsonb_path_match_tz
  [4005, noVariables], // jsonb_path_exists
  [4006, noVariables], // jsonb_path_query
  [4007, noVariables], // jsonb_path_query_array
  [4008, noVariables], // jsonb_path_query_first
  [4009, noVariables], // jsonb_path_match
  [1268, ["t"]], // parse_ident
  [2096, ["0"]], // pg_terminate_backend
  [2172, ["f"]], // pg_backup_start
  [2739, ["t"]], // pg_backup_stop
  [3305, ["t"]], // jsonb_set
  [5054, ["t", "use_json_null"]], // jsonb_set_lax
  [3579, ["f"]], // jsonb_insert
  [3436, ["t", "60"]], // pg_promote
  [3464, ["0", "0", "0", "0", "0", "0", "0.0"]], // make_interval
  [3779, ["f", "f"]], // pg_create_physical_replication_slot
  [3786, ["f", "f"]], // pg_create_logical_replication_slot
  [3782, ["{}"]], // pg_logical_slot_get_changes
  [3783, ["{}"]], // pg_logical_slot_get_binary_changes
  [3784, ["{}"]], // pg_logical_slot_peek_changes
  [3785, ["{}"]], // pg_logical_slot_peek_binary_changes
  [3960, ["f"]], // json_populate_record
  [3961, ["f"]], // json_populate_recordset
  [4350, ["NFC"]], // normalize
  [4351, ["NFC"]], // is_normalized
]);
