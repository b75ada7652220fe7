/**
 * Definitions of information_schema's views: what the SQL standard asks of the objects that the
 * current user may see.
 * https://www.postgresql.org/docs/15/information-schema.html
 */
const here = "current_database()";
const yesNo = (condition: string) => `CASE WHEN ${condition} THEN 'YES' ELSE 'NO' END`;
const tablePrivileges = "'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'";

/** A domain's columns speak of its base type. */
const baseOf = (row: string, type: string, value: string, baseValue: string) =>
  `CASE WHEN ${type}.typtype = 'd' THEN ${type}.${baseValue} ELSE ${row}.${value} END`;

/** Length, precision, … from a type and its typmod, as expressions over them. */
const modifiers = (type: string, typmod: string) => ({
  characters: `CASE WHEN ${typmod} = -1 THEN NULL
                    WHEN ${type} IN (1042, 1043) THEN ${typmod} - 4
                    WHEN ${type} IN (1560, 1562) THEN ${typmod} END`,
  octets: `CASE WHEN ${type} IN (25, 1042, 1043)
                THEN CASE WHEN ${typmod} = -1 THEN 1073741824 ELSE (${typmod} - 4) * 4 END END`,
  precision: `CASE ${type} WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64
                   WHEN 1700 THEN CASE WHEN ${typmod} <> -1 THEN ((${typmod} - 4) >> 16) & 65535 END
                   WHEN 700 THEN 24 WHEN 701 THEN 53 END`,
  radix: `CASE WHEN ${type} IN (21, 23, 20, 700, 701) THEN 2 WHEN ${type} = 1700 THEN 10 END`,
  scale: `CASE WHEN ${type} IN (21, 23, 20) THEN 0
               WHEN ${type} = 1700 AND ${typmod} <> -1 THEN (${typmod} - 4) & 65535 END`,
  datetime: `CASE WHEN ${type} = 1082 THEN 0
                  WHEN ${type} IN (1083, 1114, 1184, 1266) THEN CASE WHEN ${typmod} < 0 THEN 6 ELSE ${typmod} END
                  WHEN ${type} = 1186 THEN CASE WHEN ${typmod} < 0 OR ${typmod} & 65535 = 65535 THEN 6
                                               ELSE ${typmod} & 65535 END END`,
  interval: `CASE WHEN ${type} = 1186 AND format_type(${type}, ${typmod}) LIKE 'interval %'
                  THEN upper(substr(format_type(${type}, ${typmod}), 10)) END`,
});

const attribute = modifiers(
  baseOf("a", "t", "atttypid", "typbasetype"),
  baseOf("a", "t", "atttypmod", "typtypmod"),
);

/** The type of a column as the standard names it. */
const columnType = `
  CASE WHEN t.typtype = 'd'
       THEN CASE WHEN bt.typelem <> 0 AND bt.typlen = -1 THEN 'ARRAY'
                 WHEN nbt.nspname = 'pg_catalog' THEN format_type(t.typbasetype, NULL)
                 ELSE 'USER-DEFINED' END
       ELSE CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY'
                 WHEN nt.nspname = 'pg_catalog' THEN format_type(a.atttypid, NULL)
                 ELSE 'USER-DEFINED' END END`;

const collationColumns = `
  CASE WHEN nco.nspname IS NOT NULL THEN ${here} END, nco.nspname, co.collname`;
const collationJoin = `
  LEFT JOIN (pg_collation co JOIN pg_namespace nco ON co.collnamespace = nco.oid)
         ON a.attcollation = co.oid AND (nco.nspname, co.collname) <> ('pg_catalog', 'default')`;

const identity = (value: string) => `CASE WHEN a.attidentity IN ('a', 'd') THEN ${value} END`;

const visibleTable = (privileges: string, columnPrivileges: string) => `
  (pg_has_role(c.relowner, 'USAGE') OR has_table_privilege(c.oid, ${privileges})
   OR has_any_column_privilege(c.oid, ${columnPrivileges}))`;

const schemata = `
  SELECT ${here}, n.nspname, u.rolname, NULL, NULL, NULL, NULL
    FROM pg_namespace n, pg_authid u
   WHERE n.nspowner = u.oid
     AND (pg_has_role(n.nspowner, 'USAGE') OR has_schema_privilege(n.oid, 'CREATE, USAGE'))`;

const tables = `
  SELECT ${here}, n.nspname, c.relname,
         CASE WHEN n.oid = pg_my_temp_schema() THEN 'LOCAL TEMPORARY'
              WHEN c.relkind IN ('r', 'p') THEN 'BASE TABLE'
              WHEN c.relkind = 'v' THEN 'VIEW'
              WHEN c.relkind = 'f' THEN 'FOREIGN' END,
         NULL, NULL, CASE WHEN t.typname IS NOT NULL THEN ${here} END, nt.nspname, t.typname,
         ${yesNo("c.relkind IN ('r', 'p') OR (c.relkind IN ('v', 'f') AND pg_relation_is_updatable(c.oid, false) & 8 = 8)")},
         ${yesNo("t.typname IS NOT NULL")}, NULL
    FROM pg_namespace n
    JOIN pg_class c ON n.oid = c.relnamespace
    LEFT JOIN (pg_type t JOIN pg_namespace nt ON t.typnamespace = nt.oid) ON c.reloftype = t.oid
   WHERE c.relkind IN ('r', 'v', 'f', 'p') AND NOT pg_is_other_temp_schema(n.oid)
     AND ${visibleTable(`'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'`, `'SELECT, INSERT, UPDATE, REFERENCES'`)}`;

const columns = `
  SELECT ${here}, nc.nspname, c.relname, a.attname, a.attnum,
         CASE WHEN a.attgenerated = '' THEN pg_get_expr(ad.adbin, ad.adrelid) END,
         ${yesNo("NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull))")},
         ${columnType}, ${attribute.characters}, ${attribute.octets}, ${attribute.precision}, ${attribute.radix},
         ${attribute.scale}, ${attribute.datetime}, ${attribute.interval}, NULL,
         NULL, NULL, NULL, ${collationColumns},
         CASE WHEN t.typtype = 'd' THEN ${here} END, CASE WHEN t.typtype = 'd' THEN nt.nspname END,
         CASE WHEN t.typtype = 'd' THEN t.typname END,
         ${here}, coalesce(nbt.nspname, nt.nspname), coalesce(bt.typname, t.typname),
         NULL, NULL, NULL, NULL, a.attnum, 'NO',
         ${yesNo("a.attidentity IN ('a', 'd')")},
         CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END,
         ${identity("seq.seqstart")}, ${identity("seq.seqincrement")}, ${identity("seq.seqmax")},
         ${identity("seq.seqmin")}, ${yesNo("seq.seqcycle")},
         CASE WHEN a.attgenerated <> '' THEN 'ALWAYS' ELSE 'NEVER' END,
         CASE WHEN a.attgenerated <> '' THEN pg_get_expr(ad.adbin, ad.adrelid) END,
         ${yesNo("c.relkind IN ('r', 'p') OR (c.relkind IN ('v', 'f') AND pg_column_is_updatable(c.oid, a.attnum, false))")}
    FROM pg_attribute a
    LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
    JOIN (pg_class c JOIN pg_namespace nc ON c.relnamespace = nc.oid) ON a.attrelid = c.oid
    JOIN (pg_type t JOIN pg_namespace nt ON t.typnamespace = nt.oid) ON a.atttypid = t.oid
    LEFT JOIN (pg_type bt JOIN pg_namespace nbt ON bt.typnamespace = nbt.oid)
           ON t.typtype = 'd' AND t.typbasetype = bt.oid
    ${collationJoin}
    LEFT JOIN (pg_depend dep JOIN pg_sequence seq
               ON dep.classid = 'pg_class'::regclass AND dep.objid = seq.seqrelid AND dep.deptype = 'i')
           ON dep.refclassid = 'pg_class'::regclass AND dep.refobjid = c.oid AND dep.refobjsubid = a.attnum
   WHERE NOT pg_is_other_temp_schema(nc.oid) AND a.attnum > 0 AND NOT a.attisdropped
     AND c.relkind IN ('r', 'v', 'f', 'p')
     AND (pg_has_role(c.relowner, 'USAGE')
          OR has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))`;

const views = `
  SELECT ${here}, nc.nspname, c.relname,
         CASE WHEN pg_has_role(c.relowner, 'USAGE') THEN pg_get_viewdef(c.oid) END,
         CASE WHEN 'check_option=cascaded' = ANY (c.reloptions) THEN 'CASCADED'
              WHEN 'check_option=local' = ANY (c.reloptions) THEN 'LOCAL' ELSE 'NONE' END,
         ${yesNo("pg_relation_is_updatable(c.oid, false) & 20 = 20")},
         ${yesNo("pg_relation_is_updatable(c.oid, false) & 8 = 8")},
         ${[81, 73, 69].map((bits) => yesNo(`EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgtype & ${bits} = ${bits})`)).join(", ")}
    FROM pg_namespace nc, pg_class c
   WHERE c.relnamespace = nc.oid AND c.relkind = 'v' AND NOT pg_is_other_temp_schema(nc.oid)
     AND ${visibleTable(`'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'`, `'SELECT, INSERT, UPDATE, REFERENCES'`)}`;

const sequences = `
  SELECT ${here}, nc.nspname, c.relname, format_type(s.seqtypid, NULL),
         CASE s.seqtypid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 END, 2, 0,
         s.seqstart, s.seqmin, s.seqmax, s.seqincrement, ${yesNo("s.seqcycle")}
    FROM pg_namespace nc, pg_class c, pg_sequence s
   WHERE c.relnamespace = nc.oid AND c.relkind = 'S' AND c.oid = s.seqrelid
     AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'i')
     AND NOT pg_is_other_temp_schema(nc.oid)
     AND (pg_has_role(c.relowner, 'USAGE') OR has_sequence_privilege(c.oid, 'SELECT, UPDATE, USAGE'))`;

const mayChange = `
  (pg_has_role(r.relowner, 'USAGE') OR has_table_privilege(r.oid, ${tablePrivileges})
   OR has_any_column_privilege(r.oid, 'INSERT, UPDATE, REFERENCES'))`;

const tableConstraints = `
  SELECT x.* FROM (
    SELECT ${here}, nc.nspname, c.conname, ${here}, nr.nspname, r.relname,
           CASE c.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'p' THEN 'PRIMARY KEY'
                          WHEN 'u' THEN 'UNIQUE' END,
           ${yesNo("c.condeferrable")}, ${yesNo("c.condeferred")}, 'YES',
           CASE WHEN c.contype = 'u'
                THEN CASE WHEN (SELECT NOT i.indnullsnotdistinct FROM pg_index i WHERE i.indexrelid = c.conindid)
                          THEN 'YES' ELSE 'NO' END END
      FROM pg_namespace nc, pg_namespace nr, pg_constraint c, pg_class r
     WHERE nc.oid = c.connamespace AND nr.oid = r.relnamespace AND c.conrelid = r.oid
       AND c.contype NOT IN ('t', 'x') AND r.relkind IN ('r', 'p')
       AND NOT pg_is_other_temp_schema(nr.oid) AND ${mayChange}
    UNION ALL
    SELECT ${here}, nr.nspname,
           (((((nr.oid::text || '_') || r.oid::text) || '_') || a.attnum::text) || '_not_null')::name,
           ${here}, nr.nspname, r.relname, 'CHECK', 'NO', 'NO', 'YES', NULL
      FROM pg_namespace nr, pg_class r, pg_attribute a
     WHERE nr.oid = r.relnamespace AND r.oid = a.attrelid AND a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped
       AND r.relkind IN ('r', 'p') AND NOT pg_is_other_temp_schema(nr.oid) AND ${mayChange}
  ) x`;

const keyColumnUsage = `
  SELECT ${here}, nc.nspname, k.conname, ${here}, nr.nspname, k.relname, a.attname, k.n,
         CASE WHEN k.contype = 'f'
              THEN array_position((SELECT i.indkey::int2[] FROM pg_index i WHERE i.indexrelid = k.conindid),
                                  k.confkey[k.n::int4]) + 1
         END
    FROM (SELECT r.oid AS relid, r.relowner, r.relname, r.relnamespace, c.conname, c.connamespace, c.conindid,
                 c.contype, c.confkey, u.attnum, u.n
            FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid,
                 LATERAL unnest(c.conkey) WITH ORDINALITY AS u(attnum, n)
           WHERE c.contype IN ('p', 'u', 'f') AND r.relkind IN ('r', 'p')) k
    JOIN pg_attribute a ON a.attrelid = k.relid AND a.attnum = k.attnum AND NOT a.attisdropped
    JOIN pg_namespace nc ON nc.oid = k.connamespace
    JOIN pg_namespace nr ON nr.oid = k.relnamespace
   WHERE NOT pg_is_other_temp_schema(nr.oid)
     AND (pg_has_role(k.relowner, 'USAGE')
          OR has_column_privilege(k.relid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))`;

const constraintColumnUsage = `
  SELECT ${here}, x.tblschema, x.tblname, x.colname, ${here}, x.cstrschema, x.cstrname
    FROM (
      SELECT DISTINCT nr.nspname AS tblschema, r.relname AS tblname, r.relowner AS tblowner, a.attname AS colname,
             nc.nspname AS cstrschema, c.conname AS cstrname
        FROM pg_namespace nr, pg_class r, pg_attribute a, pg_depend d, pg_namespace nc, pg_constraint c
       WHERE nr.oid = r.relnamespace AND r.oid = a.attrelid AND d.refclassid = 'pg_class'::regclass
         AND d.refobjid = r.oid AND d.refobjsubid = a.attnum AND d.classid = 'pg_constraint'::regclass
         AND d.objid = c.oid AND c.connamespace = nc.oid AND c.contype = 'c' AND r.relkind IN ('r', 'p')
         AND NOT a.attisdropped
      UNION ALL
      SELECT nr.nspname, r.relname, r.relowner, a.attname, nc.nspname, c.conname
        FROM pg_namespace nr, pg_class r, pg_attribute a, pg_namespace nc, pg_constraint c
       WHERE nr.oid = r.relnamespace AND r.oid = a.attrelid AND nc.oid = c.connamespace
         AND r.oid = CASE WHEN c.contype = 'f' THEN c.confrelid ELSE c.conrelid END
         AND a.attnum = ANY (CASE WHEN c.contype = 'f' THEN c.confkey ELSE c.conkey END)
         AND NOT a.attisdropped AND c.contype IN ('p', 'u', 'f') AND r.relkind IN ('r', 'p')
    ) x
   WHERE pg_has_role(x.tblowner, 'USAGE')`;

const constraintTableUsage = `
  SELECT ${here}, nr.nspname, r.relname, ${here}, nc.nspname, c.conname
    FROM pg_constraint c, pg_namespace nc, pg_class r, pg_namespace nr
   WHERE c.connamespace = nc.oid AND r.relnamespace = nr.oid
     AND ((c.contype = 'f' AND c.confrelid = r.oid) OR (c.contype IN ('p', 'u') AND c.conrelid = r.oid))
     AND r.relkind IN ('r', 'p') AND pg_has_role(r.relowner, 'USAGE')`;

const rule = (column: string) =>
  `CASE ${column} WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'
                  WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END`;

const referentialConstraints = `
  SELECT ${here}, ncon.nspname, con.conname, CASE WHEN npkc.nspname IS NOT NULL THEN ${here} END, npkc.nspname,
         pkc.conname, CASE con.confmatchtype WHEN 'f' THEN 'FULL' WHEN 'p' THEN 'PARTIAL' WHEN 's' THEN 'NONE' END,
         ${rule("con.confupdtype")}, ${rule("con.confdeltype")}
    FROM pg_namespace ncon
    JOIN pg_constraint con ON ncon.oid = con.connamespace
    JOIN pg_class c ON con.conrelid = c.oid AND con.contype = 'f'
    LEFT JOIN pg_depend d1 ON d1.objid = con.oid AND d1.classid = 'pg_constraint'::regclass
          AND d1.refclassid = 'pg_class'::regclass AND d1.refobjsubid = 0
    LEFT JOIN pg_depend d2 ON d2.refclassid = 'pg_constraint'::regclass AND d2.classid = 'pg_class'::regclass
          AND d2.objid = d1.refobjid AND d2.objsubid = 0 AND d2.deptype = 'i'
    LEFT JOIN pg_constraint pkc ON pkc.oid = d2.refobjid AND pkc.contype IN ('p', 'u') AND pkc.conrelid = con.confrelid
    LEFT JOIN pg_namespace npkc ON pkc.connamespace = npkc.oid
   WHERE pg_has_role(c.relowner, 'USAGE') OR has_table_privilege(c.oid, ${tablePrivileges})
      OR has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES')`;

const checkConstraints = `
  SELECT x.* FROM (
    SELECT ${here}, rs.nspname, con.conname,
           substring(pg_get_constraintdef(con.oid), 7)
      FROM pg_constraint con
      LEFT JOIN pg_namespace rs ON rs.oid = con.connamespace
      LEFT JOIN pg_class c ON c.oid = con.conrelid
      LEFT JOIN pg_type t ON t.oid = con.contypid
     WHERE pg_has_role(coalesce(c.relowner, t.typowner), 'USAGE') AND con.contype = 'c'
    UNION ALL
    SELECT ${here}, n.nspname,
           (((((n.oid::text || '_') || r.oid::text) || '_') || a.attnum::text) || '_not_null')::name,
           a.attname::text || ' IS NOT NULL'
      FROM pg_namespace n, pg_class r, pg_attribute a
     WHERE n.oid = r.relnamespace AND r.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
       AND r.relkind IN ('r', 'p') AND pg_has_role(r.relowner, 'USAGE')
  ) x`;

const columnColumnUsage = `
  SELECT DISTINCT ${here}, n.nspname, c.relname, ac.attname, ad.attname
    FROM pg_namespace n, pg_class c, pg_depend d, pg_attribute ac, pg_attribute ad, pg_attrdef atd
   WHERE n.oid = c.relnamespace AND c.oid = ac.attrelid AND c.oid = ad.attrelid AND ac.attnum <> ad.attnum
     AND ad.attrelid = atd.adrelid AND ad.attnum = atd.adnum AND d.classid = 'pg_catalog.pg_attrdef'::regclass
     AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.objid = atd.oid AND d.refobjid = ac.attrelid
     AND d.refobjsubid = ac.attnum AND ad.attgenerated <> '' AND pg_has_role(c.relowner, 'USAGE')`;

const tableGrants = (grantees: string) => `
  SELECT ug.rolname, g.rolname, ${here}, nc.nspname, c.relname, c.prtype,
         ${yesNo("pg_has_role(g.oid, c.relowner, 'USAGE') OR c.grantable")}, ${yesNo("c.prtype = 'SELECT'")}
    FROM (SELECT k.oid, k.relname, k.relnamespace, k.relkind, k.relowner, e.grantor, e.grantee, e.privilege_type,
                 e.is_grantable
            FROM pg_class k, LATERAL aclexplode(coalesce(k.relacl, acldefault('r', k.relowner))) e)
         AS c(oid, relname, relnamespace, relkind, relowner, grantor, grantee, prtype, grantable),
         pg_namespace nc, pg_authid ug,
         (SELECT z.oid, z.rolname FROM pg_authid z UNION ALL SELECT 0::oid, 'PUBLIC') AS g(oid, rolname)
   WHERE c.relnamespace = nc.oid AND c.relkind IN ('r', 'v', 'f', 'p') AND c.grantee = g.oid AND c.grantor = ug.oid
     AND c.prtype IN ('INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER')
     AND ${grantees}`;

const granted = (condition: string) =>
  `(pg_has_role(ug.oid, 'USAGE') OR pg_has_role(g.oid, 'USAGE')${condition})`;

export const informationSchemaViews: Readonly<Record<string, string>> = {
  information_schema_catalog_name: `SELECT ${here}`,
  schemata,
  tables,
  columns,
  views,
  sequences,
  table_constraints: tableConstraints,
  key_column_usage: keyColumnUsage,
  column_column_usage: columnColumnUsage,
  constraint_column_usage: constraintColumnUsage,
  constraint_table_usage: constraintTableUsage,
  referential_constraints: referentialConstraints,
  check_constraints: checkConstraints,
  table_privileges: tableGrants(granted(" OR g.rolname = 'PUBLIC'")),
  role_table_grants: tableGrants(granted("")),
  enabled_roles: `SELECT a.rolname FROM pg_authid a WHERE pg_has_role(a.oid, 'USAGE')`,
  applicable_roles: `
    SELECT a.rolname, b.rolname, ${yesNo("m.admin_option")}
      FROM (SELECT member, roleid, admin_option FROM pg_auth_members
            UNION
            SELECT datdba, pg_authid.oid, false FROM pg_database, pg_authid
             WHERE datname = ${here} AND rolname = 'pg_database_owner') m
      JOIN pg_authid a ON m.member = a.oid
      JOIN pg_authid b ON m.roleid = b.oid
     WHERE pg_has_role(a.oid, 'USAGE')`,
  character_sets: `
    SELECT NULL, NULL, getdatabaseencoding(), CASE WHEN getdatabaseencoding() = 'UTF8' THEN 'UCS' ELSE getdatabaseencoding() END,
           getdatabaseencoding(), ${here}, nc.nspname, c.collname
      FROM pg_database d
      LEFT JOIN (pg_collation c JOIN pg_namespace nc ON c.collnamespace = nc.oid)
             ON d.datcollate = c.collcollate AND d.datctype = c.collctype
     WHERE d.datname = ${here}
     ORDER BY char_length(c.collname) DESC, c.collname
     LIMIT 1`,
  collations: `
    SELECT ${here}, nc.nspname, c.collname, 'NO PAD'
      FROM pg_collation c, pg_namespace nc
     WHERE c.collnamespace = nc.oid
       AND c.collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = ${here}))`,
};
