/** A body that is called, and how it and its statements end. */
import type { Oid } from "../../base/ids.ts";
import type { Scalar } from "../types/scalar.ts";
import type { Body } from "./parse-body.ts";
import type { Results } from "./returns.ts";
import type { RowVariable } from "./variables.ts";

export interface Called {
  readonly body: Body;
  /** Tells bodies apart. */
  readonly id: number;
  /** As messages show it; it takes a while to make. */
  readonly signature: () => string;
  /** Where what it returns goes, row by row; absent: it is fired. */
  readonly results?: Results;
  readonly isProcedure?: boolean;
}

/** What a body returned. */
export interface Returned {
  readonly value: Scalar;
  readonly type: Oid;
  /** Of a row. */
  readonly row?: RowVariable;
}

/** What comes next: the following statement, or what ends the ones around. */
export type Next =
  | { readonly kind: "next" }
  | { readonly kind: "exit" | "continue"; readonly label: string | undefined }
  | { readonly kind: "return"; readonly returned: Returned };

export const NEXT: Next = { kind: "next" };
