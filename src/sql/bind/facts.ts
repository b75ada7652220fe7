/**
 * WHAT PARSE ANALYSIS KNOWS OF CATALOG ROWS: the columns it reads, under short names, computed once
 * per row. Built-in rows never change, so theirs are kept for ever (builtin.ts); users' are made
 * per look-up.
 */
import { type Oid, oid } from "../../base/ids.ts";

export const PG_CATALOG = oid(11);

export interface TypeFacts {
  readonly oid: Oid;
  readonly name: string;
  readonly namespace: Oid;
  readonly length: number;
  /** b base, c composite, d domain, e enum, p pseudo, r range, m multirange */
  readonly kind: string;
  readonly category: string;
  readonly preferred: boolean;
  readonly defined: boolean;
  /** pg_class oid of a composite type, else 0 */
  readonly relation: Oid;
  /** typelem */
  readonly element: Oid;
  /** A true array: subscripting it gives `element`, and `element` has it as its array. */
  readonly isArray: boolean;
  /** Fixed-length containers (point, name) are subscripted too, from 0. */
  readonly isRawArray: boolean;
  readonly array: Oid;
  readonly baseType: Oid;
  readonly baseTypmod: number;
  readonly collation: Oid;
  readonly modifierInput: Oid;
}

export interface FunctionFacts {
  readonly oid: Oid;
  readonly name: string;
  readonly namespace: Oid;
  /** f function, a aggregate, w window, p procedure */
  readonly kind: string;
  readonly returnsSet: boolean;
  readonly result: Oid;
  /** Input arguments. */
  readonly args: readonly Oid[];
  /** How many of the last arguments have defaults. */
  readonly defaultCount: number;
  /** Element type of the VARIADIC argument ("any" included), else 0. */
  readonly variadic: Oid;
  readonly allArgs: readonly Oid[] | null;
  readonly modes: readonly string[] | null;
  readonly names: readonly string[] | null;
  readonly strict: boolean;
  /** i immutable, s stable, v volatile */
  readonly volatility: string;
}

export interface OperatorFacts {
  readonly oid: Oid;
  readonly name: string;
  readonly namespace: Oid;
  /** b infix, l prefix */
  readonly kind: string;
  /** 0 for a prefix operator. */
  readonly left: Oid;
  readonly right: Oid;
  readonly result: Oid;
  readonly function: Oid;
  readonly commutator: Oid;
  readonly negator: Oid;
}

export interface CastFacts {
  readonly source: Oid;
  readonly target: Oid;
  /** 0 when binary-compatible or by I/O */
  readonly function: Oid;
  /** e explicit only, a assignment too, i implicit too */
  readonly context: string;
  /** f function, i input/output, b binary */
  readonly method: string;
}

export interface AggregateFacts {
  /** n normal, o ordered-set, h hypothetical-set */
  readonly kind: string;
  readonly directArgs: number;
}

export interface CollationFacts {
  readonly oid: Oid;
  readonly name: string;
  readonly namespace: Oid;
  /** One of ICU's: it has an order of its own, and an equality if it is not deterministic. */
  readonly icu?: { readonly deterministic: boolean };
}

export interface RelationFacts {
  readonly oid: Oid;
  readonly name: string;
  readonly namespace: Oid;
  readonly relkind: string;
  readonly rowType: Oid;
}

export interface ColumnFacts {
  readonly number: number;
  /** "" when dropped */
  readonly name: string;
  readonly type: Oid;
  readonly typmod: number;
  readonly collation: Oid;
  readonly dropped: boolean;
}
