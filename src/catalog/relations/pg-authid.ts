/** Roles, of all databases. https://www.postgresql.org/docs/15/catalog-pg-authid.html */
import {
  boolColumn,
  defineRelation,
  int4Column,
  nameColumn,
  oidColumn,
  optionalTextColumn,
  otherColumn,
} from "../relation.ts";

export const pgAuthid = defineRelation({
  name: "pg_authid",
  oid: 1260,
  shared: true,
  columns: {
    oid: oidColumn(),
    rolname: nameColumn(),
    rolsuper: boolColumn({ initial: false }),
    rolinherit: boolColumn({ initial: true }),
    rolcreaterole: boolColumn({ initial: false }),
    rolcreatedb: boolColumn({ initial: false }),
    rolcanlogin: boolColumn({ initial: false }),
    rolreplication: boolColumn({ initial: false }),
    rolbypassrls: boolColumn({ initial: false }),
    rolconnlimit: int4Column({ initial: -1 }),
    rolpassword: optionalTextColumn(),
    /** Microseconds since 2000-01-01 UTC. */
    rolvaliduntil: otherColumn<bigint | null>(1184, "bigint", true),
  },
  key: ["oid"],
  unique: { rolname: ["rolname"] },
});
