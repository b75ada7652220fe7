/**
 * Advisory locks. Each function has two forms: one key of 64 bits, or two of 32.
 * https://www.postgresql.org/docs/15/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS
 */
import type { Scalar } from "../types/scalar.ts";
import { asInteger, defineInSession, truth } from "./define.ts";
import type { FunctionDefinition, SessionEffects } from "./registry.ts";
import type { AdvisoryKey, AdvisoryMode, AdvisoryScope } from "./server.ts";

/** void is stored as the empty text that it is shown as. */
const VOID = "";

function keyOf(first: Scalar | undefined, second: Scalar | undefined): AdvisoryKey {
  const low = (value: bigint) => Number(BigInt.asUintN(32, value));
  const key = asInteger(first);
  if (second === undefined) {
    return { classId: low(key >> 32n), objectId: low(key), keys: 1 };
  }
  return { classId: low(key), objectId: low(asInteger(second)), keys: 2 };
}

type Act = (effects: SessionEffects, key: AdvisoryKey) => Scalar;

const bothForms = (name: string, act: Act): readonly FunctionDefinition[] =>
  ["int8", "int4, int4"].map((types) =>
    defineInSession(`${name}(${types})`, (effects, first, second) =>
      act(effects, keyOf(first, second)),
    ),
  );

function unlock(effects: SessionEffects, key: AdvisoryKey, mode: AdvisoryMode): bigint {
  const held = effects.advisory.unlock(key, mode);
  if (!held) effects.warning("01000", `you don't own a lock of type ${mode}Lock`);
  return truth(held);
}

function forMode(mode: AdvisoryMode, ending: string): readonly FunctionDefinition[] {
  const waiting = (scope: AdvisoryScope): Act => {
    return ({ advisory }, key) => {
      advisory.lock(key, mode, scope, true);
      return VOID;
    };
  };
  const trying = (scope: AdvisoryScope): Act => {
    return ({ advisory }, key) => truth(advisory.lock(key, mode, scope, false));
  };
  return [
    ...bothForms(`pg_advisory_lock${ending}`, waiting("session")),
    ...bothForms(`pg_advisory_xact_lock${ending}`, waiting("transaction")),
    ...bothForms(`pg_try_advisory_lock${ending}`, trying("session")),
    ...bothForms(`pg_try_advisory_xact_lock${ending}`, trying("transaction")),
    ...bothForms(`pg_advisory_unlock${ending}`, (effects, key) => unlock(effects, key, mode)),
  ];
}

export const advisoryLockFunctions: readonly FunctionDefinition[] = [
  ...forMode("Exclusive", ""),
  ...forMode("Share", "_shared"),
  defineInSession("pg_advisory_unlock_all()", ({ advisory }) => {
    advisory.unlockAll();
    return VOID;
  }),
];
