/**
 * What expressions can be made of, by result type: the built-in operators and functions, and how
 * types are spelled.
 */
import { type Oid, oid } from "../../../src/base/ids.ts";
import type { BuiltinCatalog } from "../../../src/sql/bind/builtin.ts";
import type { FunctionFacts, OperatorFacts } from "../../../src/sql/bind/facts.ts";
import * as t from "../../../src/sql/bind/type-oids.ts";
import { quoteIdentifier } from "../../../src/sql/types/keywords.ts";
import { literalTexts } from "./literals.ts";

/** An operator or function for one result type, its polymorphic arguments decided. */
export interface Use<F> {
  readonly facts: F;
  readonly args: readonly Oid[];
}

/** Random, or a moment that a stored expression does not fix but that psql would. */
const pseudo = "internal trigger void any event_trigger language_handler fdw_handler";
const handlers = "index_am_handler tsm_handler table_am_handler pg_ddl_command unknown";
const unfit: ReadonlySet<string> = new Set([...pseudo.split(" "), ...handlers.split(" ")]);

const spellings: Readonly<Record<string, readonly string[]>> = {
  bool: ["boolean"],
  int2: ["smallint"],
  int4: ["integer", "int"],
  int8: ["bigint"],
  float4: ["real", "float(24)"],
  float8: ["double precision", "float", "float(53)"],
  numeric: ["decimal", "numeric(5)", "numeric(10,2)", "dec(4,4)", "numeric(3,-2)", "numeric(2,5)"],
  bpchar: ["char", "character(3)", "char(10)", "nchar(4)", "bpchar"],
  varchar: ["varchar(5)", "character varying", "character varying(20)", "national char varying(3)"],
  bit: ["bit(3)", "bit", "bit(8)"],
  varbit: ["bit varying(4)", "bit varying"],
  time: ["time(0)", "time without time zone", "time(3)"],
  timetz: ["time with time zone", "time(2) with time zone"],
  timestamp: ["timestamp(3)", "timestamp without time zone"],
  timestamptz: ["timestamp with time zone", "timestamp(0) with time zone"],
  interval: [
    "interval(2)",
    "interval day to second(3)",
    "interval year",
    "interval hour to minute",
  ],
};

export class Vocabulary {
  readonly builtin: BuiltinCatalog;
  /** Types that literals are known of. */
  readonly types: readonly Oid[];
  readonly #operators = new Map<Oid, OperatorFacts[]>();
  readonly #functions = new Map<Oid, FunctionFacts[]>();

  constructor(builtin: BuiltinCatalog) {
    this.builtin = builtin;
    const named = Object.keys(literalTexts).flatMap((name) => builtin.typesByName.get(name) ?? []);
    this.types = named.map((type) => type.oid);
    for (const facts of builtin.operators.values()) {
      if (this.#fits(facts.result) && this.#fits(facts.right)) add(this.#operators, facts);
    }
    for (const facts of builtin.functions.values()) {
      const plain = facts.kind === "f" && !facts.returnsSet && !/^any\w+_in$/.test(facts.name);
      if (plain && facts.namespace === 11 && [facts.result, ...facts.args].every(this.#fits)) {
        add(this.#functions, facts);
      }
    }
  }

  readonly #fits = (type: Oid): boolean => {
    const name = this.builtin.types.get(type)?.name;
    return name !== undefined && !unfit.has(name) && !/_cstring/.test(name);
  };

  nameOf(type: Oid): string {
    return this.builtin.types.get(type)?.name ?? String(type);
  }
  elementOf(type: Oid): Oid | undefined {
    const facts = this.builtin.types.get(type);
    return facts?.isArray ? facts.element : undefined;
  }
  arrayOf(type: Oid): Oid | undefined {
    return this.builtin.types.get(type)?.array || undefined;
  }

  /** How the type may be written. */
  spellings(type: Oid): readonly string[] {
    const element = this.elementOf(type);
    if (element !== undefined && type !== t.INT2VECTOR && type !== t.OIDVECTOR) {
      const inner = this.spellings(element);
      return [...inner.map((name) => `${name}[]`), `${inner[0]}[3]`, `${inner[0]} ARRAY`];
    }
    const name = this.nameOf(type);
    const plain = name === "char" ? '"char"' : quoteIdentifier(name);
    const bare = type === t.RECORD ? [] : [plain, plain, `pg_catalog.${plain}`];
    return [...bare, ...(spellings[name] ?? [])];
  }

  operators(result: Oid, element: Oid): readonly Use<OperatorFacts>[] {
    return this.#uses(this.#operators, result, element, ({ left, right }) =>
      left === 0 ? [right] : [left, right],
    );
  }
  functions(result: Oid, element: Oid): readonly Use<FunctionFacts>[] {
    return this.#uses(this.#functions, result, element, ({ args }) => args);
  }

  #uses<F extends { readonly result: Oid }>(
    all: ReadonlyMap<Oid, readonly F[]>,
    result: Oid,
    element: Oid,
    argsOf: (facts: F) => readonly Oid[],
  ): Use<F>[] {
    const uses: Use<F>[] = [];
    for (const declared of [result, ...polymorphic]) {
      const chosen = declared === result ? element : this.#elementFor(declared, result);
      if (chosen === undefined) continue;
      for (const facts of all.get(declared) ?? []) {
        const args = argsOf(facts).map((type) => this.#concrete(type, chosen));
        if (args.every((type) => type !== undefined)) uses.push({ facts, args: args as Oid[] });
      }
    }
    return uses;
  }

  /** What anyelement is when the declared polymorphic result is to be this type. */
  #elementFor(declared: Oid, result: Oid): Oid | undefined {
    const { builtin } = this;
    const { kind } = builtin.types.get(result) ?? {};
    switch (declared) {
      case t.ANYARRAY:
      case t.ANYCOMPATIBLEARRAY:
        return this.elementOf(result);
      case t.ANYRANGE:
        return kind === "r" ? builtin.rangeSubtypes.get(result) : undefined;
      case t.ANYMULTIRANGE: {
        const range = builtin.multirangeRanges.get(result);
        return range === undefined ? undefined : builtin.rangeSubtypes.get(range);
      }
      case t.ANYELEMENT:
      case t.ANYCOMPATIBLE:
        return result;
      default:
        return undefined;
    }
  }

  #concrete(declared: Oid, element: Oid): Oid | undefined {
    switch (declared) {
      case t.ANYARRAY:
      case t.ANYCOMPATIBLEARRAY:
        return this.arrayOf(element);
      case t.ANYRANGE:
      case t.ANYCOMPATIBLERANGE:
        return this.#rangeOf(element);
      case t.ANYMULTIRANGE:
      case t.ANYCOMPATIBLEMULTIRANGE: {
        const range = this.#rangeOf(element);
        return range === undefined ? undefined : this.builtin.rangeMultiranges.get(range);
      }
      case t.ANYENUM:
        return undefined;
      default:
        return t.isPolymorphic(declared) ? element : declared;
    }
  }

  #rangeOf(subtype: Oid): Oid | undefined {
    for (const [range, of] of this.builtin.rangeSubtypes) if (of === subtype) return range;
    return undefined;
  }
}

const polymorphic = [
  t.ANYARRAY,
  t.ANYCOMPATIBLEARRAY,
  t.ANYRANGE,
  t.ANYMULTIRANGE,
  t.ANYELEMENT,
  t.ANYCOMPATIBLE,
];

function add<F extends { readonly result: Oid }>(map: Map<Oid, F[]>, facts: F): void {
  const found = map.get(facts.result);
  if (found) found.push(facts);
  else map.set(facts.result, [facts]);
}

/** Types that every server has and whose elements polymorphic calls are tried with. */
export const elementChoices: readonly Oid[] = [23, 25, 1700, 20, 1082, 16].map(oid);
