/** TypeORM: what it would change so that tables fit its entities, doing that, and reading them. */
import { DataSource, EntitySchema, type QueryRunner } from "typeorm";
import { answersAsOnPostgres } from "../support/introspection.ts";

const Country = new EntitySchema({
  name: "country",
  schema: "app",
  columns: {
    code: { type: "char", length: 2, primary: true, comment: "two letters" },
    name: { type: "varchar", length: 80, unique: true },
    population: { type: "bigint", nullable: true },
  },
});

const User = new EntitySchema<Record<string, unknown>>({
  name: "users",
  columns: {
    id: { type: Number, primary: true, generated: "increment" },
    name: { type: "varchar", length: 40, default: "nobody" },
    feels: { type: "enum", enum: ["sad", "ok", "delighted"], default: "ok", enumName: "mood" },
    tags: { type: "text", array: true, default: [] },
    settings: { type: "jsonb", nullable: true },
    created_at: { type: "timestamptz", precision: 3, createDate: true },
    balance: { type: "numeric", precision: 14, scale: 2, nullable: true },
    token: { type: "uuid", generated: "uuid" },
    active: { type: "boolean", default: true },
    shout: {
      type: "text",
      nullable: true,
      generatedType: "STORED",
      asExpression: "upper(name)",
    },
  },
  indices: [{ name: "users_active", columns: ["active", "created_at"], where: "active" }],
  checks: [{ name: "rich", expression: "balance > -100" }],
  relations: {
    country: {
      type: "many-to-one",
      target: "country",
      joinColumn: { name: "country" },
      onDelete: "SET NULL",
      nullable: true,
    },
    friends: { type: "many-to-many", target: "users", joinTable: { name: "friends" } },
  },
});

const Rich = new EntitySchema({
  type: "view",
  name: "rich_users",
  expression: "SELECT id, name FROM users WHERE balance > 1000",
  columns: { id: { type: Number }, name: { type: String } },
});

describe("TypeORM", () => {
  answersAsOnPostgres("typeorm", async ({ user, ...connection }) => {
    const source = new DataSource({
      type: "postgres",
      username: user,
      ...connection,
      entities: [Country, User, Rich],
    });
    await source.initialize();
    const runner = source.createQueryRunner();
    try {
      const builder = source.driver.createSchemaBuilder();
      const queries = async () => (await builder.log()).upQueries.map(({ query }) => query);
      const wanted = await queries();
      await source.synchronize();
      const left = await queries();
      return { wanted, left, read: await tables(runner) };
    } finally {
      await runner.release();
      await source.destroy();
    }
  });
});

/** They are asked for in no order. */
const sorted = <Relation extends { readonly name: string }>(relations: Relation[]): Relation[] =>
  relations.sort((one, other) => (one.name < other.name ? -1 : 1));

async function tables(runner: QueryRunner): Promise<unknown> {
  const names = [
    ...["users", "events", "scratch", "Odd Names", "app.country", "app.orders", "app.order_lines"],
    ...["app.base", "app.derived", "nosuch"],
  ];
  return {
    version: (await runner.query("SELECT version()"))[0].version.slice(0, 13),
    database: await runner.getCurrentDatabase(),
    schema: await runner.getCurrentSchema(),
    has: await Promise.all(names.map((name) => runner.hasTable(name))),
    hasColumn: await runner.hasColumn("app.orders", "total"),
    tables: sorted(await runner.getTables(names)),
    views: sorted(await runner.getViews(["rich_users", "active_users"])),
  };
}
