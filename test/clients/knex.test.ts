/** knex: its questions about tables and columns, its schema builder and its migrations. */
import knex, { type Knex } from "knex";
import { answersAsOnPostgres } from "../support/introspection.ts";

describe("knex", () => {
  answersAsOnPostgres("knex", async (connection) => {
    const client = knex({ client: "pg", connection, log: { warn: () => {}, error: () => {} } });
    try {
      return {
        hasTable: await hasTable(client),
        hasColumn: await hasColumn(client),
        columnInfo: await columnInfo(client),
        migrations: await migrate(client),
        builder: await build(client),
      };
    } finally {
      await client.destroy();
    }
  });
});

async function inTurn<Item, Value>(
  items: readonly Item[],
  work: (item: Item) => Promise<Value>,
): Promise<Value[]> {
  const values: Value[] = [];
  for (const item of items) values.push(await work(item));
  return values;
}

const hasTable = (client: Knex) =>
  inTurn(["users", "orders", "active_users", "Odd Names", "nosuch"], async (name) => ({
    name,
    public: await client.schema.hasTable(name),
    app: await client.schema.withSchema("app").hasTable(name),
  }));

const hasColumn = (client: Knex) =>
  inTurn(["Mixed Case", "mixed case", "removed", "added"], async (name) => ({
    name,
    has: await client.schema.withSchema("app").hasColumn("order_lines", name),
  }));

const columnInfo = (client: Knex) =>
  inTurn(
    ["public.users", "public.events", "app.orders", "app.order_totals", "app.countries"],
    async (name) => {
      const [schema = "", table = ""] = name.split(".");
      return { name, columns: await client(table).withSchema(schema).columnInfo() };
    },
  );

/** Two migrations, the second of which fails at first. */
async function migrate(client: Knex): Promise<unknown> {
  let column = "nosuch";
  const steps: Readonly<Record<string, Knex.Migration>> = {
    "1_make": {
      up: (trx) =>
        trx.schema.createTable("things", (table) => {
          table.increments();
          table.string("name").notNullable().unique().comment("its name");
          table.enu("size", ["s", "l"]).defaultTo("s");
          table.enu("feels", null, { useNative: true, existingType: true, enumName: "mood" });
          table.integer("user_id").references("id").inTable("users").onDelete("cascade").index();
          table.specificType("codes", "int[]");
          table.timestamps(true, true);
          table.json("more");
          table.check("?? <> ''", ["name"], "named");
        }),
      down: (trx) => trx.schema.dropTable("things"),
    },
    "2_change": {
      up: (trx) =>
        trx.schema.alterTable("things", (table) => {
          table.renameColumn("name", "title");
          table.string("size", 20).notNullable().alter();
          table.dropColumn(column);
          table.index(["title", "size"], "by_title", { predicate: trx.whereNotNull("title") });
        }),
      down: (trx) => trx.schema.alterTable("things", (table) => table.dropIndex([], "by_title")),
    },
  };
  const migrationSource: Knex.MigrationSource<string> = {
    getMigrations: async () => Object.keys(steps),
    getMigrationName: (name) => name,
    getMigration: async (name) => steps[name] ?? { up: fail, down: fail },
  };
  const config = { migrationSource, schemaName: "app" };
  const failed = await client.migrate
    .up(config)
    .then(() => client.migrate.latest(config))
    .catch(({ code, message }) => ({ code, message }));
  column = "more";
  const latest = await client.migrate.latest(config);
  const things = await client("things").columnInfo();
  const list = await client.migrate.list(config);
  const undone = [await client.migrate.rollback(config), await client.migrate.rollback(config)];
  const locks = await client("knex_migrations_lock").withSchema("app").columnInfo();
  const version = await client.migrate.currentVersion(config);
  return { failed, latest, things, list, undone, locks, version };
}

const fail = () => Promise.reject(new Error("no such migration"));

/** The schema builder's other statements. */
async function build(client: Knex): Promise<unknown> {
  await client.schema.createSchemaIfNotExists("made").createViewOrReplace("made.happy", (view) => {
    view.columns(["id", "name"]);
    view.as(client("users").select("id", "name").where("feels", "happy"));
  });
  await client.schema.createTableLike("users_too", "users", (table) => table.boolean("extra"));
  await client.schema.renameTable("users_too", "others");
  await client.schema.raw("COMMENT ON TABLE others IS 'copied'");
  const copied = await client("others").columnInfo();
  const happy = await client("happy").withSchema("made").columnInfo();
  await client.schema.dropView("made.happy").dropSchema("made").dropTableIfExists("others");
  return { copied, happy, left: await client.schema.hasTable("others") };
}
