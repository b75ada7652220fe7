/** EXTENSIONS that can be created. */
import type { Extension } from "./extension.ts";
import { PGCRYPTO } from "./pgcrypto.ts";
import { UUID_OSSP } from "./uuid-ossp.ts";

export const PLPGSQL: Extension = {
  ...{ name: "plpgsql", version: "1.0", comment: "PL/pgSQL procedural language" },
  ...{ trusted: true, schema: "pg_catalog", library: "$libdir/plpgsql", functions: [] },
};

/** In the order of their names. */
export const extensions: readonly Extension[] = [PGCRYPTO, PLPGSQL, UUID_OSSP];

/** The query that a function of a library stands for. */
export const bodyInLibrary = (library: string | null, symbol: string): string | undefined =>
  extensions.find((each) => each.library === library)?.functions.find(({ name }) => name === symbol)
    ?.body;
