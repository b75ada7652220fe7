/**
 * SYSTEM VIEWS as queries over the catalogs and PostgreSQL's functions. Columns come in the order of the view's
 * pg_attribute rows, which also give their names and types. https://www.postgresql.org/docs/15/views.html
 */
const views: Readonly<Record<string, string>> = {
  "pg_catalog.pg_roles": `
    SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolconnlimit,
           '********'::text, rolvaliduntil, rolbypassrls, s.setconfig, a.oid
      FROM pg_authid a LEFT JOIN pg_db_role_setting s ON a.oid = s.setrole AND s.setdatabase = 0`,
};

/** The definition of a system view, or undefined where there is none. */
export const systemViewQuery = (schema: string, name: string): string | undefined =>
  views[`${schema}.${name}`];
