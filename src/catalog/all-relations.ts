/** Every stored relation of PostgreSQL's catalog, by oid and by name. */
import type { Oid } from "../base/ids.ts";
import type { TableLayout } from "../pages/layout.ts";
import type { Relation } from "./relation.ts";
import { pgAggregate } from "./relations/pg-aggregate.ts";
import { pgAm } from "./relations/pg-am.ts";
import { pgAmop } from "./relations/pg-amop.ts";
import { pgAmproc } from "./relations/pg-amproc.ts";
import { pgAttrdef } from "./relations/pg-attrdef.ts";
import { pgAttribute } from "./relations/pg-attribute.ts";
import { pgAuthMembers } from "./relations/pg-auth-members.ts";
import { pgAuthid } from "./relations/pg-authid.ts";
import { pgCast } from "./relations/pg-cast.ts";
import { pgClass } from "./relations/pg-class.ts";
import { pgCollation } from "./relations/pg-collation.ts";
import { pgConstraint } from "./relations/pg-constraint.ts";
import { pgConversion } from "./relations/pg-conversion.ts";
import { pgDatabase } from "./relations/pg-database.ts";
import { pgDbRoleSetting } from "./relations/pg-db-role-setting.ts";
import { pgDefaultAcl } from "./relations/pg-default-acl.ts";
import { pgDepend } from "./relations/pg-depend.ts";
import { pgDescription } from "./relations/pg-description.ts";
import { pgEnum } from "./relations/pg-enum.ts";
import { pgEventTrigger } from "./relations/pg-event-trigger.ts";
import { pgExtension } from "./relations/pg-extension.ts";
import { pgForeignDataWrapper } from "./relations/pg-foreign-data-wrapper.ts";
import { pgForeignServer } from "./relations/pg-foreign-server.ts";
import { pgForeignTable } from "./relations/pg-foreign-table.ts";
import { pgIndex } from "./relations/pg-index.ts";
import { pgInherits } from "./relations/pg-inherits.ts";
import { pgInitPrivs } from "./relations/pg-init-privs.ts";
import { pgLanguage } from "./relations/pg-language.ts";
import { pgLargeobject } from "./relations/pg-largeobject.ts";
import { pgLargeobjectMetadata } from "./relations/pg-largeobject-metadata.ts";
import { pgNamespace } from "./relations/pg-namespace.ts";
import { pgOpclass } from "./relations/pg-opclass.ts";
import { pgOperator } from "./relations/pg-operator.ts";
import { pgOpfamily } from "./relations/pg-opfamily.ts";
import { pgParameterAcl } from "./relations/pg-parameter-acl.ts";
import { pgPartitionedTable } from "./relations/pg-partitioned-table.ts";
import { pgPolicy } from "./relations/pg-policy.ts";
import { pgProc } from "./relations/pg-proc.ts";
import { pgPublication } from "./relations/pg-publication.ts";
import { pgPublicationNamespace } from "./relations/pg-publication-namespace.ts";
import { pgPublicationRel } from "./relations/pg-publication-rel.ts";
import { pgRange } from "./relations/pg-range.ts";
import { pgReplicationOrigin } from "./relations/pg-replication-origin.ts";
import { pgRewrite } from "./relations/pg-rewrite.ts";
import { pgSeclabel } from "./relations/pg-seclabel.ts";
import { pgSequence } from "./relations/pg-sequence.ts";
import { pgShdepend } from "./relations/pg-shdepend.ts";
import { pgShdescription } from "./relations/pg-shdescription.ts";
import { pgShseclabel } from "./relations/pg-shseclabel.ts";
import { pgStatistic } from "./relations/pg-statistic.ts";
import { pgStatisticExt } from "./relations/pg-statistic-ext.ts";
import { pgStatisticExtData } from "./relations/pg-statistic-ext-data.ts";
import { pgSubscription } from "./relations/pg-subscription.ts";
import { pgSubscriptionRel } from "./relations/pg-subscription-rel.ts";
import { pgTablespace } from "./relations/pg-tablespace.ts";
import { pgTransform } from "./relations/pg-transform.ts";
import { pgTrigger } from "./relations/pg-trigger.ts";
import { pgTsConfig } from "./relations/pg-ts-config.ts";
import { pgTsConfigMap } from "./relations/pg-ts-config-map.ts";
import { pgTsDict } from "./relations/pg-ts-dict.ts";
import { pgTsParser } from "./relations/pg-ts-parser.ts";
import { pgTsTemplate } from "./relations/pg-ts-template.ts";
import { pgType } from "./relations/pg-type.ts";
import { pgUserMapping } from "./relations/pg-user-mapping.ts";
import { rwBackup } from "./relations/rw-backup.ts";
import { rwConnection } from "./relations/rw-connection.ts";
import { rwConnector } from "./relations/rw-connector.ts";
import { rwDdlLog } from "./relations/rw-ddl-log.ts";
import { rwEvent } from "./relations/rw-event.ts";
import { rwJob } from "./relations/rw-job.ts";
import { rwMaterialized } from "./relations/rw-materialized.ts";
import { rwSystemParameter } from "./relations/rw-system-parameter.ts";
import { rwTablespace } from "./relations/rw-tablespace.ts";
import { sqlFeatures } from "./relations/sql-features.ts";
import { sqlImplementationInfo } from "./relations/sql-implementation-info.ts";
import { sqlParts } from "./relations/sql-parts.ts";
import { sqlSizing } from "./relations/sql-sizing.ts";

export const allRelations: readonly Relation[] = [
  pgAggregate,
  pgAm,
  pgAmop,
  pgAmproc,
  pgAttrdef,
  pgAttribute,
  pgAuthMembers,
  pgAuthid,
  pgCast,
  pgClass,
  pgCollation,
  pgConstraint,
  pgConversion,
  pgDatabase,
  pgDbRoleSetting,
  pgDefaultAcl,
  pgDepend,
  pgDescription,
  pgEnum,
  pgEventTrigger,
  pgExtension,
  pgForeignDataWrapper,
  pgForeignServer,
  pgForeignTable,
  pgIndex,
  pgInherits,
  pgInitPrivs,
  pgLanguage,
  pgLargeobject,
  pgLargeobjectMetadata,
  pgNamespace,
  pgOpclass,
  pgOperator,
  pgOpfamily,
  pgParameterAcl,
  pgPartitionedTable,
  pgPolicy,
  pgProc,
  pgPublication,
  pgPublicationNamespace,
  pgPublicationRel,
  pgRange,
  pgReplicationOrigin,
  pgRewrite,
  pgSeclabel,
  pgSequence,
  pgShdepend,
  pgShdescription,
  pgShseclabel,
  pgStatistic,
  pgStatisticExt,
  pgStatisticExtData,
  pgSubscription,
  pgSubscriptionRel,
  pgTablespace,
  pgTransform,
  pgTrigger,
  pgTsConfig,
  pgTsConfigMap,
  pgTsDict,
  pgTsParser,
  pgTsTemplate,
  pgType,
  pgUserMapping,
  sqlFeatures,
  sqlImplementationInfo,
  sqlParts,
  sqlSizing,
];

/** Of rw_catalog, without rows in the other catalogs. */
const ownRelations: readonly Relation[] = [
  rwBackup,
  rwConnection,
  rwConnector,
  rwEvent,
  rwJob,
  rwMaterialized,
  rwSystemParameter,
  rwTablespace,
];

/** Whose rows are in the log. */
export const loggedRelations: readonly Relation[] = [...allRelations, ...ownRelations];

/** What the views of rw_catalog are made of; rw_ddl_log is derived from the log. */
export const beneathViews: readonly Relation[] = [
  rwBackup,
  rwConnection,
  rwConnector,
  rwDdlLog,
  rwEvent,
  rwJob,
  rwMaterialized,
];

const stored: readonly Relation[] = [...loggedRelations, rwDdlLog];

/** Tables of the pages. */
export const storedLayouts: readonly TableLayout[] = stored.map(({ layout }) => layout);

const byOid = new Map(stored.map((relation) => [relation.oid, relation]));
const byName = new Map(allRelations.map((relation) => [relation.name, relation]));

/** The stored relation with this oid; undefined for user relations and views. */
export const relationByOid = (oid: Oid): Relation | undefined => byOid.get(oid);

/** The stored relation with this name, of pg_catalog or information_schema. */
export const relationByName = (name: string): Relation | undefined => byName.get(name);
