/** What each connector of a sink takes. https://docs.risingwave.com/sql/commands/sql-create-sink */
import { z } from "zod";
import { type ConnectorSchema, rate, whole, word, yes } from "./options.ts";

/** Names with commas between them. */
const names = z
  .string()
  .transform((text) => text.split(",").map((each) => each.trim()))
  .refine((all) => all.every((each) => each !== ""), "it must be a list of columns");

export const fileSink = z.strictObject({ path: word, sink_rate_limit: rate.optional() });

const type = z.enum(["append-only", "upsert"], {
  error: 'it must be "append-only" or "upsert"',
});

/** Nothing is left of what it is given, whatever its type. */
const blackholeSink = z.strictObject({
  type: type.optional(),
  force_append_only: yes.optional(),
  sink_rate_limit: rate.optional(),
});

/** How a server is reached. */
const postgresServer = z.strictObject({
  host: word,
  port: whole(1, 65_535).default(5432),
  user: word,
  password: z.string().optional(),
  database: word,
});

export const postgresSink = postgresServer.extend({
  schema: word.default("public"),
  table: word,
  type,
  primary_key: names.optional(),
  force_append_only: yes.optional(),
  sink_rate_limit: rate.optional(),
});

export const sinkSchemas = {
  blackhole: { shape: blackholeSink },
  file: { shape: fileSink },
  postgres: { shape: postgresSink },
} as const satisfies { readonly [connector: string]: ConnectorSchema };

/** By the connectors of the sinks that a connection may be named by. */
export const connectionSchemas = {
  postgres: { shape: postgresServer },
} as const satisfies { readonly [type: string]: ConnectorSchema };

export type PostgresSink = z.output<typeof postgresSink>;
