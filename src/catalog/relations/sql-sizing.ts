/** Limits of sizes, by the numbers of the SQL standard.
 * https://www.postgresql.org/docs/15/infoschema-sql-sizing.html */
import { cardinalNumberColumn, characterDataColumn, defineRelation } from "../relation.ts";

export const sqlSizing = defineRelation({
  name: "sql_sizing",
  schema: "information_schema",
  oid: 13406,
  columns: {
    sizing_id: cardinalNumberColumn(),
    sizing_name: characterDataColumn(),
    supported_value: cardinalNumberColumn(),
    comments: characterDataColumn(),
  },
  key: ["sizing_id"],
});
