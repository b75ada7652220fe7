/** EXTENSIONS that can be created. */
import { BTREE_GIST } from "./btree-gist.ts";
import { CITEXT } from "./citext.ts";
import type { Extension } from "./extension.ts";
import { PG_TRGM } from "./pg-trgm.ts";
import { PGCRYPTO } from "./pgcrypto.ts";
import { UUID_OSSP } from "./uuid-ossp.ts";

export const PLPGSQL: Extension = {
  ...{ name: "plpgsql", version: "1.0", comment: "PL/pgSQL procedural language" },
  ...{ trusted: true, schema: "pg_catalog", library: "$libdir/plpgsql", script: "" },
};

/** In the order of their names. */
export const extensions: readonly Extension[] = [
  BTREE_GIST,
  CITEXT,
  PG_TRGM,
  PGCRYPTO,
  PLPGSQL,
  UUID_OSSP,
];

/** The query that a function of a library stands for. */
export const bodyInLibrary = (library: string | null, symbol: string): string | undefined =>
  extensions.find((each) => each.library === library)?.bodies?.[symbol];

/** Names of the functions of a library; undefined: there is no such library. */
export function symbolsOf(library: string): ReadonlySet<string> | undefined {
  const found = extensions.find((each) => each.library === library);
  if (!found) return undefined;
  return new Set(
    [...found.script.matchAll(/AS '[^']*', '(\w+)' LANGUAGE C/g)].map(([, s = ""]) => s),
  );
}
