/**
 * WHAT AN EXTENSION IS. What PostgreSQL has in a library is here a query over the function's
 * arguments, which is read wherever the function is called, or what the server computes
 * (sql/functions/library.ts); a function that is neither is refused when it is called.
 */
export interface Extension {
  readonly name: string;
  readonly version: string;
  readonly comment: string;
  /** Whoever may create in the database may create it. */
  readonly trusted: boolean;
  /** Where it always is; null: wherever it is put. */
  readonly schema: string | null;
  readonly library: string;
  readonly functions: readonly ExtensionFunction[];
}

export interface ExtensionFunction {
  readonly name: string;
  /** Types by their oids. */
  readonly arguments: readonly ExtensionArgument[];
  readonly result: number;
  readonly volatility: "i" | "v";
  /** Its name in the library, where that is another. */
  readonly symbol?: string;
  readonly strict?: false;
  /** It returns a set of these columns. */
  readonly columns?: readonly Required<ExtensionArgument>[];
  readonly body?: string;
}

export interface ExtensionArgument {
  readonly name?: string;
  readonly type: number;
}
