/** WHAT DEPENDS ON A ROLE OR TABLESPACE, in any database, as the refusal to drop it says. */
import type { Oid } from "../../base/ids.ts";
import { addressOf } from "../describe.ts";
import { pgDatabase } from "../relations/pg-database.ts";
import { pgShdepend } from "../relations/pg-shdepend.ts";
import type { DdlContext } from "./context.ts";
import { describerOf } from "./lookup.ts";

/** Lines of DETAIL that a client sees at most. */
const REPORTED_MAX = 100;

const WORDS: Readonly<Record<string, string>> = {
  o: "owner of",
  a: "privileges for",
  r: "target of",
  t: "tablespace for",
};

/** Here by name, and a count for each other database; undefined: nothing does. */
export function sharedDependents(context: DdlContext, classOid: Oid, oid: Oid): string | undefined {
  const { catalog } = context;
  const rows = catalog.list(pgShdepend, "reference", [classOid, oid]);
  if (rows.length === 0) return undefined;
  const here = rows.filter(({ dbid }) => dbid === 0 || dbid === catalog.database);
  const elsewhere = new Map<Oid, number>();
  for (const { dbid } of rows) {
    if (dbid === 0 || dbid === catalog.database) continue;
    elsewhere.set(dbid, (elsewhere.get(dbid) ?? 0) + 1);
  }
  const describer = describerOf(context);
  const own = here
    .toSorted((a, b) => a.objid - b.objid || a.classid - b.classid || a.objsubid - b.objsubid)
    .map(({ deptype, classid, objid, objsubid }) => {
      const object = describer.describe(addressOf(classid, objid, objsubid));
      return `${WORDS[deptype]} ${object}`;
    });
  const others = [...elsewhere].map(([database, count]) => {
    const datname = catalog.find(pgDatabase, "key", [database])?.datname;
    return `${count} object${count === 1 ? "" : "s"} in database ${datname}`;
  });
  return reported(own, others);
}

function reported(own: readonly string[], others: readonly string[]): string {
  const shown = own.slice(0, REPORTED_MAX);
  const databases = others.slice(0, REPORTED_MAX - shown.length);
  const lines = [...shown, ...databases];
  const [more, moreDatabases] = [own.length - shown.length, others.length - databases.length];
  if (more > 0) {
    lines.push(`and ${more} other object${more === 1 ? "" : "s"} (see server log for list)`);
  }
  if (moreDatabases > 0) {
    const noun = moreDatabases === 1 ? "database" : "databases";
    lines.push(`and objects in ${moreDatabases} other ${noun} (see server log for list)`);
  }
  return lines.join("\n");
}
