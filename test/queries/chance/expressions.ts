/**
 * Expressions by chance: for a type, out of the columns in scope. Nothing divides by what may be 0
 * or leaves the range of its type, because who evaluates what first is free.
 */
import type { Random } from "../../support/random.ts";
import { literals, type Type, types } from "./relations.ts";

export interface Column {
  readonly text: string;
  readonly type: Type;
}

type Inner = (type: Type) => string;

export abstract class Expressions {
  protected readonly random: Random;
  #names = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** A query of one column of each type, which may name columns from around it. */
  protected abstract subSelect(wanted: readonly Type[], outer: readonly Column[]): string;

  protected name(prefix: string): string {
    return `${prefix}${++this.#names}`;
  }

  protected pick<T>(items: readonly T[]): T {
    return this.random.pick(items);
  }

  /** One to `most`. */
  protected times<T>(most: number, make: (at: number) => T): T[] {
    return Array.from({ length: 1 + this.random.below(most) }, (_, at) => make(at));
  }

  protected expression(type: Type, columns: readonly Column[], depth: number): string {
    const fitting = columns.filter((column) => column.type === type);
    if (depth <= 0 || this.random.chance(0.25)) {
      if (fitting.length > 0 && this.random.chance(0.85)) return this.pick(fitting).text;
      return this.pick(literals[type]);
    }
    const inner = (wanted: Type) => this.expression(wanted, columns, depth - 1);
    if (this.random.chance(0.2)) return this.#conditional(type, inner);
    if (type === "bool") return this.#boolean(inner, columns, depth);
    return this.pick(this.#makers[type])(inner, columns, depth);
  }

  #conditional(type: Type, inner: Inner): string {
    return this.pick([
      () => `CASE WHEN ${inner("bool")} THEN ${inner(type)} ELSE ${inner(type)} END`,
      () => `CASE WHEN ${inner("bool")} THEN ${inner(type)} END`,
      () =>
        `CASE ${inner("int")} WHEN 1 THEN ${inner(type)} WHEN ${inner("int")} THEN ${inner(type)} END`,
      () => `coalesce(${inner(type)}, ${inner(type)})`,
      () => `nullif(${inner(type)}, ${inner(type)})`,
      () => `greatest(${inner(type)}, ${inner(type)})`,
      () => `least(${inner(type)}, ${inner(type)})`,
    ])();
  }

  readonly #makers: Readonly<
    Record<
      Exclude<Type, "bool">,
      readonly ((inner: Inner, columns: readonly Column[], depth: number) => string)[]
    >
  > = {
    int: [
      (inner) => `(${inner("int")} % 7)`,
      (inner) => `(${inner("int")} % 100 + ${inner("int")} % 100)`,
      (inner) => `(${inner("int")} % 100 - 3)`,
      (inner) => `length(${inner("text")})`,
      (inner) => `abs(${inner("int")} % 1000)`,
      (inner) => `(${inner("bool")})::int`,
      (inner) => `coalesce(array_length(${inner("ints")}, 1), 0)`,
      (inner) => `(${inner("ints")})[1]`,
      (inner) => `(${inner("int")} & 15)`,
      (inner) => `extract(month FROM ${inner("date")})::int`,
      (inner) => `extract(hour FROM ${inner("timestamp")})::int`,
      (inner) => `position('e' IN ${inner("text")})`,
      (inner) => `(${inner("jsonb")} ->> 'a')::int`,
    ],
    text: [
      (inner) => `(${inner("text")} || ${inner("text")})`,
      (inner) => `upper(${inner("text")})`,
      (inner) => `substr(${inner("text")}, 1, 4)`,
      (inner) => `replace(${inner("text")}, 'p', '-')`,
      (inner) => `(${inner(this.pick(types))})::text`,
      (inner) => `left(${inner("text")}, 3)`,
      (inner) => `concat(${inner("text")}, ${inner(this.pick(types))})`,
      (inner) => `quote_nullable(${inner("text")})`,
      (inner) => `format('%s-%L', ${inner("int")}, ${inner("text")})`,
      (inner) => `split_part(${inner("text")}, '_', 2)`,
    ],
    numeric: [
      (inner) => `round(${inner("numeric")}, 1)`,
      (inner) => `(${inner("numeric")} + 0.5)`,
      (inner) => `(${inner("int")} % 100)::numeric`,
      (inner) => `(${inner("numeric")} % 1000 * 2)`,
      (inner) => `abs(${inner("numeric")})`,
    ],
    date: [
      (inner) => `(${inner("date")} + 1)`,
      (inner) => `coalesce(${inner("date")}, DATE '2001-01-01')`,
      (inner) => `(${inner("timestamp")})::date`,
    ],
    timestamp: [
      (inner) => `(${inner("date")})::timestamp`,
      (inner) => `date_trunc('day', ${inner("timestamp")})`,
      (inner) => `(${inner("timestamp")} + interval '90 minutes')`,
      (inner) => `(${inner("timestamp")} + interval '1 day' * (${inner("int")} % 40))`,
    ],
    ints: [
      (inner) => `ARRAY[${inner("int")}, ${inner("int")}]`,
      (inner) => `(${inner("ints")} || ${inner("int")})`,
      (inner) => `coalesce(${inner("ints")}, '{}')`,
      (inner) => `array_remove(${inner("ints")}, 1)`,
      (_, columns, depth) =>
        depth < 2 ? "'{5}'::int[]" : `ARRAY(${this.subSelect(["int"], columns)} ORDER BY 1)`,
    ],
    jsonb: [
      (inner) => `to_jsonb(${inner("int")})`,
      (inner) => `jsonb_build_object('a', ${inner("int")})`,
      (inner) => `(${inner("jsonb")} -> 'a')`,
      (inner) => `jsonb_build_array(${inner("text")}, ${inner("bool")})`,
    ],
  };

  #boolean(inner: Inner, columns: readonly Column[], depth: number): string {
    const type = this.pick(types);
    const comparison = this.pick(["=", "<>", "<", "<=", ">", ">="]);
    const some = this.pick(["ANY", "ALL"]);
    return this.pick([
      () => `(${inner(type)} ${comparison} ${inner(type)})`,
      () => `(${inner(type)} ${comparison} ${inner(type)})`,
      () => `(${inner("bool")} AND ${inner("bool")})`,
      () => `(${inner("bool")} OR ${inner("bool")})`,
      () => `(NOT ${inner("bool")})`,
      () => `(${inner(type)} IS ${this.pick(["", "NOT "])}NULL)`,
      () => `(${inner(type)} IS ${this.pick(["", "NOT "])}DISTINCT FROM ${inner(type)})`,
      () => `(${inner("int")} ${this.pick(["", "NOT "])}IN (1, ${inner("int")}, 1259))`,
      () => `(${inner(type)} BETWEEN ${inner(type)} AND ${inner(type)})`,
      () => `(${inner("text")} ${this.pick(["LIKE", "NOT LIKE", "ILIKE"])} 'p%')`,
      () => `(${inner("text")} ~ '^[a-c]|s$')`,
      () => `(${inner("int")} ${comparison} ${some} (${inner("ints")}))`,
      () => `(${inner("bool")} IS ${this.pick(["TRUE", "NOT FALSE", "UNKNOWN"])})`,
      () =>
        `((${inner("int")}, ${inner("text")}) ${comparison} (${inner("int")}, ${inner("text")}))`,
      () => `(${inner("ints")} ${this.pick(["@>", "&&", "<@"])} ${inner("ints")})`,
      () => `(${inner("jsonb")} ${this.pick(["@>", "<@"])} ${inner("jsonb")})`,
      () => this.#subTest(inner, columns, depth),
    ])();
  }

  #subTest(inner: Inner, columns: readonly Column[], depth: number): string {
    if (depth < 2) return "true";
    const type = this.pick(["int", "text"] as const);
    const word = this.pick(["IN", "NOT IN", "= ANY", "<> ALL", "< ANY", ">= ALL"]);
    const one = () => this.subSelect([type], columns);
    return this.pick([
      () => `EXISTS (${one()})`,
      () => `(${inner(type)} ${word} (${one()}))`,
      () =>
        `((${inner("int")}, ${inner("text")}) ${this.pick(["IN", "NOT IN", "> ANY"])} (${this.subSelect(["int", "text"], columns)}))`,
    ])();
  }
}
