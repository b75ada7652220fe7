/** Triggers. https://www.postgresql.org/docs/15/catalog-pg-trigger.html */
import { INVALID_OID } from "../../base/ids.ts";
import {
  boolColumn,
  charColumn,
  defineRelation,
  int2Column,
  int2vectorColumn,
  nameColumn,
  nodeTreeColumn,
  oidColumn,
  otherColumn,
} from "../relation.ts";

export const pgTrigger = defineRelation({
  name: "pg_trigger",
  oid: 2620,
  columns: {
    oid: oidColumn(),
    tgrelid: oidColumn({ references: "pg_class" }),
    tgparentid: oidColumn({ initial: INVALID_OID, references: "pg_trigger" }),
    tgname: nameColumn(),
    tgfoid: oidColumn({ references: "pg_proc" }),
    /** Bits: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate, 64 instead of. */
    tgtype: int2Column(),
    tgenabled: charColumn({ initial: "O" }),
    tgisinternal: boolColumn({ initial: false }),
    tgconstrrelid: oidColumn({ initial: INVALID_OID, references: "pg_class" }),
    tgconstrindid: oidColumn({ initial: INVALID_OID, references: "pg_class" }),
    tgconstraint: oidColumn({ initial: INVALID_OID, references: "pg_constraint" }),
    tgdeferrable: boolColumn({ initial: false }),
    tginitdeferred: boolColumn({ initial: false }),
    tgnargs: int2Column({ initial: 0 }),
    tgattr: int2vectorColumn({ initial: [] }),
    tgargs: otherColumn<Uint8Array>(17, "blob", false),
    tgqual: nodeTreeColumn(),
    tgoldtable: otherColumn<string | null>(19, "text", true),
    tgnewtable: otherColumn<string | null>(19, "text", true),
  },
  key: ["oid"],
  unique: { tgrelid_tgname: ["tgrelid", "tgname"] },
  indexes: { tgconstraint: ["tgconstraint"] },
});
