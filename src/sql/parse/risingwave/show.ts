/**
 * SHOW of kinds of things, SHOW CREATE and DESCRIBE: queries over the catalog that are bound and
 * run like any other, but for the tag that they answer with.
 */
import type { Node, SelectStmt } from "libpg-query";
import { assert } from "../../../base/assert.ts";
import { quoteIdentifier, quoteLiteral } from "../../../catalog/quote.ts";
import type { QualifiedName } from "../../../catalog/statement.ts";
import { parseTrees } from "../grammar.ts";
import type { QueryStatement, StatementBody } from "../statement.ts";
import { isMark, isWord, type Token } from "../tokens.ts";
import {
  COLUMN_HEADS,
  COLUMNS,
  INDEX_INCLUDED,
  INDEX_KEY,
  type Listing,
  listings,
  unlisted,
} from "./listings.ts";
import type { StatementReader } from "./reader.ts";

/** The kind that SHOW is followed by, in words; undefined = PostgreSQL's SHOW of a setting. */
export function kindShown([, first, second]: readonly Token[]): string | undefined {
  if (isWord(first, "create")) return "create";
  if (isWord(first, "materialized") && isWord(second, "views")) return "materialized views";
  const word = first?.kind === "word" ? first.text.toLowerCase() : "";
  const words = `${word} ${second?.text.toLowerCase()}`;
  if (second?.kind === "word" && unlisted.has(words)) return words;
  return Object.hasOwn(listings, word) || unlisted.has(word) ? word : undefined;
}

export function show(reader: StatementReader, kind: string): StatementBody {
  if (kind === "create") return showCreate(reader);
  reader.expect("show", ...kind.split(" "));
  const listing = listings[kind];
  const condition = from(reader, listing);
  const like = likeOf(reader, listing?.filtered ?? listing?.columns[0] ?? "");
  const where = like === undefined ? whereOf(reader) : undefined;
  reader.expectEnd();
  if (listing === undefined) return { kind: "unsupported", what: `SHOW ${kind.toUpperCase()}` };
  const query = listing.query.replace("$in", () => condition);
  return asked("SHOW", selecting(listing, query, like), where);
}

function from(reader: StatementReader, listing: Listing | undefined): string {
  const names = listing === undefined ? "schema" : listing.from;
  if (listing?.needsFrom) reader.expect("from");
  else if (names === undefined || !reader.accept("from")) {
    return "n.nspname = ANY (pg_catalog.current_schemas(false))";
  }
  if (names === "relation") return isRelation(reader.name());
  const schema = quoteLiteral(quoteIdentifier(reader.identifier()));
  return `n.oid = ${schema}::pg_catalog.regnamespace`;
}

/** 42P01 where there is none. */
const isRelation = (name: QualifiedName): string =>
  `c.oid = ${quoteLiteral(quoteName(name))}::pg_catalog.regclass`;

const quoteName = ({ database, schema, name }: QualifiedName): string => {
  const parts = [database, schema, name].filter((part) => part !== undefined);
  return parts.map(quoteIdentifier).join(".");
};

const selecting = ({ columns, order }: Listing, query: string, condition: string | undefined) => {
  const shown = columns.map((column) => `"${column}"`).join(", ");
  const where = condition === undefined ? "" : `WHERE ${condition}`;
  return `SELECT ${shown} FROM (${query}) AS show ${where} ORDER BY ${order ?? "1"}`;
};

function likeOf(reader: StatementReader, column: string): string | undefined {
  const operator = reader.accept("like") ? "~~" : reader.accept("ilike") ? "~~*" : undefined;
  if (operator === undefined) return undefined;
  // RisingWave takes the pattern in double quotes, too.
  const pattern = reader.next?.kind === "quoted" ? reader.identifier() : reader.string();
  return `"${column}" OPERATOR(pg_catalog.${operator}) ${quoteLiteral(pattern)}`;
}

/** What cannot stand in an expression, and could behind one. */
const ENDS = new Set(
  "except fetch for from group having intersect limit offset order union window".split(" "),
);

function whereOf(reader: StatementReader): Node | undefined {
  if (!isWord(reader.next, "where")) return undefined;
  const tokens = reader.takeUntil(
    ({ kind, text }) => kind === "word" && ENDS.has(text.toLowerCase()),
  );
  const node = reader.part("SELECT", tokens);
  return "SelectStmt" in node ? node.SelectStmt.whereClause : undefined;
}

/** The query of a text of ours, and the client's condition for its rows. */
function asked(tag: string, text: string, where?: Node): QueryStatement {
  const [raw] = parseTrees(text);
  assert(raw?.stmt !== undefined && "SelectStmt" in raw.stmt, "the text is a query");
  const node: SelectStmt = raw.stmt.SelectStmt;
  forgetLocations(node);
  if (where !== undefined) node.whereClause = where;
  return { kind: "query", node, tag };
}

/** They would be positions in a text that the client does not know. */
function forgetLocations(tree: object): void {
  const nodes: object[] = [tree];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const fields = node as Record<string, unknown>;
    if ("location" in fields) fields["location"] = -1;
    for (const value of Object.values(fields)) {
      if (typeof value === "object" && value !== null) nodes.push(value);
    }
  }
}

/** By the words behind SHOW CREATE: the view of rw_catalog that has the text. */
const CREATED: readonly (readonly [words: string, view: string, relkinds: string])[] = [
  ["table", "rw_tables", "rp"],
  ["view", "rw_views", "v"],
  ["materialized view", "rw_materialized_views", "m"],
  ["index", "rw_indexes", "iI"],
  ["source", "rw_sources", "x"],
  ["sink", "rw_sinks", "s"],
];

function showCreate(reader: StatementReader): StatementBody {
  reader.expect("show", "create");
  if (reader.accept("function")) return showCreateFunction(reader);
  const found = CREATED.find(([words]) => reader.accept(...words.split(" ")));
  if (found === undefined) {
    const other = ["connection", "secret", "subscription"].find((word) => reader.accept(word));
    if (other === undefined) throw reader.unexpected();
    return { kind: "unsupported", what: `SHOW CREATE ${other.toUpperCase()}` };
  }
  const [noun, view, relkinds] = found;
  const name = reader.name();
  reader.expectEnd();
  const query = asked(
    "SHOW",
    `SELECT pg_catalog.concat_ws('.', n.nspname, c.relname)::varchar AS "Name",
      v.definition AS "Create Sql"
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN rw_catalog.${view} v ON v.id = c.oid::int4
      WHERE ${isRelation(name)}`,
  );
  return { ...query, subject: { name, noun, relkinds } };
}

/** One of several of the name needs its arguments. Throws 42883, 42725 where there is none. */
function showCreateFunction(reader: StatementReader): StatementBody {
  const name = quoteName(reader.name());
  const args = isMark(reader.next, "(") ? reader.takeParenthesised() : [];
  reader.expectEnd();
  const spaced = args.map(({ text, start }, at) =>
    (args[at - 1]?.end ?? start) < start ? ` ${text}` : text,
  );
  const called = quoteLiteral(name + spaced.join(""));
  return asked(
    "SHOW",
    `SELECT pg_catalog.concat_ws('.', n.nspname, p.proname)::varchar AS "Name",
      pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\\n')::varchar AS "Create Sql"
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      WHERE p.oid = ${called}::pg_catalog.${args.length > 0 ? "regprocedure" : "regproc"}`,
  );
}

export function describe(reader: StatementReader): StatementBody {
  if (!reader.accept("desc")) reader.expect("describe");
  const condition = isRelation(reader.name());
  reader.expectEnd();
  const special = `NULL::varchar AS "Is Hidden"`;
  const parts = [
    COLUMNS.replace("SELECT", "SELECT 1 AS part,"),
    `SELECT 2, 'primary key', (SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY k.n)
        FROM pg_catalog.unnest(o.conkey) WITH ORDINALITY k(attnum, n)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum)::varchar,
      ${special}, NULL::varchar, 0
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_constraint o ON o.conrelid = c.oid
      WHERE $in AND o.contype = 'p'`,
    `SELECT 3, x.relname::varchar, (pg_catalog.concat('index(', ${INDEX_KEY}, ')',
        ' include(' || ${INDEX_INCLUDED} || ')'))::varchar,
      ${special}, pg_catalog.obj_description(x.oid, 'pg_class')::varchar, 0
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
        JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      WHERE $in AND NOT i.indisprimary`,
    `SELECT 4, 'table description', c.relname::varchar, ${special},
      pg_catalog.obj_description(c.oid, 'pg_class')::varchar, 0
      FROM pg_catalog.pg_class c WHERE $in`,
  ];
  const query = parts.join(" UNION ALL ").replaceAll("$in", () => condition);
  const listing = { columns: COLUMN_HEADS, query, order: 'part, n, "Name"' };
  return asked("DESCRIBE", selecting(listing, query, undefined));
}
