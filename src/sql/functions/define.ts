/** Short ways to write the definitions of functions. */
import { type Oid, oid } from "../../base/ids.ts";
import { notSupported } from "../../base/sql-error.ts";
import type { Scalar } from "../types/scalar.ts";
import type {
  CallTypes,
  FunctionContext,
  FunctionDefinition,
  RunsQueries,
  ScalarCall,
  SessionEffects,
  SetCall,
  SetFunctionDefinition,
} from "./registry.ts";

export const define = (signature: string, call: ScalarCall): FunctionDefinition => ({
  signature,
  call,
});

/** For functions that pg_proc calls immutable, of a configuration or dictionary. */
export const defineByCatalog = (signature: string, call: ScalarCall): FunctionDefinition => ({
  signature,
  readsCatalog: true,
  call,
});

/** Of the session whose thread runs the function. */
export function effectsOf(context: FunctionContext, signature: string): SessionEffects {
  if (!context.effects) throw notSupported(`${signature} on a reader thread`);
  return context.effects;
}

/** Of functions that run a query whatever they are given. */
export const always: RunsQueries = () => true;

/** For functions of the session's own thread. */
export const defineInSession = (
  signature: string,
  call: (effects: SessionEffects, ...args: readonly Scalar[]) => Scalar,
): FunctionDefinition => ({
  signature,
  session: true,
  call: (context, ...args) => call(effectsOf(context, signature), ...args),
});

export const defineSetInSession = (
  signature: string,
  rows: (effects: SessionEffects, ...args: readonly Scalar[]) => Iterable<readonly Scalar[]>,
): SetFunctionDefinition => ({
  signature,
  session: true,
  rows: (context, ...args) => rows(effectsOf(context, signature), ...args),
});

/** For functions over polymorphic and "any" arguments. */
export const defineFor = (
  signature: string,
  specialize: (types: CallTypes) => ScalarCall,
): FunctionDefinition => ({ signature, specialize });

export const defineSet = (signature: string, rows: SetCall): SetFunctionDefinition => ({
  signature,
  rows,
});

export const defineSetFor = (
  signature: string,
  specialize: (types: CallTypes) => SetCall,
): SetFunctionDefinition => ({ signature, specialize });

export const truth = (value: boolean): bigint => (value ? 1n : 0n);
export const isTrue = (value: Scalar | undefined): boolean => value === 1n;
/** Arguments of known classes, as the signature says. */
export const asText = (value: Scalar | undefined): string => value as string;
export const asInteger = (value: Scalar | undefined): bigint => value as bigint;
export const asNumber = (value: Scalar | undefined): number => Number(value as bigint);
export const asBytes = (value: Scalar | undefined): Uint8Array => value as Uint8Array;
export const asOid = (value: Scalar | undefined): Oid => oid(Number(value as bigint));

/** A cache of at most `limit` results; forgets everything when full. */
export function remember<Result>(
  limit: number,
  make: (key: string) => Result,
): (key: string) => Result {
  const made = new Map<string, Result>();
  return (key) => {
    let result = made.get(key);
    if (result === undefined) {
      result = make(key);
      if (made.size >= limit) made.clear();
      made.set(key, result);
    }
    return result;
  };
}
