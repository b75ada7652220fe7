/** OPERATORS BY THEIR CLASSES: built-in ones from memory, users' from the catalog. */
import { FIRST_USER_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import { btree, HASH } from "../../catalog/access-methods.ts";
import { isOwnBase } from "../../catalog/base-types.ts";
import { findDefaultOpclass } from "../../catalog/opclasses.ts";
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import type { BtreeMeaning, SortOperators } from "./builtin.ts";
import type { Names } from "./names.ts";

/** Of the default operator class for exactly this type. */
export function sortOperatorsFor(names: Names, type: Oid): SortOperators | undefined {
  const { builtin, catalog } = names;
  if (type < FIRST_USER_OID) return builtin.sortOperators(type);
  // Values of other types are compared as their types do, whatever a class of users' says.
  if (!isOwnBase(catalog, type)) return undefined;
  const familyOf = (method: Oid) =>
    catalog
      .list(pgOpclass, "am_name_nsp", [method])
      .find((each) => each.opcdefault && each.opcintype === type)?.opcfamily;
  const member = (family: Oid, strategy: number) =>
    catalog.find(pgAmop, "fam_strat", [family, type, type, strategy])?.amopopr ?? INVALID_OID;
  const family = familyOf(btree.oid);
  if (family !== undefined) {
    return {
      ...{ less: member(family, 1), equal: member(family, 3), greater: member(family, 5) },
      family,
    };
  }
  const hashed = familyOf(HASH);
  if (hashed === undefined) {
    const other = findDefaultOpclass(catalog, type, btree.oid);
    return other && builtin.sortOperators(other.opcintype);
  }
  const [less, greater] = [INVALID_OID, INVALID_OID];
  return { less, equal: member(hashed, 1), greater, family: INVALID_OID };
}

/** What an operator means in B-trees. */
export function btreeMeanings({ builtin, catalog }: Names, operator: Oid): readonly BtreeMeaning[] {
  const known = builtin.btreeMeanings.get(operator);
  if (known || operator < FIRST_USER_OID) return known ?? [];
  return catalog
    .list(pgAmop, "opr_fam", [operator, "s"])
    .filter((row) => row.amopmethod === btree.oid && isOwnBase(catalog, row.amoplefttype))
    .map((row) => ({
      ...{ family: row.amopfamily, strategy: row.amopstrategy },
      ...{ left: row.amoplefttype, right: row.amoprighttype },
    }));
}
