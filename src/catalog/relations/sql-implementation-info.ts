/** What the SQL standard leaves to the server, by its numbers.
 * https://www.postgresql.org/docs/15/infoschema-sql-implementation-info.html */
import { cardinalNumberColumn, characterDataColumn, defineRelation } from "../relation.ts";

export const sqlImplementationInfo = defineRelation({
  name: "sql_implementation_info",
  schema: "information_schema",
  oid: 13396,
  columns: {
    implementation_info_id: characterDataColumn(),
    implementation_info_name: characterDataColumn(),
    integer_value: cardinalNumberColumn(),
    character_value: characterDataColumn(),
    comments: characterDataColumn(),
  },
  key: ["implementation_info_id"],
});
