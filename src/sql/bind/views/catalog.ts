/**
 * Definitions of pg_catalog's views about objects. https://www.postgresql.org/docs/15/views.html
 */

/** Tables of any kind with rows of their own, beside their schema. */
const relations = `pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace`;

export const catalogViews: Readonly<Record<string, string>> = {
  pg_roles: `
    SELECT a.rolname, a.rolsuper, a.rolinherit, a.rolcreaterole, a.rolcreatedb, a.rolcanlogin, a.rolreplication,
           a.rolconnlimit, '********', a.rolvaliduntil, a.rolbypassrls, s.setconfig, a.oid
      FROM pg_authid a LEFT JOIN pg_db_role_setting s ON s.setrole = a.oid AND s.setdatabase = 0`,

  pg_shadow: `
    SELECT a.rolname, a.oid, a.rolcreatedb, a.rolsuper, a.rolreplication, a.rolbypassrls, a.rolpassword,
           a.rolvaliduntil, s.setconfig
      FROM pg_authid a LEFT JOIN pg_db_role_setting s ON s.setrole = a.oid AND s.setdatabase = 0
     WHERE a.rolcanlogin`,

  pg_user: `
    SELECT a.rolname, a.oid, a.rolcreatedb, a.rolsuper, a.rolreplication, a.rolbypassrls, '********',
           a.rolvaliduntil, s.setconfig
      FROM pg_authid a LEFT JOIN pg_db_role_setting s ON s.setrole = a.oid AND s.setdatabase = 0
     WHERE a.rolcanlogin`,

  pg_group: `
    SELECT a.rolname, a.oid, ARRAY(SELECT m.member FROM pg_auth_members m WHERE m.roleid = a.oid)
      FROM pg_authid a
     WHERE NOT a.rolcanlogin`,

  pg_tables: `
    SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner), t.spcname, c.relhasindex, c.relhasrules,
           c.relhastriggers, c.relrowsecurity
      FROM ${relations} LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
     WHERE c.relkind IN ('r', 'p')`,

  pg_views: `
    SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner), pg_get_viewdef(c.oid)
      FROM ${relations}
     WHERE c.relkind = 'v'`,

  pg_matviews: `
    SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner), t.spcname, c.relhasindex, c.relispopulated,
           pg_get_viewdef(c.oid)
      FROM ${relations} LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
     WHERE c.relkind = 'm'`,

  pg_indexes: `
    SELECT n.nspname, c.relname, i.relname, t.spcname, pg_get_indexdef(i.oid)
      FROM pg_index x
      JOIN pg_class c ON c.oid = x.indrelid
      JOIN pg_class i ON i.oid = x.indexrelid
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_tablespace t ON t.oid = i.reltablespace
     WHERE c.relkind IN ('r', 'm', 'p') AND i.relkind IN ('i', 'I')`,

  pg_sequences: `
    SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner), s.seqtypid::regtype, s.seqstart, s.seqmin, s.seqmax,
           s.seqincrement, s.seqcycle, s.seqcache,
           CASE WHEN has_sequence_privilege(c.oid, 'SELECT,USAGE') THEN pg_sequence_last_value(c.oid) END
      FROM pg_sequence s
      JOIN pg_class c ON c.oid = s.seqrelid
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT pg_is_other_temp_schema(n.oid) AND c.relkind = 'S'`,

  pg_rules: `
    SELECT n.nspname, c.relname, r.rulename, pg_get_ruledef(r.oid)
      FROM pg_rewrite r
      JOIN pg_class c ON c.oid = r.ev_class
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE r.rulename <> '_RETURN'`,

  pg_policies: `
    SELECT n.nspname, c.relname, p.polname, CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
           CASE WHEN p.polroles = '{0}' THEN string_to_array('public', '')
                ELSE ARRAY(SELECT a.rolname FROM pg_authid a WHERE a.oid = ANY (p.polroles) ORDER BY a.rolname) END,
           CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                         WHEN 'd' THEN 'DELETE' WHEN '*' THEN 'ALL' END,
           pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
      FROM pg_policy p
      JOIN pg_class c ON c.oid = p.polrelid
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace`,

  pg_user_mappings: `
    SELECT u.oid, s.oid, s.srvname, u.umuser, CASE WHEN u.umuser = 0 THEN 'public' ELSE a.rolname END,
           CASE WHEN (u.umuser <> 0 AND a.rolname = current_user
                      AND (pg_has_role(s.srvowner, 'USAGE') OR has_server_privilege(s.oid, 'USAGE')))
                  OR (u.umuser = 0 AND pg_has_role(s.srvowner, 'USAGE'))
                  OR (SELECT r.rolsuper FROM pg_authid r WHERE r.rolname = current_user)
                THEN u.umoptions END
      FROM pg_user_mapping u
      JOIN pg_foreign_server s ON s.oid = u.umserver
      LEFT JOIN pg_authid a ON a.oid = u.umuser`,

  pg_publication_tables: `
    SELECT p.pubname, n.nspname, c.relname,
           (SELECT array_agg(a.attname ORDER BY a.attnum)
              FROM pg_attribute a
             WHERE a.attrelid = t.relid AND a.attnum > 0 AND NOT a.attisdropped
               AND (t.attrs IS NULL OR a.attnum = ANY (t.attrs))),
           pg_get_expr(t.qual, t.relid)
      FROM pg_publication p, LATERAL pg_get_publication_tables(p.pubname) t, ${relations}
     WHERE c.oid = t.relid`,
};

/** Views of what the server holds in memory: each is a function's rows. */
export const liveViews: Readonly<Record<string, string>> = {
  pg_settings: `SELECT * FROM pg_show_all_settings() a`,
  pg_file_settings: `SELECT * FROM pg_show_all_file_settings() a`,
  pg_config: `SELECT * FROM pg_config() a`,
  pg_cursors: `SELECT * FROM pg_cursor() a`,
  pg_prepared_statements: `SELECT * FROM pg_prepared_statement() a`,
  pg_locks: `SELECT * FROM pg_lock_status() a`,
  pg_timezone_abbrevs: `SELECT * FROM pg_timezone_abbrevs() a`,
  pg_timezone_names: `SELECT * FROM pg_timezone_names() a`,
  pg_available_extension_versions: `
    SELECT v.name, v.version, e.extname IS NOT NULL, v.superuser, v.trusted, v.relocatable, v.schema, v.requires,
           v.comment
      FROM pg_available_extension_versions() v
      LEFT JOIN pg_extension e ON e.extname = v.name AND e.extversion = v.version`,
  pg_available_extensions: `
    SELECT a.name, a.default_version, e.extversion, a.comment
      FROM pg_available_extensions() a LEFT JOIN pg_extension e ON e.extname = a.name`,
  pg_prepared_xacts: `
    SELECT p.transaction, p.gid, p.prepared, a.rolname, d.datname
      FROM pg_prepared_xact() p
      LEFT JOIN pg_authid a ON a.oid = p.ownerid
      LEFT JOIN pg_database d ON d.oid = p.dbid`,
  pg_replication_slots: `
    SELECT s.slot_name, s.plugin, s.slot_type, s.datoid, d.datname, s.temporary, s.active, s.active_pid, s.xmin,
           s.catalog_xmin, s.restart_lsn, s.confirmed_flush_lsn, s.wal_status, s.safe_wal_size, s.two_phase
      FROM pg_get_replication_slots() s LEFT JOIN pg_database d ON d.oid = s.datoid`,
  pg_stat_activity: `
    SELECT s.datid, d.datname, s.pid, s.leader_pid, s.usesysid, a.rolname, s.application_name, s.client_addr,
           s.client_hostname, s.client_port, s.backend_start, s.xact_start, s.query_start, s.state_change,
           s.wait_event_type, s.wait_event, s.state, s.backend_xid, s.backend_xmin, s.query_id, s.query,
           s.backend_type
      FROM pg_stat_get_activity(NULL) s
      LEFT JOIN pg_database d ON d.oid = s.datid
      LEFT JOIN pg_authid a ON a.oid = s.usesysid`,
  pg_stat_ssl: `
    SELECT s.pid, s.ssl, s.sslversion, s.sslcipher, s.sslbits, s.ssl_client_dn, s.ssl_client_serial, s.ssl_issuer_dn
      FROM pg_stat_get_activity(NULL) s
     WHERE s.client_port IS NOT NULL`,
  pg_stat_gssapi: `
    SELECT s.pid, s.gss_auth, s.gss_princ, s.gss_enc
      FROM pg_stat_get_activity(NULL) s
     WHERE s.client_port IS NOT NULL`,
  pg_stat_replication: `
    SELECT s.pid, s.usesysid, a.rolname, s.application_name, s.client_addr, s.client_hostname, s.client_port,
           s.backend_start, s.backend_xmin, w.state, w.sent_lsn, w.write_lsn, w.flush_lsn, w.replay_lsn,
           w.write_lag, w.flush_lag, w.replay_lag, w.sync_priority, w.sync_state, w.reply_time
      FROM pg_stat_get_activity(NULL) s
      JOIN pg_stat_get_wal_senders() w ON w.pid = s.pid
      LEFT JOIN pg_authid a ON a.oid = s.usesysid`,
};
