/** Text search parsers. https://www.postgresql.org/docs/15/catalog-pg-ts-parser.html */
import { INVALID_OID } from "../../base/ids.ts";
import { defineRelation, nameColumn, oidColumn, regprocColumn } from "../relation.ts";

export const pgTsParser = defineRelation({
  name: "pg_ts_parser",
  oid: 3601,
  columns: {
    oid: oidColumn(),
    prsname: nameColumn(),
    prsnamespace: oidColumn({ references: "pg_namespace" }),
    prsstart: regprocColumn({ references: "pg_proc" }),
    prstoken: regprocColumn({ references: "pg_proc" }),
    prsend: regprocColumn({ references: "pg_proc" }),
    prsheadline: regprocColumn({ initial: INVALID_OID, references: "pg_proc" }),
    prslextype: regprocColumn({ references: "pg_proc" }),
  },
  key: ["oid"],
  unique: { prsname: ["prsname", "prsnamespace"] },
});
