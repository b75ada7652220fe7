/**
 * INDEX ACCESS METHODS: what each can do. In PostgreSQL their handlers say so; here it is a table.
 * https://www.postgresql.org/docs/15/index-api.html
 */
import { FIRST_USER_OID, type Oid, oid } from "../base/ids.ts";
import type { OptionKind } from "./option-definitions.ts";
import type { CatalogReader } from "./reader.ts";
import type { Tuple } from "./relation.ts";
import { pgAm } from "./relations/pg-am.ts";

type Base = "btree" | "hash" | "gist" | "spgist" | "gin" | "brin";

export interface AccessMethod {
  readonly oid: Oid;
  readonly name: string;
  /** The system's own of the same handler. */
  readonly base: Base;
  readonly canOrder: boolean;
  readonly canUnique: boolean;
  readonly canMultiColumn: boolean;
  readonly canExclude: boolean;
  readonly canInclude: boolean;
  readonly canCluster: boolean;
  readonly canScan: boolean;
  readonly canScanBackward: boolean;
  readonly canSearchArray: boolean;
  readonly canSearchNulls: boolean;
  /** Numbers of operators and of support functions that it knows; 0 = any. */
  readonly strategies: number;
  readonly supports: number;
  readonly canOrderByOperator: boolean;
  /** Its operator classes may keep another type than the column's. */
  readonly canStore: boolean;
  /** Type of every key as stored, whatever the column's; 0 = the operator class says. */
  readonly keyType: Oid;
  /** Number of the support function that declares an operator class's options. */
  readonly optionsProcedure: number;
  readonly options: OptionKind;
  /** Pages of an index without rows, and further ones of its free space map. */
  readonly pages: number;
  readonly mapPages: number;
  /** Pages that an unlogged index begins with again after a crash, where they are other ones. */
  readonly initialPages?: number;
  readonly initialTuples: number;
}

const nothing = {
  canOrder: false,
  canUnique: false,
  canMultiColumn: false,
  canExclude: false,
  canInclude: false,
  canCluster: false,
  canScan: false,
  canScanBackward: false,
  canSearchArray: false,
  canSearchNulls: false,
  strategies: 0,
  canOrderByOperator: false,
  canStore: false,
  keyType: oid(0),
  mapPages: 0,
  initialTuples: 0,
};
const INT4 = oid(23);

export const BTREE = oid(403);
export const HASH = oid(405);

const accessMethods: readonly Omit<AccessMethod & { readonly name: Base }, "base">[] = [
  {
    ...nothing,
    oid: BTREE,
    name: "btree",
    options: "btree",
    strategies: 5,
    supports: 5,
    canOrder: true,
    canUnique: true,
    canMultiColumn: true,
    canExclude: true,
    canInclude: true,
    canCluster: true,
    canScan: true,
    canScanBackward: true,
    canSearchArray: true,
    canSearchNulls: true,
    optionsProcedure: 5,
    pages: 1,
  },
  {
    ...nothing,
    oid: HASH,
    name: "hash",
    options: "hash",
    strategies: 1,
    supports: 3,
    canExclude: true,
    canScan: true,
    canScanBackward: true,
    keyType: INT4,
    optionsProcedure: 3,
    pages: 4,
  },
  {
    ...nothing,
    oid: oid(783),
    name: "gist",
    options: "gist",
    supports: 11,
    canOrderByOperator: true,
    canStore: true,
    canMultiColumn: true,
    canExclude: true,
    canInclude: true,
    canCluster: true,
    canScan: true,
    canSearchNulls: true,
    optionsProcedure: 10,
    pages: 1,
  },
  {
    ...nothing,
    oid: oid(4000),
    name: "spgist",
    options: "spgist",
    supports: 7,
    canOrderByOperator: true,
    canStore: true,
    canExclude: true,
    canInclude: true,
    canScan: true,
    canSearchNulls: true,
    optionsProcedure: 7,
    pages: 3,
  },
  {
    ...nothing,
    oid: oid(2742),
    name: "gin",
    options: "gin",
    supports: 7,
    canStore: true,
    canMultiColumn: true,
    optionsProcedure: 7,
    pages: 2,
  },
  {
    ...nothing,
    oid: oid(3580),
    name: "brin",
    options: "brin",
    supports: 15,
    canStore: true,
    canMultiColumn: true,
    canSearchNulls: true,
    optionsProcedure: 5,
    pages: 3,
    mapPages: 3,
    initialPages: 1,
    initialTuples: 1,
  },
];

/** bthandler, … */
const HANDLERS: Readonly<Record<number, Base>> = {
  ...{ 330: "btree", 331: "hash", 332: "gist", 333: "gin", 334: "spgist", 335: "brin" },
};

const all = accessMethods.map((each): AccessMethod => ({ ...each, base: each.name }));
const byOid = new Map<number, AccessMethod>(all.map((each) => [each.oid, each]));
const byName = new Map<string, AccessMethod>(all.map((each) => [each.name, each]));

type MethodTuple = Tuple<(typeof pgAm)["columns"]>;

/** undefined = no index access method. */
export function methodOf({ oid, amname: name, amhandler }: MethodTuple): AccessMethod | undefined {
  const base = HANDLERS[amhandler];
  const known = base && byName.get(base);
  return known && { ...known, oid, name };
}

export function accessMethod(catalog: CatalogReader, method: Oid): AccessMethod | undefined {
  if (method < FIRST_USER_OID) return byOid.get(method);
  const row = catalog.find(pgAm, "key", [method]);
  return row && methodOf(row);
}

export const btree = byName.get("btree") as AccessMethod;

export function accessMethodNamed(catalog: CatalogReader, name: string): AccessMethod | undefined {
  const row = catalog.find(pgAm, "name", [name]);
  return row && methodOf(row);
}
