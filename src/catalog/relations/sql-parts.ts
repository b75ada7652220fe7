/** Which parts of the SQL standard there are.
 * https://www.postgresql.org/docs/15/infoschema-sql-parts.html */
import { characterDataColumn, defineRelation, yesOrNoColumn } from "../relation.ts";

export const sqlParts = defineRelation({
  name: "sql_parts",
  schema: "information_schema",
  oid: 13401,
  columns: {
    feature_id: characterDataColumn(),
    feature_name: characterDataColumn(),
    is_supported: yesOrNoColumn(),
    is_verified_by: characterDataColumn(),
    comments: characterDataColumn(),
  },
  key: ["feature_id"],
});
