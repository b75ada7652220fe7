/**
 * What exclusion constraints need of the engine: their operators as functions over two keys, and
 * the rows that have keys which exclude others.
 */
import { assert } from "../../base/assert.ts";
import type { Oid } from "../../base/ids.ts";
import type { TransactionRows } from "../../txn/transaction-rows.ts";
import type { BoundQuery, Expression } from "../bind/tree.ts";
import { BOOL } from "../bind/type-oids.ts";
import type { Snapshot } from "../execute/snapshot-reader.ts";
import type { FunctionContext, ScalarCall } from "../functions/registry.ts";
import type { Exclusion, IndexShape, TableShape } from "../rows/table-shape.ts";
import type { Translation } from "../translate/translation.ts";
import type { Scalar } from "../types/scalar.ts";
import { versionFinder } from "./version-finder.ts";

export interface ExclusionHost {
  readonly rows: TransactionRows;
  /** What the function computes of arguments of these types. */
  callOf(id: Oid, args: readonly Oid[]): ScalarCall;
  findTranslation(name: string, make: () => BoundQuery): Translation;
  runNow(
    translation: Translation,
    values: readonly Scalar[],
    snapshot?: Snapshot,
  ): readonly (readonly Scalar[])[];
  unstaged(): Snapshot;
  storedWidth(storage: Oid): number | undefined;
}

export class ExclusionAccess {
  readonly #host: ExclusionHost;
  readonly #context: FunctionContext;
  readonly #calls = new Map<IndexShape, readonly ScalarCall[]>();

  constructor(host: ExclusionHost, context: FunctionContext) {
    this.#host = host;
    this.#context = context;
  }

  /** Whether keys of two rows must not be beside each other; `at`: by one operator alone. */
  excludes(
    index: IndexShape,
    there: readonly Scalar[],
    now: readonly Scalar[],
    only?: number,
  ): boolean {
    return this.#callsOf(index).every((call, at) => {
      if (only !== undefined && at !== only) return true;
      const [a = null, b = null] = [there[at], now[at]];
      return a !== null && b !== null && call(this.#context, a, b) === 1n;
    });
  }

  #callsOf(index: IndexShape): readonly ScalarCall[] {
    const known = this.#calls.get(index);
    if (known) return known;
    const made = operatorsOf(index).map(({ function: id, type }) =>
      this.#host.callOf(id, [type, type]),
    );
    this.#calls.set(index, made);
    return made;
  }

  /** Rows in the pages that exclude keys, in the newest state; with `withStaged` own ones, too. */
  findStored(
    shape: TableShape,
    index: IndexShape,
    values: readonly Scalar[],
  ): { readonly versions: readonly number[]; readonly withStaged: boolean } {
    const { rows } = this.#host;
    const width = this.#host.storedWidth(shape.storage);
    // Such a table is wider with what is staged.
    const withStaged = width !== undefined && rows.overlay.widthOf(shape.storage) > width;
    if (width === undefined) return { versions: [], withStaged };
    const find = this.#host.findTranslation(`${index.oid}/excluded`, () => finderOf(shape, index));
    const snapshot = withStaged ? undefined : this.#host.unstaged();
    const found = this.#host.runNow(find, values, snapshot).map(([version]) => Number(version));
    const versions = found.filter((version) => !rows.overlay.hasEnded(shape.storage, version));
    return { versions, withStaged };
  }
}

function operatorsOf({ exclusion }: IndexShape): Exclusion["operators"] {
  assert(exclusion, "the index is an exclusion constraint's");
  return exclusion.operators;
}

/** SELECT version FROM table WHERE predicate AND key operator $n AND … */
function finderOf(shape: TableShape, index: IndexShape): BoundQuery {
  const bool = { type: BOOL, typmod: -1, collation: 0 as Oid };
  const conditions = operatorsOf(index).map(({ operator, function: id }, at): Expression => {
    const key = index.keys[at]?.expression;
    assert(key, "an operator is a key's");
    const { type, typmod, collation } = key;
    const value: Expression = { kind: "parameter", number: at + 1, type, typmod, collation };
    const called = { operator, function: id, args: [key, value], returnsSet: false };
    return { kind: "operator", ...called, ...bool };
  });
  const { predicate } = index;
  return versionFinder(shape, predicate ? [predicate, ...conditions] : conditions, [], {
    parameterTypes: index.keys.map(({ type }) => type),
  });
}
