/**
 * CLAUSES AS POSTGRESQL'S NODES: targets, and what sorts, groups and windows by them.
 */
import { INVALID_OID, type Oid } from "../../base/ids.ts";
import { pgAmop } from "../../catalog/relations/pg-amop.ts";
import { pgOpclass } from "../../catalog/relations/pg-opclass.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { sameExpression } from "../bind/same-expression.ts";
import type { Expression, FrameBound, SortKey, Target, WindowDefinition } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";
import { type Place, targetNode } from "./node-calls.ts";
import { expressionNode } from "./node-expression.ts";
import { type Node, node } from "./node-text.ts";

/**
 * TARGETS AND THE CLAUSES THAT NAME THEM. A clause's expression that is no target becomes one that
 * is not in the result; a target that a clause names gets a number.
 */
export class TargetList {
  readonly #targets: (Pick<Target, "expression" | "junk"> & Partial<Target>)[];
  readonly #refs = new Map<number, number>();
  readonly #place: Place;

  constructor(targets: readonly Target[], place: Place) {
    this.#targets = [...targets];
    this.#place = place;
  }

  refOf(expression: Expression, target?: number): number {
    let at = target ? target - 1 : this.#find(expression);
    if (at < 0) at = this.#targets.push({ expression, junk: true }) - 1;
    const ref = this.#refs.get(at) ?? this.#refs.size + 1;
    this.#refs.set(at, ref);
    return ref;
  }

  #find(expression: Expression): number {
    return this.#targets.findIndex((each) => sameExpression(each.expression, expression));
  }

  sort(keys: readonly SortKey[]): Node[] {
    const { context } = this.#place;
    return keys.map((key) => sortNode(key, this.refOf(key.expression, key.target), context));
  }

  group(expressions: readonly Expression[]): Node[] {
    const { context } = this.#place;
    return expressions.map((each) => groupNode(each, this.refOf(each), context));
  }

  nodes(place = this.#place): Node[] {
    return this.#targets.map((target, at) =>
      targetNode(expressionNode(target.expression, place), at + 1, {
        resname: target.name,
        ressortgroupref: this.#refs.get(at) ?? 0,
        resorigtbl: target.originTable ?? 0,
        resorigcol: target.originColumn ?? 0,
        resjunk: target.junk,
      }),
    );
  }
}

const BTREE = 403;
const LESS = 1;
const EQUAL = 3;

export function sortNode(key: SortKey, ref: number, context: TypeContext): Node {
  const { catalog } = context;
  const sorts = catalog
    .list(pgAmop, "opr_fam", [key.operator])
    .find((row) => row.amopmethod === BTREE);
  const { amopfamily: family, amoplefttype: of } = sorts ?? {
    amopfamily: INVALID_OID,
    amoplefttype: INVALID_OID,
  };
  const eqop = catalog.find(pgAmop, "fam_strat", [family, of, of, EQUAL])?.amopopr;
  const hashable = eqop ? catalog.find(pgOperator, "key", [eqop])?.oprcanhash : false;
  return node("SORTGROUPCLAUSE", {
    tleSortGroupRef: ref,
    eqop: eqop ?? 0,
    sortop: key.operator,
    nulls_first: key.nullsFirst,
    hashable: hashable ?? false,
  });
}

/** PostgreSQL's default order of a group: that of the type, nulls last. */
export function groupNode({ type }: Expression, ref: number, context: TypeContext): Node {
  const found = defaultOperators(type, context);
  return node("SORTGROUPCLAUSE", {
    tleSortGroupRef: ref,
    eqop: found?.equal ?? 0,
    sortop: found?.less ?? 0,
    nulls_first: false,
    hashable: found?.hashable ?? false,
  });
}

/** Where the type itself has no operator class, the one that its values are compared by. */
const COMPARED_AS: Readonly<Record<string, number>> = { c: 2249, e: 3500, m: 4537, r: 3831 };
const ANYARRAY = 2277;
const VARCHAR = 1043;
const TEXT = 25;

function comparedAs(type: Oid, context: TypeContext): number {
  if (type === VARCHAR) return TEXT;
  const row = context.catalog.find(pgType, "key", [type]);
  if (row?.typtype === "d") return comparedAs(row.typbasetype, context);
  if (row && row.typelem !== INVALID_OID && row.typlen < 0) return ANYARRAY;
  return COMPARED_AS[row?.typtype ?? ""] ?? type;
}

function defaultOperators(type: Oid, context: TypeContext) {
  const { catalog } = context;
  const input = comparedAs(type, context);
  const opclass = catalog
    .list(pgOpclass, "am_name_nsp", [BTREE as Oid])
    .find((row) => row.opcdefault && row.opcintype === input);
  if (!opclass) return undefined;
  const { opcfamily: family, opcintype: of } = opclass;
  const at = (strategy: number) =>
    catalog.find(pgAmop, "fam_strat", [family, of, of, strategy])?.amopopr ?? INVALID_OID;
  const equal = at(EQUAL);
  const hashable = catalog.find(pgOperator, "key", [equal])?.oprcanhash ?? false;
  return { less: at(LESS), equal, hashable };
}

const FRAME = { nondefault: 1, range: 2, rows: 4, groups: 8, between: 16 } as const;
const DEFAULT_FRAME = 1058;
/** Bits of where a frame starts; of where it ends they are twice that. */
const BOUNDS = {
  unboundedPreceding: 0x20,
  unboundedFollowing: 0x80,
  currentRow: 0x200,
  preceding: 0x800,
  following: 0x2000,
} as const;
const EXCLUDES = { "current row": 0x8000, group: 0x1_0000, ties: 0x2_0000 } as const;

function frameOptions({ frame }: WindowDefinition): number {
  if (!frame) return DEFAULT_FRAME;
  const between = frame.between ? FRAME.between : 0;
  const bounds = BOUNDS[frame.start.kind] | (BOUNDS[frame.end.kind] << 1);
  const excluded = frame.exclude ? EXCLUDES[frame.exclude] : 0;
  return FRAME.nondefault | FRAME[frame.mode] | between | bounds | excluded;
}

export function windowNode(
  window: WindowDefinition,
  at: number,
  list: TargetList,
  place: Place,
): Node {
  const { frame } = window;
  const offset = (bound?: FrameBound): Node | undefined =>
    bound && "offset" in bound ? expressionNode(bound.offset, place) : undefined;
  const inRange = (bound?: FrameBound): number =>
    (bound && "offset" in bound && bound.inRange) || 0;
  const [first] = window.orderBy;
  const measured = inRange(frame?.start) > 0 || inRange(frame?.end) > 0;
  return node("WINDOWCLAUSE", {
    name: window.name,
    refname: window.base,
    partitionClause: list.group(window.partitionBy),
    orderClause: list.sort(window.orderBy),
    frameOptions: frameOptions(window),
    startOffset: offset(frame?.start),
    endOffset: offset(frame?.end),
    runCondition: undefined,
    startInRangeFunc: inRange(frame?.start),
    endInRangeFunc: inRange(frame?.end),
    inRangeColl: measured ? (first?.expression.collation ?? 0) : 0,
    inRangeAsc: measured && first !== undefined && !first.descending,
    inRangeNullsFirst: measured && (first?.nullsFirst ?? false),
    winref: at + 1,
    copiedOrder: window.inheritsOrder ?? false,
  });
}
