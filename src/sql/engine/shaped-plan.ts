/**
 * PLANS FOR SHAPES. Two texts that differ in literals alone have the same plan with other
 * constants, if every literal became nothing but bound constants: then the type it was read as is
 * known, and another literal is read as that type. A literal that decided anything else (a LIMIT, a
 * type modifier, a pattern that became an equality, a position in ORDER BY) is not among the bound
 * constants, and the shape is planned anew for each text.
 */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { checkRegex } from "../functions/regex.ts";
import type { Literal, TextShape } from "../parse/shape.ts";
import type { Binding, LiteralOrigin, Translation } from "../translate/translation.ts";
import type { TypeContext } from "../types/codec.ts";
import type { Scalar } from "../types/scalar.ts";
import { parseText } from "../types/type-io.ts";
import type { Plan } from "./plan.ts";

/** One binding that is a literal of the text. */
export interface Slot {
  readonly binding: number;
  readonly literal: number;
  readonly origin: LiteralOrigin;
  /** It is a regular expression, which must be one whether a row is matched or not. */
  readonly isPattern: boolean;
}

/** int8, int4, oid: what the digits of an integer literal may be read as. */
const INTEGERS: ReadonlySet<Oid> = new Set([oid(20), oid(23), oid(26)]);

/** undefined when a literal of the text is not, or not only, a bound constant. */
export function slotsOf(
  { bindings, patterns }: Translation,
  shape: TextShape | undefined,
  context: TypeContext,
): readonly Slot[] | undefined {
  if (!shape) return undefined;
  const slots: Slot[] = [];
  const bound = new Set<number>();
  for (const [at, binding] of bindings.entries()) {
    if (binding.kind !== "constant" || !binding.literal) continue;
    const origin = binding.literal;
    const literal = shape.literals.findIndex(({ position }) => position === origin.position);
    if (literal < 0) continue;
    const isPattern = patterns.has(origin.position);
    const slot = { binding: at, literal, origin, isPattern };
    const read = readLiteral(slot, shape.literals, context);
    if (read === undefined || !isSame(read, binding.value)) return undefined;
    slots.push(slot);
    bound.add(literal);
  }
  return bound.size === shape.literals.length ? slots : undefined;
}

/** The kept plan with the literals of another text; undefined where it must be planned anew. */
export function planWithLiterals(
  kept: Plan,
  { literals }: TextShape,
  context: TypeContext,
): Plan | undefined {
  const translation = kept.slots && withLiterals(kept.translation, kept.slots, literals, context);
  return translation && { ...kept, translation };
}

/** As translated, with other literals in the slots; undefined where a type does not take one. */
export function withLiterals(
  translation: Translation,
  slots: readonly Slot[],
  literals: readonly Literal[],
  context: TypeContext,
): Translation | undefined {
  const bindings: Binding[] = translation.bindings.slice();
  for (const slot of slots) {
    const value = readLiteral(slot, literals, context);
    if (value === undefined) return undefined;
    bindings[slot.binding] = { kind: "constant", value };
  }
  return { ...translation, bindings };
}

/** undefined when the type does not take it: planning anew says so with a position. */
function readLiteral(
  { literal, origin, isPattern }: Slot,
  literals: readonly Literal[],
  context: TypeContext,
): Scalar | undefined {
  const found = literals[literal];
  if (!found) return undefined;
  if (found.kind === "integer") return INTEGERS.has(origin.type) ? BigInt(found.text) : undefined;
  try {
    const value = parseText(origin.type, found.text, origin.typmod, context);
    if (isPattern) checkRegex(found.text);
    return value;
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

const isSame = (a: Scalar, b: Scalar): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;
