/** Comments of shared objects. https://www.postgresql.org/docs/15/catalog-pg-shdescription.html */
import { defineRelation, oidColumn, textColumn } from "../relation.ts";

export const pgShdescription = defineRelation({
  name: "pg_shdescription",
  oid: 2396,
  shared: true,
  columns: {
    objoid: oidColumn(),
    classoid: oidColumn({ references: "pg_class" }),
    description: textColumn(),
  },
  key: ["objoid", "classoid"],
});
