/**
 * WHICH ROWS A HASH PARTITION HOLDS, as the constraint of one asks.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/partitioning/partbounds.c
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { typeUnder } from "../../catalog/domains.ts";
import { isBinaryCoercible } from "../../catalog/opclasses.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { pgPartitionedTable } from "../../catalog/relations/pg-partitioned-table.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import type { Scalar } from "../types/scalar.ts";
import { typeLabel } from "../types/type-names.ts";
import { elementOf } from "./arrays.ts";
import { asInteger, asNumber, asOid, truth } from "./define.ts";
import { combinedKeyHash, hashOf, PARTITION_SEED } from "./hashes.ts";
import type { CallTypes, FunctionContext, FunctionDefinition } from "./registry.ts";
import { variadicValues } from "./variadic.ts";

const invalid = (message: string) => new SqlError("22023", message);

function checkModulus(modulus: number, remainder: number): void {
  const must = (what: string, least: string) =>
    invalid(`${what} for hash partition must be ${least}`);
  const integer = "an integer value greater than";
  if (modulus <= 0) throw must("modulus", `${integer} zero`);
  if (remainder < 0) throw must("remainder", `${integer} or equal to zero`);
  if (remainder >= modulus) throw must("remainder", "less than modulus");
}

interface Key {
  readonly type: Oid;
  /** As what its values are hashed; undefined: each as what it is. */
  readonly hashed: Oid | undefined;
}

function keysOf(context: FunctionContext, table: Oid): readonly Key[] {
  const { catalog } = context;
  const row = catalog.find(pgClass, "key", [table]);
  if (!row) throw new SqlError("XX000", `could not open relation with OID ${table}`);
  const partitioned = catalog.find(pgPartitionedTable, "key", [table]);
  if (partitioned?.partstrat !== "h") {
    throw invalid(`"${row.relname}" is not a hash partitioned table`);
  }
  return partitioned.partattrs.map((attribute, at) => {
    const opclass = partitioned.partclass[at] as Oid;
    if (opclass >= FIRST_USER_OID) throw notSupported("hashes of operator classes of users'");
    const declared = catalog.find(pgOpclass, "key", [opclass])?.opcintype as Oid;
    const isOpen = catalog.find(pgType, "key", [declared])?.typtype === "p";
    const column = catalog.find(pgAttribute, "key", [table, attribute])?.atttypid;
    return { type: column ?? declared, hashed: isOpen ? undefined : declared };
  });
}

function checkTypes(
  context: FunctionContext,
  keys: readonly Key[],
  typeAt: (at: number) => Oid,
  quote: string,
): void {
  for (const [at, { type }] of keys.entries()) {
    const given = typeAt(at);
    if (isBinaryCoercible(context.catalog, given, type)) continue;
    const [wanted, is] = [type, given].map((each) => `${quote}${typeLabel(each, context)}${quote}`);
    throw invalid(
      `column ${at + 1} of the partition key has type ${wanted}, but supplied value is of type ${is}`,
    );
  }
}

function checkCount(keys: readonly Key[], given: number): void {
  if (keys.length === given) return;
  const columns = `number of partitioning columns (${keys.length})`;
  throw invalid(`${columns} does not match number of partition keys provided (${given})`);
}

function satisfies(types: CallTypes, context: FunctionContext, args: readonly Scalar[]): Scalar {
  const [table = null, modulus = null, remainder = null] = args;
  if (table === null || modulus === null || remainder === null) return 0n;
  checkModulus(asNumber(modulus), asNumber(remainder));
  const keys = keysOf(context, asOid(table));
  const values = variadicValues(types, args, context, 3);
  if (types.variadic) {
    const element = elementOf(types.args[3], context);
    checkTypes(context, keys, () => element, '"');
  }
  checkCount(keys, values.length);
  if (!types.variadic) checkTypes(context, keys, (at) => values[at]?.type ?? (0 as Oid), "");
  const hashes = values.map(({ type, value }, at) => {
    const hashed = keys[at]?.hashed ?? typeUnder(context.catalog, type).type;
    return value === null ? null : hashOf(hashed, true, context)(value, PARTITION_SEED, context);
  });
  return truth(combinedKeyHash(hashes) % asInteger(modulus) === asInteger(remainder));
}

export const hashPartitionFunctions: readonly FunctionDefinition[] = [
  {
    signature: "satisfies_hash_partition(oid, int4, int4, any)",
    readsCatalog: true,
    specialize:
      (types) =>
      (context, ...args) =>
        satisfies(types, context, args),
  },
];
