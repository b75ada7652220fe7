/**
 * Privileges that initdb or an extension gave.
 * https://www.postgresql.org/docs/15/catalog-pg-init-privs.html
 */
import { charColumn, defineRelation, int4Column, oidColumn, otherColumn } from "../relation.ts";

export const pgInitPrivs = defineRelation({
  name: "pg_init_privs",
  oid: 3394,
  columns: {
    objoid: oidColumn(),
    classoid: oidColumn({ references: "pg_class" }),
    objsubid: int4Column({ initial: 0 }),
    /** i initdb, e extension */
    privtype: charColumn(),
    initprivs: otherColumn<readonly string[]>(1034, "array", false),
  },
  key: ["objoid", "classoid", "objsubid"],
});
