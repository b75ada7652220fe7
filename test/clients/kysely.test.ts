/** kysely: its introspection, its migrations and the lock around them. */
import {
  type DatabaseIntrospector,
  Kysely,
  type Migration,
  Migrator,
  PostgresDialect,
  sql,
} from "kysely";
import pg from "pg";
import { answersAsOnPostgres } from "../support/introspection.ts";

describe("kysely", () => {
  answersAsOnPostgres("kysely", async (connection) => {
    const client = new Kysely<unknown>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ ...connection, max: 2 }) }),
    });
    try {
      const { introspection } = client;
      const tables = await introspection.getTables();
      return { schemas: await schemas(introspection), tables, migrated: await migrate(client) };
    } finally {
      await client.destroy();
    }
  });
});

/** They are asked for in no order. */
const schemas = async (introspection: DatabaseIntrospector): Promise<string[]> =>
  (await introspection.getSchemas()).map(({ name }) => name).sort();

/** Two migrations, the second of which fails at first: both are taken back then. */
async function migrate(client: Kysely<unknown>): Promise<unknown> {
  let column = "nosuch";
  const migrations: Readonly<Record<string, Migration>> = {
    "1_make": {
      up: (db) =>
        db.schema
          .createTable("app.things")
          .addColumn("id", "bigint", (it) => it.primaryKey().generatedAlwaysAsIdentity())
          .addColumn("feels", sql`mood`, (it) => it.notNull().defaultTo("ok"))
          .addColumn("country", "char(2)", (it) => it.references("app.country.code").notNull())
          .addColumn("twice", "integer", (it) => it.generatedAlwaysAs(sql`2 * 21`).stored())
          .addColumn("tags", sql`text[]`)
          .addColumn("on", "timestamptz", (it) => it.defaultTo(sql`now()`))
          .addUniqueConstraint("once", ["feels", "country"], (it) => it.nullsNotDistinct())
          .addCheckConstraint("early", sql`"on" < '2100-01-01'`)
          .execute(),
      down: (db) => db.schema.dropTable("app.things").execute(),
    },
    "2_change": {
      up: async (db) => {
        await db.schema
          .createIndex("by_tags")
          .on("app.things")
          .using("gin")
          .column("tags")
          .execute();
        await db.schema.createView("happy").orReplace().as(happy(db)).execute();
        const change = db.schema.alterTable("app.things");
        await change.renameColumn("on", "since").execute();
        await change
          .alterColumn("since", (it) => it.setNotNull())
          .dropColumn(column)
          .execute();
      },
    },
  };
  const migrator = new Migrator({
    db: client,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: "app",
  });
  const steps = async ({ error, results }: Awaited<ReturnType<typeof migrator.migrateUp>>) => ({
    error: error instanceof Error ? error.message : error,
    results,
  });
  const failed = await steps(await migrator.migrateToLatest());
  column = "tags";
  const done = await steps(await migrator.migrateToLatest());
  const all = await client.introspection.getTables({ withInternalKyselyTables: true });
  const made = all.filter(({ name }) => /^things|^happy|kysely/.test(name));
  return { failed, done, made };
}

interface Made {
  readonly "app.things": { readonly id: bigint; readonly feels: string };
}
const happy = (db: Kysely<Made>) =>
  db.selectFrom("app.things").select("id").where("feels", "=", "happy");
