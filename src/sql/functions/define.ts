/** Short ways to write the definitions of functions. */
import { type Oid, oid } from "../../base/ids.ts";
import type { Scalar } from "../types/scalar.ts";
import type {
  CallTypes,
  FunctionDefinition,
  ScalarCall,
  SetCall,
  SetFunctionDefinition,
} from "./registry.ts";

export const define = (signature: string, call: ScalarCall): FunctionDefinition => ({
  signature,
  call,
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
