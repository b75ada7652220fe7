/**
 * KEYS BETWEEN CATALOGS: which of their columns hold keys of which catalog's rows.
 * https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-INFO-CATALOG
 */
import type { Oid } from "../../base/ids.ts";
import { relationByName } from "../../catalog/all-relations.ts";
import { encodeList } from "../types/array-value.ts";
import { defineSet, truth } from "./define.ts";
import type { SetFunctionDefinition } from "./registry.ts";

/**
 * After each catalog its columns, each with the catalog that it refers to, without `pg_`. `[]`: its
 * values are lists; `?`: what refers to nothing is 0.
 */
const KEYS = `
pg_proc: pronamespace>namespace proowner>authid prolang>language provariadic?>type
  prosupport?>proc prorettype>type proargtypes[]>type proallargtypes[]>type protrftypes[]>type
pg_type: typnamespace>namespace typowner>authid typrelid?>class typsubscript?>proc typelem?>type
  typarray?>type typinput>proc typoutput>proc typreceive?>proc typsend?>proc typmodin?>proc
  typmodout?>proc typanalyze?>proc typbasetype?>type typcollation?>collation
pg_attribute: attrelid>class atttypid?>type attcollation?>collation
pg_class: relnamespace>namespace reltype?>type reloftype?>type relowner>authid relam?>am
  reltablespace?>tablespace reltoastrelid?>class relrewrite?>class
pg_attrdef: adrelid>class adrelid,adnum>attribute
pg_constraint: connamespace>namespace conrelid?>class contypid?>type conindid?>class
  conparentid?>constraint confrelid?>class conpfeqop[]>operator conppeqop[]>operator
  conffeqop[]>operator conexclop[]>operator conrelid,conkey[]?>attribute
  confrelid,confkey[]>attribute
pg_inherits: inhrelid>class inhparent>class
pg_index: indexrelid>class indrelid>class indcollation[]?>collation indclass[]>opclass
  indrelid,indkey[]?>attribute
pg_operator: oprnamespace>namespace oprowner>authid oprleft?>type oprright>type oprresult?>type
  oprcom?>operator oprnegate?>operator oprcode?>proc oprrest?>proc oprjoin?>proc
pg_opfamily: opfmethod>am opfnamespace>namespace opfowner>authid
pg_opclass: opcmethod>am opcnamespace>namespace opcowner>authid opcfamily>opfamily opcintype>type
  opckeytype?>type
pg_am: amhandler>proc
pg_amop: amopfamily>opfamily amoplefttype>type amoprighttype>type amopopr>operator amopmethod>am
  amopsortfamily?>opfamily
pg_amproc: amprocfamily>opfamily amproclefttype>type amprocrighttype>type amproc>proc
pg_language: lanowner>authid lanplcallfoid?>proc laninline?>proc lanvalidator?>proc
pg_largeobject_metadata: lomowner>authid
pg_largeobject: loid>largeobject_metadata
pg_aggregate: aggfnoid>proc aggtransfn>proc aggfinalfn?>proc aggcombinefn?>proc aggserialfn?>proc
  aggdeserialfn?>proc aggmtransfn?>proc aggminvtransfn?>proc aggmfinalfn?>proc aggsortop?>operator
  aggtranstype>type aggmtranstype?>type
pg_statistic: starelid>class staop1?>operator staop2?>operator staop3?>operator staop4?>operator
  staop5?>operator stacoll1?>collation stacoll2?>collation stacoll3?>collation stacoll4?>collation
  stacoll5?>collation starelid,staattnum>attribute
pg_statistic_ext: stxrelid>class stxnamespace>namespace stxowner>authid
  stxrelid,stxkeys[]>attribute
pg_statistic_ext_data: stxoid>statistic_ext
pg_rewrite: ev_class>class
pg_trigger: tgrelid>class tgparentid?>trigger tgfoid>proc tgconstrrelid?>class
  tgconstrindid?>class tgconstraint?>constraint tgrelid,tgattr[]>attribute
pg_event_trigger: evtowner>authid evtfoid>proc
pg_description: classoid>class
pg_cast: castsource>type casttarget>type castfunc?>proc
pg_enum: enumtypid>type
pg_namespace: nspowner>authid
pg_conversion: connamespace>namespace conowner>authid conproc>proc
pg_depend: classid>class refclassid>class
pg_database: datdba>authid dattablespace>tablespace
pg_db_role_setting: setdatabase?>database setrole?>authid
pg_tablespace: spcowner>authid
pg_auth_members: roleid>authid member>authid grantor>authid
pg_shdepend: dbid?>database classid>class refclassid>class
pg_shdescription: classoid>class
pg_ts_config: cfgnamespace>namespace cfgowner>authid cfgparser>ts_parser
pg_ts_config_map: mapcfg>ts_config mapdict>ts_dict
pg_ts_dict: dictnamespace>namespace dictowner>authid dicttemplate>ts_template
pg_ts_parser: prsnamespace>namespace prsstart>proc prstoken>proc prsend>proc prsheadline?>proc
  prslextype>proc
pg_ts_template: tmplnamespace>namespace tmplinit?>proc tmpllexize>proc
pg_extension: extowner>authid extnamespace>namespace extconfig[]>class
pg_foreign_data_wrapper: fdwowner>authid fdwhandler?>proc fdwvalidator?>proc
pg_foreign_server: srvowner>authid srvfdw>foreign_data_wrapper
pg_user_mapping: umuser?>authid umserver>foreign_server
pg_foreign_table: ftrelid>class ftserver>foreign_server
pg_policy: polrelid>class polroles[]?>authid
pg_default_acl: defaclrole>authid defaclnamespace?>namespace
pg_init_privs: classoid>class
pg_seclabel: classoid>class
pg_shseclabel: classoid>class
pg_collation: collnamespace>namespace collowner>authid
pg_partitioned_table: partrelid>class partdefid?>class partclass[]>opclass
  partcollation[]?>collation partrelid,partattrs[]?>attribute
pg_range: rngtypid>type rngsubtype>type rngmultitypid>type rngcollation?>collation
  rngsubopc>opclass rngcanonical?>proc rngsubdiff?>proc
pg_transform: trftype>type trflang>language trffromsql?>proc trftosql?>proc
pg_sequence: seqrelid>class seqtypid>type
pg_publication: pubowner>authid
pg_publication_namespace: pnpubid>publication pnnspid>namespace
pg_publication_rel: prpubid>publication prrelid>class
pg_subscription: subdbid>database subowner>authid
pg_subscription_rel: srsubid>subscription srrelid>class
`;

const oidOf = (catalog: string): bigint => BigInt(relationByName(catalog)?.oid ?? (0 as Oid));

function* keys() {
  let from = "";
  for (const word of KEYS.split(/\s+/)) {
    const [, columns = "", isList, isOptional, to = ""] =
      /^([\w,]+)(\[\])?(\?)?>(\w+)$/.exec(word) ?? [];
    if (to === "") {
      from = word.replace(":", "");
      continue;
    }
    const referring = columns.split(",");
    const keyed = referring.length > 1 ? ["attrelid", "attnum"] : ["oid"];
    yield [
      oidOf(from),
      encodeList(referring),
      oidOf(`pg_${to}`),
      encodeList(keyed),
      truth(isList !== undefined),
      truth(isOptional !== undefined),
    ];
  }
}

export const catalogKeyFunctions: readonly SetFunctionDefinition[] = [
  defineSet("pg_get_catalog_foreign_keys()", keys),
];
