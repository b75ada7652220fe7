/**
 * Rewrite rules; a view's query is its rule _RETURN.
 * https://www.postgresql.org/docs/15/catalog-pg-rewrite.html
 */
import {
  boolColumn,
  charColumn,
  defineRelation,
  nameColumn,
  oidColumn,
  otherColumn,
} from "../relation.ts";

export const pgRewrite = defineRelation({
  name: "pg_rewrite",
  oid: 2618,
  columns: {
    oid: oidColumn(),
    rulename: nameColumn(),
    ev_class: oidColumn({ references: "pg_class" }),
    /** 1 select, 2 update, 3 insert, 4 delete */
    ev_type: charColumn(),
    ev_enabled: charColumn({ initial: "O" }),
    is_instead: boolColumn({ initial: false }),
    /** `<>` = none */
    ev_qual: otherColumn<string>(194, "text", false),
    ev_action: otherColumn<string>(194, "text", false),
  },
  key: ["oid"],
  unique: { rel_rulename: ["ev_class", "rulename"] },
});
