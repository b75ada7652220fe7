/** Databases of the cluster. https://www.postgresql.org/docs/15/catalog-pg-database.html */
import { oid } from "../../base/ids.ts";
import {
  aclColumn,
  boolColumn,
  charColumn,
  defineRelation,
  int4Column,
  nameColumn,
  oidColumn,
  optionalTextColumn,
  textColumn,
  xidColumn,
} from "../relation.ts";

export const pgDatabase = defineRelation({
  name: "pg_database",
  oid: 1262,
  shared: true,
  columns: {
    oid: oidColumn(),
    datname: nameColumn(),
    datdba: oidColumn({ references: "pg_authid" }),
    /** 6 = UTF8 */
    encoding: int4Column({ initial: 6 }),
    datlocprovider: charColumn({ initial: "c" }),
    datistemplate: boolColumn({ initial: false }),
    datallowconn: boolColumn({ initial: true }),
    datconnlimit: int4Column({ initial: -1 }),
    datfrozenxid: xidColumn({ initial: 3 }),
    datminmxid: xidColumn({ initial: 1 }),
    /** pg_default */
    dattablespace: oidColumn({ initial: oid(1663), references: "pg_tablespace" }),
    datcollate: textColumn({ initial: "C" }),
    datctype: textColumn({ initial: "C" }),
    daticulocale: optionalTextColumn(),
    datcollversion: optionalTextColumn(),
    datacl: aclColumn(),
  },
  key: ["oid"],
  unique: { datname: ["datname"] },
});
