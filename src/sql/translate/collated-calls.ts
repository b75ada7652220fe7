/** CALLS OF FUNCTIONS that need a collation and have none, or one of ICU's. */
import { INVALID_OID, type Oid, oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { collationNeed } from "../bind/collation-needs.ts";
import { type CollationUse, collationUse, ILIKE } from "../bind/collation-uses.ts";
import type { Emitter } from "./emitter.ts";
import { icuKey, icuOf, withoutCollation } from "./order-keys.ts";

interface Operand {
  readonly text: string;
  readonly type: Oid;
}
type Plain = (id: Oid, texts: readonly string[]) => string;

/** string_to_array: its other arguments may be NULL. */
const splits: ReadonlySet<number> = new Set([376, 394]);

/** `plain`: calls a function that works on bytes. */
export function collatedCall(
  emitter: Emitter,
  id: Oid,
  collation: Oid,
  args: readonly Operand[],
  plain: Plain,
): string {
  const texts = args.map(({ text }) => text);
  const failing = splits.has(id) ? texts.slice(0, 1) : texts;
  if (collation === INVALID_OID) return withoutCollation(emitter, collationNeed(id), ...failing);
  const use = collationUse(id);
  const icu = icuOf(emitter, collation);
  if (!icu) return plain(id, texts);
  const [left = "", right = ""] = texts;
  switch (use?.kind) {
    case "compare":
      return compared(emitter, use.operator, args, icu);
    case "extreme": {
      const first = compared(emitter, use.operator, args, icu);
      return `CASE WHEN ${first} THEN ${left} WHEN ${right} IS NOT NULL AND ${left} IS NOT NULL THEN ${right} END`;
    }
    case "case":
      return `${emitter.internal(`icu_${use.to}`)}(${icu.args.split(",")[0]}, ${left})`;
    case "refuse":
      if (!icu.deterministic) {
        return `${emitter.internal("not_deterministic")}(${[`'${use.what}'`, ...failing].join(", ")})`;
      }
      return matched(emitter, id, use, icu, texts, plain);
    default: {
      const name = emitter.context.catalog.find(pgProc, "key", [id])?.proname;
      throw notSupported(`function ${name} with a collation of ICU's`);
    }
  }
}

function compared(
  emitter: Emitter,
  operator: string,
  [left, right]: readonly Operand[],
  icu: NonNullable<ReturnType<typeof icuOf>>,
): string {
  if (!left || !right) throw notSupported("a comparison of one value");
  const isArray = emitter.context.types.element(left.type) !== undefined;
  if (!isArray) {
    const order = `${emitter.internal("icu_compare")}(${icu.args}, ${left.text}, ${right.text})`;
    return operator === "<=>" ? order : `(${order} ${operator} 0)`;
  }
  const [a, b] = [left, right].map(({ text, type }) => icuKey(emitter, text, type, icu));
  return operator === "<=>" ? `((${a} > ${b}) - (${a} < ${b}))` : `(${a} ${operator} ${b})`;
}

/** Of letters in one case, LIKE answers what ILIKE does. */
const likes: ReadonlyMap<number, number> = new Map([
  ...[[1633, 850] as const, [1634, 851] as const, [1635, 858] as const, [1636, 859] as const],
  ...[[1660, 1631] as const, [1661, 1632] as const],
]);

/** ~* and its kin */
const folding: ReadonlySet<number> = new Set([1238, 1239, 1240, 1241, 1656, 1657]);

function matched(
  emitter: Emitter,
  id: Oid,
  { what }: Extract<CollationUse, { kind: "refuse" }>,
  icu: NonNullable<ReturnType<typeof icuOf>>,
  texts: readonly string[],
  plain: Plain,
): string {
  if (what !== ILIKE) {
    const subject = `${emitter.internal("icu_plain")}(${[folding.has(id) ? 1 : 0, ...texts].join(", ")})`;
    return plain(id, [subject, ...texts.slice(1)]);
  }
  const lower = `${emitter.internal("icu_lower")}(${icu.args.split(",")[0]}, `;
  return plain(
    oid(likes.get(id) ?? id),
    texts.map((text) => `${lower}${text})`),
  );
}
