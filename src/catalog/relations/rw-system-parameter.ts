/** What ALTER SYSTEM has set: parameters of the server, and settings that sessions begin with. */
import { defineRelation, textColumn } from "../relation.ts";

export const rwSystemParameter = defineRelation({
  name: "rw_system_parameter",
  schema: "rw_catalog",
  oid: 15101,
  shared: true,
  columns: {
    name: textColumn(),
    /** As it was written. */
    value: textColumn(),
  },
  key: ["name"],
});
