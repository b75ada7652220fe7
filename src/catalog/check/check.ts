/**
 * THE CHECKER: slow and obvious. It reads the whole catalog and says in words which of its rules are broken; a rule
 * is a small function that knows nothing of how DDL stages rows. It runs after tests and in `verify`.
 */
import type { Oid } from "../../base/ids.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { checkReferences } from "./references.ts";
import type { CatalogSource } from "./source.ts";
import { Cluster, DatabaseView, type Faults } from "./view.ts";

type Rule = (view: DatabaseView) => Faults;
const RULES: readonly Rule[] = [checkReferences];

/** Every broken rule in words, over all databases; none when the catalog is sound. */
export function checkCatalog(source: CatalogSource): string[] {
  const cluster = new Cluster(source);
  const databases = cluster.stored(pgDatabase, 0 as Oid).map(pgDatabase.view);
  databases.sort((a, b) => a.oid - b.oid);
  const faults: string[] = [];
  for (const [at, { oid, datname }] of databases.entries()) {
    const view = new DatabaseView(cluster, oid, datname, at === 0);
    for (const rule of RULES) for (const fault of rule(view)) faults.push(`${datname}: ${fault}`);
  }
  return faults;
}
