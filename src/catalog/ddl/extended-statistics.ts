/** THE ROWS OF EXTENDED STATISTICS: made by CREATE STATISTICS, and like those of another table. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { nameTag } from "../../txn/lock-tag.ts";
import { NAMESPACE_CLASS, RELATION_CLASS, STATISTICS_CLASS } from "../class-oids.ts";
import { addDependencies, addOwner, type Dependency } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgStatisticExt } from "../relations/pg-statistic-ext.ts";
import type { DdlContext, StoredExpression } from "./context.ts";
import { joinColumns, makeObjectName } from "./generated-names.ts";

/** What statistics are on. */
export interface Elements {
  /** In ascending order. */
  readonly keys: readonly number[];
  readonly expressions: readonly StoredExpression[];
}

export function insertStatistics(
  { catalog, user, allocateOid, relations }: DdlContext,
  table: ClassTuple,
  made: Elements & {
    readonly name: string;
    readonly namespace: Oid;
    readonly kinds: readonly string[];
  },
): Oid {
  const oid = allocateOid();
  const list = made.expressions.length > 0 ? relations.listOf(made.expressions) : undefined;
  catalog.insert(pgStatisticExt, {
    ...{ oid, stxrelid: table.oid, stxname: made.name, stxnamespace: made.namespace },
    ...{ stxowner: user.oid, stxkeys: made.keys, stxkind: made.kinds },
    stxexprs: list?.tree ?? null,
  });
  const self = addressOf(STATISTICS_CLASS, oid);
  const own = made.keys.length > 0 ? made.keys : [0];
  const isOwn = ({ classOid, oid }: ObjectAddress) =>
    classOid === RELATION_CLASS && oid === table.oid;
  const used = [
    ...own.map((attnum) => addressOf(RELATION_CLASS, table.oid, attnum)),
    ...(list?.references ?? []).map((each) => addressOf(each.classOid, each.oid, each.subId)),
  ].map((referenced): Dependency => ({ referenced, deptype: isOwn(referenced) ? "a" : "n" }));
  const namespace = addressOf(NAMESPACE_CLASS, made.namespace);
  addDependencies(catalog, self, [...used, { referenced: namespace, deptype: "n" }]);
  addOwner(catalog, self, user.oid);
  return oid;
}

/**
 * LIKE … INCLUDING STATISTICS: the same under names of their own, and the oid of each beside its
 * source's. `numbers`: of the columns. Throws 0A000.
 */
export function copyStatistics(
  context: DdlContext,
  from: ClassTuple,
  to: ClassTuple,
  numbers: ReadonlyMap<number, number>,
): readonly (readonly [from: Oid, to: Oid])[] {
  const { catalog, expressions, relations } = context;
  const rows = catalog.list(pgStatisticExt, "relid", [from.oid]);
  return rows
    .toSorted((a, b) => a.oid - b.oid)
    .map((row) => {
      const keys = row.stxkeys.map((attnum) => numbers.get(attnum) ?? attnum);
      const trees = row.stxexprs === null ? [] : relations.treesIn(row.stxexprs);
      const copies = trees.map((tree) => {
        const copy = expressions.copyFor(to.oid, tree, numbers);
        if (copy) return copy;
        const detail = `Statistics object "${row.stxname}" contains a whole-row table reference.`;
        throw new SqlError("0A000", "cannot convert whole-row table reference", { detail });
      });
      const columns = row.stxkeys.map(
        (attnum) => catalog.find(pgAttribute, "key", [from.oid, attnum])?.attname ?? "",
      );
      const named = joinColumns([...columns, ...copies.map(() => "expr")]);
      const name = freeName(context, to, named);
      const made = { keys: keys.sort((a, b) => a - b), expressions: copies };
      const kinds = row.stxkind;
      const home = { name, namespace: to.relnamespace };
      return [row.oid, insertStatistics(context, to, { ...home, ...made, kinds })] as const;
    });
}

function freeName(context: DdlContext, { relname, relnamespace }: ClassTuple, columns: string) {
  for (let pass = 0; ; pass++) {
    const name = makeObjectName(relname, columns, pass === 0 ? "stat" : `stat${pass}`);
    context.transaction.lock(
      nameTag(context.catalog.database, STATISTICS_CLASS, relnamespace, name),
      "AccessExclusive",
    );
    if (!context.catalog.find(pgStatisticExt, "name", [name, relnamespace])) return name;
  }
}
