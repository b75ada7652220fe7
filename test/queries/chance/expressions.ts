/** Expressions by chance: for a type, out of the columns in scope. */
import type { Random } from "../../support/random.ts";
import { awkward, failing } from "./awkward.ts";
import { allTypes, literals, type Type, types } from "./relations.ts";
import { templates, tests } from "./templates.ts";

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
    if (type === "ints" && depth > 1 && this.random.chance(0.1)) return this.#array(columns);
    return this.#filled(this.pick(templates[type]), inner);
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

  /** Something that may fail, over values alone. */
  protected alone(): string {
    const templatesOfAll = [...failing, ...failing, ...Object.values(templates).flat(), ...tests];
    return this.#filled(this.pick(templatesOfAll), (type) => this.pick(awkward[type]));
  }

  #filled(template: string, inner: Inner): string {
    return template.replaceAll(/\{(\w+)\}/g, (all, word: string) => {
      if (word === "any") return inner(this.pick(allTypes));
      if (word === "small") return `abs(${inner("int")} % 5)::int`;
      return allTypes.includes(word as Type) ? inner(word as Type) : all;
    });
  }

  #array(columns: readonly Column[]): string {
    const query = this.subSelect(["int"], columns);
    return `ARRAY(SELECT x FROM (${query}) ${this.name("q")}(x) ORDER BY 1)`;
  }

  #boolean(inner: Inner, columns: readonly Column[], depth: number): string {
    const type = this.pick(types);
    const comparison = this.pick(["=", "<>", "<", "<=", ">", ">="]);
    const some = this.pick(["ANY", "ALL"]);
    if (this.random.chance(0.55)) return this.#filled(this.pick(tests), inner);
    return this.pick([
      () => `(${inner(type)} ${comparison} ${inner(type)})`,
      () => `(${inner(type)} ${comparison} ${inner(type)})`,
      () => `(${inner(type)} IS ${this.pick(["", "NOT "])}NULL)`,
      () => `(${inner(type)} IS ${this.pick(["", "NOT "])}DISTINCT FROM ${inner(type)})`,
      () => `(${inner(type)} BETWEEN ${inner(type)} AND ${inner(type)})`,
      () => `(${inner("int")} ${comparison} ${some} (${inner("ints")}))`,
      () =>
        `((${inner("int")}, ${inner("text")}) ${comparison} (${inner("int")}, ${inner("text")}))`,
      () =>
        `(ROW(${inner(type)}, ${inner("int")}) IS DISTINCT FROM ROW(${inner(type)}, ${inner("int")}))`,
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
