/** Lists of identifiers as values of settings: `"$user", public`. */

/** The names of a list, unquoted ones in lower case; undefined when its syntax is wrong. */
export function splitIdentifiers(list: string): string[] | undefined {
  const names: string[] = [];
  let rest = list.trimStart();
  if (rest === "") return names;
  for (;;) {
    const item = /^(?:"((?:[^"]|"")*)"|([^",\s]+))\s*/.exec(rest);
    if (item === null) return undefined;
    names.push(
      item[1] === undefined ? (item[2] ?? "").toLowerCase() : item[1].replaceAll('""', '"'),
    );
    rest = rest.slice(item[0].length);
    if (rest === "") return names;
    if (!rest.startsWith(",")) return undefined;
    rest = rest.slice(1).trimStart();
  }
}

/** Words that must be quoted in a list although they look like plain identifiers. */
const reserved = new Set(
  (
    "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both " +
    "case cast char character check coalesce collate collation column concurrently constraint create cross " +
    "current_catalog current_date current_role current_schema current_time current_timestamp current_user dec " +
    "decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign " +
    "freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect " +
    "interval into is isnull join lateral leading least left like limit localtime localtimestamp national " +
    "natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps " +
    "overlay placing position precision primary real references returning right row select session_user setof " +
    "similar smallint some substring symmetric table tablesample then time timestamp to trailing treat trim " +
    "true union unique user using values varchar variadic verbose when where window with xmlattributes " +
    "xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable"
  ).split(" "),
);

export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}
