/** WHAT A DOMAIN DEMANDS of values: its own rules and those of the domains under it. */
import { FIRST_INITDB_OID, type Oid } from "../base/ids.ts";
import type { CatalogReader } from "./reader.ts";
import { pgConstraint } from "./relations/pg-constraint.ts";
import { pgType } from "./relations/pg-type.ts";

export interface DomainCheck {
  readonly name: string;
  /** The stored expression over VALUE. */
  readonly tree: string;
}

export interface DomainRules {
  readonly notNull: boolean;
  /** In the order in which they are held against a value. */
  readonly checks: readonly DomainCheck[];
}

/** Undefined when any value will do, and of what is no domain. */
export function domainRules(catalog: CatalogReader, domain: Oid): DomainRules | undefined {
  if (domain < FIRST_INITDB_OID) return undefined;
  let notNull = false;
  const checks: DomainCheck[] = [];
  let row = catalog.find(pgType, "key", [domain]);
  for (; row?.typtype === "d"; row = catalog.find(pgType, "key", [row.typbasetype])) {
    notNull ||= row.typnotnull;
    const own = catalog.list(pgConstraint, "conrelid_contypid_conname", [0, row.oid]);
    const named = own.map(({ conname: name, conbin }) => ({ name, tree: conbin ?? "" }));
    checks.unshift(...named.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }
  return notNull || checks.length > 0 ? { notNull, checks } : undefined;
}

/** The type under a domain (of domains), and the typmod that it has there. */
export function typeUnder(catalog: CatalogReader, type: Oid): { type: Oid; typmod: number } {
  let typmod = -1;
  let at = type;
  for (;;) {
    const row = catalog.find(pgType, "key", [at]);
    if (row?.typtype !== "d") return { type: at, typmod };
    if (typmod < 0) typmod = row.typtypmod;
    at = row.typbasetype;
  }
}
