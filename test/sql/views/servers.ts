/** One session on an engine of its own, or on a PostgreSQL server: SQL in, rows or an error out. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { SqlError } from "../../../src/base/sql-error.ts";
import { CatalogEngine } from "../../../src/sql/engine/engine.ts";
import { Sessions } from "../../../src/sql/session/service.ts";
import { LocalSession } from "../../support/local-session.ts";
import { SimDisk } from "../../support/sim-disk.ts";

type Row = readonly (string | null)[];

export interface ErrorFields {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** 1-based, in characters. */
  readonly position?: number;
}

export interface ViewServer {
  ask(sql: string): Promise<{ readonly rows: readonly Row[] } | { readonly error: ErrorFields }>;
  close(): Promise<void>;
}

/** The statements of schema.sql. */
const schema = readFileSync(new URL("schema.sql", import.meta.url), "utf8")
  .split(";\n")
  .filter((text) => text.trim() !== "");

async function prepared<Server extends ViewServer>(server: Server): Promise<Server> {
  for (const statement of schema) {
    const answer = await server.ask(statement);
    if ("error" in answer) throw new Error(`${answer.error.message}: ${statement}`);
  }
  return server;
}

const withoutAbsent = (
  fields: {
    readonly [Name in keyof ErrorFields]: ErrorFields[Name] | undefined;
  },
): ErrorFields =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as ErrorFields;

/** The tables of schema.sql in catalogd, in memory but for the pages. */
export async function openCatalogd(): Promise<ViewServer> {
  const directory = mkdtempSync(join(tmpdir(), "catalogd-views-"));
  const engine = await CatalogEngine.open({
    directory,
    disk: new SimDisk(),
    onFatal: (error) => {
      throw error;
    },
    database: "dev",
  });
  const session = await LocalSession.open(new Sessions({ engine }), "dev");
  return prepared({
    ask: async (sql) => {
      try {
        return { rows: await session.ask(sql) };
      } catch (error) {
        if (!(error instanceof SqlError)) throw error;
        const { code, message, fields } = error;
        const { detail, hint, position } = fields;
        return { error: withoutAbsent({ code, message, detail, hint, position }) };
      }
    },
    close: async () => {
      session.close();
      await engine.close();
      rmSync(directory, { recursive: true });
    },
  });
}

const DATABASE = "view_outcomes";
const asTexts = {
  getTypeParser: () => (value: unknown) => value,
} as unknown as pg.CustomTypesConfig;

/** The tables of schema.sql in a new database of a PostgreSQL server, which goes again. */
export async function openPostgres(connectionString: string): Promise<ViewServer> {
  const first = new pg.Client({ connectionString });
  await first.connect();
  const remove = `DROP DATABASE IF EXISTS ${DATABASE}`;
  await first.query(remove);
  await first.query(`CREATE DATABASE ${DATABASE}`);
  const address = new URL(connectionString);
  address.pathname = DATABASE;
  const client = new pg.Client({ connectionString: address.href, types: asTexts });
  await client.connect();
  return prepared({
    ask: async (sql) => {
      try {
        const { rows } = await client.query({ text: sql, rowMode: "array" });
        return { rows };
      } catch (error) {
        const { code = "", message, detail, hint, position } = error as pg.DatabaseError;
        const at = position === undefined ? undefined : Number(position);
        return { error: withoutAbsent({ code, message, detail, hint, position: at }) };
      }
    },
    close: async () => {
      await client.end();
      await first.query(remove);
      await first.end();
    },
  });
}
