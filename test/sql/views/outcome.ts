/** What a server makes of CREATE VIEW v …: an error, or all that can be read of the view. */
import type { ErrorFields, ViewServer } from "./servers.ts";

interface Definition {
  /** Lines of pg_get_viewdef, without and with pretty printing. */
  readonly plain: readonly string[];
  readonly pretty: readonly string[];
  /** Name, type and collation of each column. */
  readonly columns: readonly string[];
  /** What the rule depends on, in words. */
  readonly depends: readonly string[];
}

export type Outcome =
  | { readonly error: ErrorFields }
  | (Definition & {
      /** Of the view created from the plain text: its plain text, where that is another. */
      readonly again?: readonly string[] | ErrorFields;
    });

const definition = `
  SELECT pg_get_viewdef('v'::regclass), pg_get_viewdef('v'::regclass, true),
    (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod)
        || CASE attcollation WHEN 950 THEN ' C' WHEN 951 THEN ' POSIX' ELSE '' END, E'\\n'
        ORDER BY attnum)
      FROM pg_attribute WHERE attrelid = 'v'::regclass),
    (SELECT string_agg(pg_describe_object(refclassid, refobjid, refobjsubid) || ' ' || deptype::text,
        E'\\n' ORDER BY pg_describe_object(refclassid, refobjid, refobjsubid) COLLATE "C", deptype)
      FROM pg_depend JOIN pg_rewrite ON objid = pg_rewrite.oid
      WHERE classid = 'pg_rewrite'::regclass AND ev_class = 'v'::regclass)`;

export async function outcomeOf(server: ViewServer, statement: string): Promise<Outcome> {
  const first = await created(server, statement);
  if ("error" in first) return first;
  const second = await created(server, `CREATE VIEW v AS ${first.plain.join("\n")}`);
  if ("error" in second) return { ...first, again: second.error };
  const isSame = second.plain.join("\n") === first.plain.join("\n");
  return isSame ? first : { ...first, again: second.plain };
}

/** The view is dropped again. */
async function created(
  server: ViewServer,
  statement: string,
): Promise<Definition | { readonly error: ErrorFields }> {
  const answer = await server.ask(statement);
  if ("error" in answer) return answer;
  const read = await server.ask(definition);
  await server.ask("DROP VIEW v");
  if ("error" in read) throw new Error(`${read.error.message}: ${statement}`);
  const [plain = [], pretty = [], columns = [], depends = []] = (read.rows[0] ?? []).map((text) =>
    text ? text.split("\n") : [],
  );
  return { plain, pretty, columns, depends };
}
