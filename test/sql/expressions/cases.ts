/** An expression in each place where tables keep one, and the SQL that both servers are given. */
export const places = ["default", "check", "generated", "view"] as const;

export interface Case {
  readonly place: (typeof places)[number];
  /** Of the column with the default or the generation expression; as SQL. */
  readonly type: string;
  readonly text: string;
}

/** Types of columns, with the type of what is to be written there. */
export const columnTypes: Readonly<Record<string, string>> = {
  bool: "bool",
  int4: "int4",
  int2: "int2",
  int8: "int8",
  numeric: "numeric",
  "numeric(5,2)": "numeric",
  float8: "float8",
  text: "text",
  "varchar(5)": "varchar",
  "char(3)": "bpchar",
  name: "name",
  date: "date",
  timestamptz: "timestamptz",
  "timestamp(3)": "timestamp",
  interval: "interval",
  jsonb: "jsonb",
  "bit(8)": "bit",
  "integer[]": "_int4",
  "numeric(4,1)[]": "_numeric",
  "text[]": "_text",
  regclass: "regclass",
};

const defaultOf = "pg_get_expr(adbin, adrelid), pg_get_expr(adbin, adrelid, true) FROM pg_attrdef";

/**
 * A statement that has the expression at its place, and what to ask after it. All of it goes in
 * one message, whose ROLLBACK leaves nothing behind.
 */
export function sqlOf({ place, type }: Case): {
  readonly before: string;
  readonly after: string;
} {
  switch (place) {
    case "default":
      return {
        before: `CREATE TABLE d (c ${type} DEFAULT (`,
        after: `)); SELECT ${defaultOf} WHERE adrelid = 'd'::regclass; ROLLBACK`,
      };
    case "check":
      return {
        before: "ALTER TABLE x ADD CONSTRAINT k CHECK (",
        after: `) NOT VALID; SELECT pg_get_expr(conbin, conrelid), pg_get_expr(conbin, conrelid, true)
          FROM pg_constraint WHERE conrelid = 'x'::regclass; ROLLBACK`,
      };
    case "generated":
      return {
        before: `CREATE TABLE d (LIKE x, g ${type} GENERATED ALWAYS AS (`,
        after: `) STORED); SELECT ${defaultOf} WHERE adrelid = 'd'::regclass; ROLLBACK`,
      };
    case "view":
      return {
        before: "CREATE VIEW v AS SELECT ",
        after: ` AS c FROM x; SELECT pg_get_viewdef('v'), pg_get_viewdef('v', true), atttypid::oid,
          atttypmod, attcollation::oid FROM pg_attribute WHERE attrelid = 'v'::regclass; ROLLBACK`,
      };
  }
}
