/**
 * EXPRESSIONS OF CHANCE: typed, so that most can be bound; now and then an operand of another type,
 * a bad literal or a missing name, so that the errors are compared too. Everything here is a
 * fast-check arbitrary: it repeats by seed and shrinks, a production to the ones before it.
 */
import fc from "fast-check";
import type { Oid } from "../../../src/base/ids.ts";
import type { FunctionFacts } from "../../../src/sql/bind/facts.ts";
import * as t from "../../../src/sql/bind/type-oids.ts";
import { quoteIdentifier } from "../../../src/sql/types/keywords.ts";
import { columnsOfType } from "./columns.ts";
import { inQuotes, intervalLiterals, literalTexts, numbers, otherStrings } from "./literals.ts";
import { oddities } from "./oddities.ts";
import { syntaxOf } from "./syntax.ts";
import { choose, closed, commas, oneOf, type Production, type Text, words } from "./texts.ts";
import { elementChoices, type Use, type Vocabulary } from "./vocabulary.ts";

export class Grammar {
  readonly vocabulary: Vocabulary;
  /** Columns of the table x may be named. */
  readonly hasColumns: boolean;
  readonly #memo = new Map<string, Text>();

  constructor(vocabulary: Vocabulary, hasColumns: boolean) {
    this.vocabulary = vocabulary;
    this.hasColumns = hasColumns;
  }

  memo(key: string, make: () => Text): Text {
    const known = this.#memo.get(key);
    if (known) return known;
    const made = make();
    this.#memo.set(key, made);
    return made;
  }

  /** An expression of any type. */
  any(depth: number): Text {
    return this.memo(`any ${depth}`, () => this.anyType().chain((type) => this.of(type, depth)));
  }

  anyType(): fc.Arbitrary<Oid> {
    const { types } = this.vocabulary;
    const arrays = types.flatMap((type) => this.vocabulary.arrayOf(type) ?? []);
    const common = [
      t.BOOL,
      t.INT4,
      t.TEXT,
      t.NUMERIC,
      t.TIMESTAMPTZ,
      t.INT8,
      t.VARCHAR,
      t.INTERVAL,
    ];
    return fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...common) },
      { weight: 4, arbitrary: fc.constantFrom(...types) },
      { weight: 1, arbitrary: fc.constantFrom(...arrays) },
    );
  }

  /** An expression of the type. */
  of(type: Oid, depth: number): Text {
    return this.memo(`${type} ${depth}`, () => {
      if (depth <= 0) return this.leaf(type);
      return choose([
        [4, () => this.leaf(type)],
        [5, () => this.#operator(type, depth)],
        [4, () => this.#function(type, depth)],
        [4, () => this.#cast(type, depth)],
        ...syntaxOf(this, type, depth),
      ]);
    });
  }

  /** Where an expression of the type is wanted: mostly one, else what might become one. */
  operand(type: Oid, depth: number): Text {
    return this.memo(`operand ${type} ${depth}`, () =>
      choose([
        [80, () => closed(this.of(type, depth))],
        [10, () => this.unknown(type)],
        [2, () => oneOf("NULL")],
        [6, () => closed(this.#alike(type, depth))],
        [1, () => closed(this.any(depth))],
        [1, () => oneOf(...numbers)],
        [2, () => closed(oddities(this, type, depth))],
      ]),
    );
  }

  leaf(type: Oid): Text {
    return this.memo(`leaf ${type}`, () => {
      const columns = this.hasColumns ? columnsOfType(type) : [];
      return choose([
        [4, () => this.#typed(type)],
        ...(columns.length > 0 ? ([[8, () => oneOf(...columns)]] as const) : []),
        ...(this.#plain(type) ?? []),
      ]);
    });
  }

  #plain(type: Oid): Production[] {
    switch (type) {
      case t.BOOL:
        return [[4, () => oneOf("true", "false")]];
      case t.INT4:
      case t.INT8:
      case t.NUMERIC:
        return [[6, () => oneOf(...numbers)]];
      case t.TEXT:
        return [[3, () => oneOf("'abc'", "''", ...otherStrings)]];
      case t.INTERVAL:
        return [[4, () => oneOf(...intervalLiterals)]];
      case t.BIT:
        return [[4, () => oneOf("B'101'", "X'1F'", "b''", "x'a'")]];
      default:
        return [];
    }
  }

  /** A literal that says its type. */
  #typed(type: Oid): Text {
    const name = this.typeName(type);
    const text = this.unknown(type);
    return choose([
      [6, () => words(text, "::", name)],
      [2, () => words("CAST(", text, " AS ", name, ")")],
      [1, () => words(fc.constant(this.vocabulary.spellings(type)[0] ?? "text"), " ", text)],
      [1, () => words("NULL::", name)],
    ]);
  }

  typeName(type: Oid): Text {
    const spellings = this.vocabulary.spellings(type);
    return spellings.length > 0 ? oneOf(...spellings) : oneOf("text");
  }

  /** A literal without a type whose text is one of the type's. */
  unknown(type: Oid): Text {
    return this.memo(`unknown ${type}`, () => {
      const element = this.vocabulary.elementOf(type);
      if (element !== undefined) return this.#arrayText(element).map(inQuotes);
      const texts = literalTexts[this.vocabulary.nameOf(type)] ?? { good: ["x"] };
      const good = fc.constantFrom(...texts.good);
      const bad = fc.constantFrom(...(texts.bad ?? texts.good));
      return fc
        .oneof({ weight: 60, arbitrary: good }, { weight: 1, arbitrary: bad })
        .map((text) => inQuotes(text));
    });
  }

  #arrayText(element: Oid): Text {
    const texts = literalTexts[this.vocabulary.nameOf(element)] ?? { good: ["x"] };
    const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
    const item = fc.constantFrom(...texts.good.map(quote), "NULL");
    const delimiter = this.vocabulary.nameOf(element) === "box" ? ";" : ",";
    const list = fc.array(item, { maxLength: 3 }).map((items) => `{${items.join(delimiter)}}`);
    const pairs = fc
      .tuple(item, item, item, item)
      .map(([a, b, c, d]) => `{{${a}${delimiter}${b}}${delimiter}{${c}${delimiter}${d}}}`);
    const bounded = fc.tuple(item, item).map(([a, b]) => `[0:1]={${a}${delimiter}${b}}`);
    return fc.oneof(
      { weight: 30, arbitrary: list },
      { weight: 10, arbitrary: pairs },
      { weight: 4, arbitrary: bounded },
      { weight: 1, arbitrary: fc.constantFrom("{", "{1,{2}}", "[2:1]={}", "x", "{a,}", "{,}") },
    );
  }

  /** Of a type that may become the wanted one, by a cast of any kind. */
  #alike(type: Oid, depth: number): Text {
    const sources = this.#sources(type);
    if (sources.length === 0) return this.of(type, depth);
    return fc.constantFrom(...sources).chain((source) => this.of(source, depth));
  }

  #sources(type: Oid): readonly Oid[] {
    const { types, builtin, nameOf } = this.#casts();
    const element = this.vocabulary.elementOf(type);
    if (element !== undefined) {
      return this.#sources(element).flatMap((each) => this.vocabulary.arrayOf(each) ?? []);
    }
    const isString = ["text", "varchar", "bpchar", "name"].includes(nameOf(type));
    return types.filter((each) => isString || builtin.cast(each, type) !== undefined);
  }

  #casts() {
    const { types, builtin } = this.vocabulary;
    return { types, builtin, nameOf: (type: Oid) => this.vocabulary.nameOf(type) };
  }

  #cast(type: Oid, depth: number): Text {
    const name = this.typeName(type);
    const sources = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(type, ...this.#sources(type)) },
      { weight: 2, arbitrary: fc.constant(t.TEXT) },
      { weight: 1, arbitrary: this.anyType() },
    );
    const source = sources.chain((from) => closed(this.of(from, depth - 1)));
    const called = quoteIdentifier(this.vocabulary.nameOf(type));
    return choose([
      [6, () => words(source, "::", name)],
      [3, () => words("CAST(", source, " AS ", name, ")")],
      [1, () => words(called, "(", source, ")")],
      [1, () => words("pg_catalog.", called, "(", source, ")")],
    ]);
  }

  #operator(type: Oid, depth: number): Text {
    const uses = fc
      .constantFrom(...elementChoices)
      .chain((element) => orNone(this.vocabulary.operators(type, element)));
    return uses.chain((use) => {
      if (!use) return this.leaf(type);
      const name = use.facts.name;
      const spelled = fc.oneof(
        { weight: 12, arbitrary: fc.constant(` ${name} `) },
        { weight: 1, arbitrary: fc.constant(` OPERATOR(pg_catalog.${name}) `) },
      );
      const [first, second] = use.args.map((arg) => this.operand(arg, depth - 1));
      return first && second ? words(first, spelled, second) : words(spelled, first ?? "1");
    });
  }

  #function(type: Oid, depth: number): Text {
    const uses = fc
      .constantFrom(...elementChoices)
      .chain((element) => orNone(this.vocabulary.functions(type, element)));
    return uses.chain((use) => (use ? this.#call(use, depth) : this.leaf(type)));
  }

  #call({ facts, args }: Use<FunctionFacts>, depth: number): Text {
    const quoted = quoteIdentifier(facts.name);
    const name = fc.oneof(
      { weight: 9, arbitrary: fc.constant(quoted) },
      { weight: 1, arbitrary: fc.constant(`pg_catalog.${quoted}`) },
    );
    const required = args.length - facts.defaultCount;
    const count = fc.integer({ min: Math.max(required, 0), max: args.length });
    return count.chain((given) => {
      const operands = args.slice(0, given).map((arg) => this.operand(arg, depth - 1));
      if (facts.variadic !== 0 && given === args.length) {
        return this.#variadicCall(name, operands, facts.variadic, depth);
      }
      return fc.boolean().chain((isNamed) => {
        const named = operands.map((operand, at) => {
          const label = facts.names?.[at];
          return isNamed && label ? words(`${quoteIdentifier(label)} => `, operand) : operand;
        });
        return words(name, "(", commas(named), ")");
      });
    });
  }

  #variadicCall(name: Text, operands: readonly Text[], element: Oid, depth: number): Text {
    const fixed = operands.slice(0, -1);
    const item = element === t.ANY ? this.any(depth - 1) : this.operand(element, depth - 1);
    const last = operands.at(-1) ?? oneOf("NULL");
    return choose([
      [1, () => words(name, "(", commas([...fixed, item]), ")")],
      [1, () => words(name, "(", commas([...fixed, item, item]), ")")],
      [1, () => words(name, "(", commas([...fixed, words("VARIADIC ", last)]), ")")],
    ]);
  }
}

const orNone = <T>(items: readonly T[]): fc.Arbitrary<T | undefined> =>
  items.length > 0 ? fc.constantFrom(...items) : fc.constant(undefined);
