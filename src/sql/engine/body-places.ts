/** WHERE IN A BODY an error was raised, as PostgreSQL says it. */
import { SqlError, withoutPosition } from "../../base/sql-error.ts";
import type { PlacedSql } from "../plpgsql/port.ts";

/** How errors show a text. */
export interface Shown {
  readonly query: string;
  /** Characters before it that are not shown. */
  readonly skipped: number;
  readonly noun: PlacedSql["noun"];
}

export function withoutPlace<T>(where: string, work: () => T): T {
  try {
    return withoutPosition(work);
  } catch (error) {
    throw error instanceof SqlError ? error.within(where) : error;
  }
}

export const placeOf = ({ query, noun }: Pick<Shown, "query" | "noun">): string =>
  `${noun} "${query}"`;

/** Errors have their place in the query; those without one say which it was. */
export function inside<T>({ query, skipped, noun }: Shown, isPlanning: boolean, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const { position, ...fields } = error.fields;
    if (position === undefined || !isPlanning) {
      throw new SqlError(error.code, error.message, fields).within(placeOf({ query, noun }));
    }
    const internal = { internal: { position: position - skipped, query } };
    throw new SqlError(error.code, error.message, { ...fields, ...internal });
  }
}
