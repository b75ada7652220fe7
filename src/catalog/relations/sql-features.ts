/** Which features of the SQL standard there are.
 * https://www.postgresql.org/docs/15/infoschema-sql-features.html */
import { characterDataColumn, defineRelation, yesOrNoColumn } from "../relation.ts";

export const sqlFeatures = defineRelation({
  name: "sql_features",
  schema: "information_schema",
  oid: 13391,
  columns: {
    feature_id: characterDataColumn(),
    feature_name: characterDataColumn(),
    sub_feature_id: characterDataColumn(),
    sub_feature_name: characterDataColumn(),
    is_supported: yesOrNoColumn(),
    is_verified_by: characterDataColumn(),
    comments: characterDataColumn(),
  },
  key: ["feature_id", "sub_feature_id"],
});
