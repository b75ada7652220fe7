/**
 * WHAT KEEPS INDEXES AND OPERATOR CLASSES IN ORDER. An index has no list of entries that wait and
 * no ranges of blocks here, so nothing is ever left to do.
 * https://www.postgresql.org/docs/15/functions-admin.html#FUNCTIONS-ADMIN-INDEX
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { checkOwner } from "../../catalog/privileges.ts";
import { pgAm } from "../../catalog/relations/pg-am.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { asInteger, asOid, define } from "./define.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

/** An index of the method, of the user's. Throws XX000, 42809, 42501. */
function checkIndex({ catalog, user }: FunctionContext, id: Oid, method: "gin" | "brin"): void {
  const row = catalog.find(pgClass, "key", [id]);
  if (!row) throw new SqlError("XX000", `could not open relation with OID ${id}`);
  const { relkind, relname, relowner } = row;
  const wrong = (what: string) => new SqlError("42809", `"${relname}" is not ${what} index`);
  if (relkind !== "i" && relkind !== "I") throw wrong("an");
  const found = catalog.find(pgAm, "key", [row.relam])?.amname;
  if (relkind === "I" || found !== method) throw wrong(`a ${method.toUpperCase()}`);
  checkOwner(catalog, user.oid, relowner, "index", relname);
}

const BLOCK_MAX = 0xffff_ffffn;

function checkBlock(block: bigint): void {
  if (block >= 0n && block <= BLOCK_MAX) return;
  throw new SqlError("22003", `block number out of range: ${block}`);
}

export const indexMaintenanceFunctions: readonly FunctionDefinition[] = [
  define("gin_clean_pending_list(regclass)", (context, index) => {
    checkIndex(context, asOid(index), "gin");
    return 0n;
  }),
  define("brin_summarize_new_values(regclass)", (context, index) => {
    checkIndex(context, asOid(index), "brin");
    return 0n;
  }),
  define("brin_summarize_range(regclass, int8)", (context, index, block) => {
    checkBlock(asInteger(block));
    checkIndex(context, asOid(index), "brin");
    return 0n;
  }),
  define("brin_desummarize_range(regclass, int8)", (context, index, block) => {
    checkBlock(asInteger(block));
    checkIndex(context, asOid(index), "brin");
    return "";
  }),
  define("btequalimage(oid)", () => 1n),
  define("amvalidate(oid)", ({ catalog }, id) => {
    const opclass = asOid(id);
    if (!catalog.find(pgOpclass, "key", [opclass])) {
      throw new SqlError("XX000", `cache lookup failed for operator class ${opclass}`);
    }
    if (opclass >= FIRST_USER_OID) throw notSupported("amvalidate of operator classes of users'");
    return 1n;
  }),
];
