/** How the SQL of each kind of statement stands in its body, and what errors call it. */
import type { PlacedSql } from "./port.ts";

export const EXPRESSION = { before: "SELECT ", shown: "", noun: "SQL expression" } as const;
export const ASSIGNED = { before: "SELECT ", noun: "PL/pgSQL assignment" } as const;
export const PERFORMED = { before: "SELECT ", shown: "SELECT ", noun: "SQL statement" } as const;
export const STATEMENT = { before: "", shown: "", noun: "SQL statement" } as const;
/** Errors while rows are fetched do not say of which statement. */
export const FETCHED = { ...STATEMENT, isFetched: true } as const;
export type How = Pick<PlacedSql, "before" | "shown" | "noun" | "isFetched">;
