/**
 * Oids of the catalogs that pg_depend, locks and descriptions name.
 * https://www.postgresql.org/docs/15/catalogs.html
 */
import { oid } from "../base/ids.ts";

export const TYPE_CLASS = oid(1247);
export const PROC_CLASS = oid(1255);
export const RELATION_CLASS = oid(1259);
export const ROLE_CLASS = oid(1260);
export const DATABASE_CLASS = oid(1262);
export const TABLESPACE_CLASS = oid(1213);
export const REWRITE_CLASS = oid(2618);
export const TRIGGER_CLASS = oid(2620);
export const POLICY_CLASS = oid(3256);
export const ATTRDEF_CLASS = oid(2604);
export const CONSTRAINT_CLASS = oid(2606);
export const NAMESPACE_CLASS = oid(2615);
export const OPERATOR_CLASS = oid(2617);
export const AMOP_CLASS = oid(2602);
export const AMPROC_CLASS = oid(2603);
export const OPCLASS_CLASS = oid(2616);
export const OPFAMILY_CLASS = oid(2753);
export const CAST_CLASS = oid(2605);
export const PUBLICATION_CLASS = oid(6104);
export const PUBLICATION_REL_CLASS = oid(6106);
export const PUBLICATION_NAMESPACE_CLASS = oid(6237);
export const SUBSCRIPTION_CLASS = oid(6100);
export const WRAPPER_CLASS = oid(2328);
export const SERVER_CLASS = oid(1417);
export const USER_MAPPING_CLASS = oid(1418);
export const STATISTICS_CLASS = oid(3381);
export const TS_CONFIG_CLASS = oid(3602);
export const TS_DICT_CLASS = oid(3600);
export const TS_PARSER_CLASS = oid(3601);
export const TS_TEMPLATE_CLASS = oid(3764);
export const COLLATION_CLASS = oid(3456);
export const CONVERSION_CLASS = oid(2607);
export const AM_CLASS = oid(2601);
export const TRANSFORM_CLASS = oid(3576);
export const LANGUAGE_CLASS = oid(2612);
export const DEFAULT_ACL_CLASS = oid(826);
export const EXTENSION_CLASS = oid(3079);
export const EVENT_TRIGGER_CLASS = oid(3466);
export const PARAMETER_ACL_CLASS = oid(6243);
/** pg_largeobject, under which comments on large objects are kept. */
export const LARGE_OBJECT_CLASS = oid(2613);
/** rw_connection */
export const CONNECTION_CLASS = oid(15109);

export const PG_CATALOG = oid(11);
export const PUBLIC_NAMESPACE = oid(2200);
export const BOOTSTRAP_SUPERUSER = oid(10);
export const DEFAULT_COLLATION = oid(100);
/** Functions that the server itself has. */
export const INTERNAL_LANGUAGE = oid(12);

/**
 * Objects below this oid are part of the system: nothing depends on them by a row, nobody drops
 * them.
 */
export const FIRST_UNPINNED_OID = oid(12000);

/**
 * https://www.postgresql.org/docs/15/catalog-pg-depend.html: pinned objects, but for schema public,
 * the template's own, and large objects, whose oids anybody may choose.
 */
export const isPinned = (classOid: number, objectOid: number): boolean =>
  objectOid < FIRST_UNPINNED_OID &&
  !(classOid === NAMESPACE_CLASS && objectOid === PUBLIC_NAMESPACE) &&
  classOid !== DATABASE_CLASS &&
  classOid !== LARGE_OBJECT_CLASS;
