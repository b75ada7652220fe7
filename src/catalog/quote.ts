/**
 * Identifiers as SQL must write them.
 * https://www.postgresql.org/docs/15/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
 */

/**
 * Keywords that PostgreSQL 15 does not take as a bare identifier everywhere.
 * https://www.postgresql.org/docs/15/sql-keywords-appendix.html
 */
const QUOTED_KEYWORDS = new Set(
  `
  all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
  boolean both case cast char character check coalesce collate collation column concurrently
  constraint create cross current_catalog current_date current_role current_schema
  current_time current_timestamp current_user dec decimal default deferrable desc distinct do
  else end except exists extract false fetch float for foreign freeze from full grant
  greatest group grouping having ilike in initially inner inout int integer intersect
  interval into is isnull join lateral leading least left like limit localtime localtimestamp
  national natural nchar none normalize not notnull null nullif numeric offset on only or
  order out outer overlaps overlay placing position precision primary real references
  returning right row select session_user setof similar smallint some substring symmetric
  table tablesample then time timestamp to trailing treat trim true union unique user using
  values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement
  xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
  `
    .trim()
    .split(/\s+/),
);

/** PostgreSQL's quote_ident. */
export function quoteIdentifier(name: string): string {
  if (/^[a-z_][a-z0-9_]*$/.test(name) && !QUOTED_KEYWORDS.has(name)) return name;
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string constant, as standard_conforming_strings has them. */
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;
