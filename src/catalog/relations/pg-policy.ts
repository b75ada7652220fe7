/** Row security policies. https://www.postgresql.org/docs/15/catalog-pg-policy.html */
import type { Oid } from "../../base/ids.ts";
import {
  boolColumn,
  charColumn,
  defineRelation,
  nameColumn,
  nodeTreeColumn,
  oidColumn,
  otherColumn,
} from "../relation.ts";

export const pgPolicy = defineRelation({
  name: "pg_policy",
  oid: 3256,
  columns: {
    oid: oidColumn(),
    polname: nameColumn(),
    polrelid: oidColumn({ references: "pg_class" }),
    /** r select, a insert, w update, d delete, * all */
    polcmd: charColumn(),
    polpermissive: boolColumn({ initial: true }),
    /** 0 = everyone */
    polroles: otherColumn<readonly Oid[]>(1028, "array", false, { references: "pg_authid" }),
    polqual: nodeTreeColumn(),
    polwithcheck: nodeTreeColumn(),
  },
  key: ["oid"],
  unique: { polrelid_polname: ["polrelid", "polname"] },
});
