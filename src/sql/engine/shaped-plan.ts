/**
 * PLANS FOR SHAPES. Two texts that differ in literals alone have the same plan with other
 * constants, as far as the literals became nothing but bound constants: then the type each was read
 * as is known, and another literal is read as that type. A literal that decided anything else (a
 * LIMIT, a type modifier, a pattern that became an equality, a position in ORDER BY, being the same
 * as another one in GROUP BY) is *fixed*: only texts that agree in it share a plan.
 */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { notingMergedLiterals } from "../bind/same-expression.ts";
import { checkRegex } from "../functions/regex.ts";
import type { Literal, TextShape } from "../parse/shape.ts";
import { isPlain } from "../translate/arrays.ts";
import type { Binding, Demand, LiteralOrigin, Translation } from "../translate/translation.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { parseText } from "../types/type-io.ts";

/** One binding that is a literal of the text. */
export interface Slot {
  readonly binding: number;
  readonly literal: number;
  readonly origin: LiteralOrigin;
  readonly demand: Demand | undefined;
}

/** int8, int4, oid: what the digits of an integer literal may be read as. */
const INTEGERS: ReadonlySet<Oid> = new Set([oid(20), oid(23), oid(26)]);

/** What each literal of a text became. */
export interface Fit {
  /** Never empty. */
  readonly slots: readonly Slot[];
  /** Literals that no slot stands for, in order. */
  readonly fixed: readonly number[];
}

/** `merged`: positions of literals that were found to be the same as others. */
function fitOf(
  { bindings, demands }: Translation,
  shape: TextShape | undefined,
  merged: ReadonlySet<number>,
  context: TypeContext,
): Fit | undefined {
  if (!shape) return undefined;
  const slots: Slot[] = [];
  const unfit = new Set<number>();
  for (const [at, binding] of bindings.entries()) {
    if (binding.kind !== "constant" || !binding.literal) continue;
    const origin = binding.literal;
    const literal = shape.literals.findIndex(({ position }) => position === origin.position);
    if (literal < 0) continue;
    const slot = { binding: at, literal, origin, demand: demands.get(origin.position) };
    const read = readLiteral(slot, shape.literals, context);
    if (read === undefined || !isSame(read, binding.value) || merged.has(origin.position)) {
      unfit.add(literal);
    } else slots.push(slot);
  }
  const fitting = slots.filter(({ literal }) => !unfit.has(literal));
  const bound = new Set(fitting.map(({ literal }) => literal));
  const fixed = shape.literals.flatMap((_, at) => (bound.has(at) ? [] : [at]));
  return bound.size === 0 ? undefined : { slots: fitting, fixed };
}

const SHAPES_MAX = 1_024;

/** Which literals of a shape are fixed, as its last text that was planned has shown. */
export class FixedLiterals {
  readonly #fixed = new Map<string, readonly number[]>();

  /** What `make` plans for a text, and what its literals became in `translationOf` it. */
  planAnew<Planned extends object>(
    shape: TextShape | undefined,
    context: TypeContext,
    make: () => Planned,
    translationOf: (planned: Planned) => Translation | undefined,
  ): Planned & { readonly fit: Fit | undefined } {
    const { result, merged } = notingMergedLiterals(make);
    const translation = translationOf(result);
    const fit = translation && fitOf(translation, shape, merged, context);
    if (shape && fit) this.#learn(shape, fit);
    return { ...result, fit };
  }

  /**
   * The plan that `keep` keeps for texts of this shape, and its translation with this text's
   * literals; undefined where the text must be planned by itself.
   */
  share<Kept extends { readonly fit?: Fit | undefined }>(
    shape: TextShape,
    context: TypeContext,
    keep: (key: string) => Kept,
    translationOf: (kept: Kept) => Translation | undefined,
  ): { readonly kept: Kept; readonly translation: Translation } | undefined {
    const key = this.#keyOf(shape);
    if (key === undefined) return undefined;
    const kept = keep(key);
    const { fit } = kept;
    const made = translationOf(kept);
    if (!made || !fit || !this.#covers(shape, fit)) return undefined;
    const translation = withLiterals(made, fit, shape, context);
    return translation && { kept, translation };
  }

  #learn({ key }: TextShape, { fixed }: Fit): void {
    if (this.#fixed.size >= SHAPES_MAX) this.#fixed.clear();
    this.#fixed.set(key, fixed);
  }

  /** The shape with its fixed literals; undefined = nothing is known of it. */
  #keyOf({ key, literals }: TextShape): string | undefined {
    const fixed = this.#fixed.get(key);
    return fixed && [key, ...fixed.map((at) => literals[at]?.text)].join("\0");
  }

  /** Whether the plan with this fit is right for every text with the shape's key. */
  #covers({ key }: TextShape, fit: Fit): boolean {
    const fixed = this.#fixed.get(key) ?? [];
    return fit.fixed.every((at) => fixed.includes(at));
  }
}

/** As translated, with other literals in the slots; undefined where a type does not take one. */
function withLiterals(
  translation: Translation,
  { slots }: Fit,
  { literals }: TextShape,
  context: TypeContext,
): Translation | undefined {
  const bindings: Binding[] = translation.bindings.slice();
  for (const slot of slots) {
    const value = readLiteral(slot, literals, context);
    if (value === undefined) return undefined;
    bindings[slot.binding] = { kind: "constant", value, literal: slot.origin };
  }
  return { ...translation, bindings };
}

/**
 * undefined when the type does not take it, of which planning anew tells with a position, or it is
 * not what the plan needs.
 */
function readLiteral(
  { literal, origin, demand }: Slot,
  literals: readonly Literal[],
  context: TypeContext,
): Scalar | undefined {
  const found = literals[literal];
  if (!found) return undefined;
  if (found.kind === "integer") return INTEGERS.has(origin.type) ? BigInt(found.text) : undefined;
  try {
    const value = parseText(origin.type, found.text, origin.typmod, context);
    // It must be one whether a row is matched or not.
    if (demand === "regular expression") checkRegex(found.text);
    if (demand === "flat array" && !isPlain(value)) return undefined;
    if (demand === "oid" && typeof value === "bigint" && value < 0n) return undefined;
    return value;
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

const isSame = (a: Scalar, b: Scalar): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;
