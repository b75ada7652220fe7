/**
 * WHAT AN EXTENSION IS: a script that creates its objects, as on PostgreSQL. What PostgreSQL has in
 * a library is here a query over the function's arguments, which is read wherever the function is
 * called, or what the server computes (sql/functions/library.ts); a function that is neither is
 * refused when it is called.
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
  readonly script: string;
  /** Queries that functions of the library stand for, by their names in it. */
  readonly bodies?: Readonly<Record<string, string>>;
}

interface Written {
  /** Its name in the library, where that is another. */
  readonly symbol?: string;
  readonly volatility?: "IMMUTABLE" | "STABLE" | "VOLATILE";
  readonly strict?: false;
}

/** `signature`: `name(types)`. */
export type WriteFunction = (signature: string, result: string, written?: Written) => string;

const nameIn = (signature: string): string => signature.slice(0, signature.indexOf("("));

/** Functions in C of a library. */
export const inLibrary =
  (library: string): WriteFunction =>
  (signature, result, { symbol = nameIn(signature), volatility = "IMMUTABLE", strict } = {}) =>
    `CREATE FUNCTION ${signature} RETURNS ${result} AS '${library}', '${symbol}' LANGUAGE C ` +
    `${volatility} ${strict === false ? "" : "STRICT "}PARALLEL SAFE;`;

/** Built-in functions under other names. */
export const internal: WriteFunction = (
  signature,
  result,
  { symbol = nameIn(signature), volatility = "IMMUTABLE" } = {},
) =>
  `CREATE FUNCTION ${signature} RETURNS ${result} AS '${symbol}' LANGUAGE internal ` +
  `${volatility} STRICT PARALLEL SAFE;`;

export interface WrittenOperator {
  readonly name: string;
  readonly function: string;
  readonly left: string;
  readonly right?: string;
  readonly commutator?: string;
  readonly negator?: string;
  /** Beginning of the names of its estimators: `eq` for eqsel and eqjoinsel. */
  readonly selectivity?: string;
  readonly more?: string;
}

export function operator(written: WrittenOperator): string {
  const { name, left, right = left, commutator, negator, selectivity, more } = written;
  const items = [
    ...[`LEFTARG = ${left}`, `RIGHTARG = ${right}`, `FUNCTION = ${written.function}`],
    ...(commutator === undefined ? [] : [`COMMUTATOR = ${commutator}`]),
    ...(negator === undefined ? [] : [`NEGATOR = ${negator}`]),
    ...(selectivity === undefined
      ? []
      : [`RESTRICT = ${selectivity}sel`, `JOIN = ${selectivity}joinsel`]),
    ...(more === undefined ? [] : [more]),
  ];
  return `CREATE OPERATOR ${name} (${items.join(", ")});`;
}
