/**
 * Dependencies: both ends of every row exist, and every object has the rows that PostgreSQL records
 * for it.
 * https://www.postgresql.org/docs/15/catalog-pg-depend.html
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import type { Row } from "../../base/value.ts";
import {
  ATTRDEF_CLASS,
  CAST_CLASS,
  COLLATION_CLASS,
  CONNECTION_CLASS,
  CONSTRAINT_CLASS,
  DEFAULT_COLLATION,
  isPinned,
  NAMESPACE_CLASS,
  OPCLASS_CLASS,
  OPERATOR_CLASS,
  POLICY_CLASS,
  PROC_CLASS,
  PUBLICATION_CLASS,
  PUBLICATION_NAMESPACE_CLASS,
  PUBLICATION_REL_CLASS,
  RELATION_CLASS,
  REWRITE_CLASS,
  SERVER_CLASS,
  STATISTICS_CLASS,
  TRIGGER_CLASS,
  TS_CONFIG_CLASS,
  TS_DICT_CLASS,
  TS_TEMPLATE_CLASS,
  TYPE_CLASS,
  USER_MAPPING_CLASS,
  WRAPPER_CLASS,
} from "../class-oids.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { Relation, Tuple } from "../relation.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgCast } from "../relations/pg-cast.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgCollation } from "../relations/pg-collation.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgForeignServer } from "../relations/pg-foreign-server.ts";
import { pgForeignTable } from "../relations/pg-foreign-table.ts";
import { pgIndex } from "../relations/pg-index.ts";
import { pgPolicy } from "../relations/pg-policy.ts";
import { pgPublicationNamespace } from "../relations/pg-publication-namespace.ts";
import { pgPublicationRel } from "../relations/pg-publication-rel.ts";
import { pgRange } from "../relations/pg-range.ts";
import { pgRewrite } from "../relations/pg-rewrite.ts";
import { pgStatisticExt } from "../relations/pg-statistic-ext.ts";
import { pgTrigger } from "../relations/pg-trigger.ts";
import { pgTsConfig } from "../relations/pg-ts-config.ts";
import { pgTsConfigMap } from "../relations/pg-ts-config-map.ts";
import { pgTsDict } from "../relations/pg-ts-dict.ts";
import { pgType } from "../relations/pg-type.ts";
import { pgUserMapping } from "../relations/pg-user-mapping.ts";
import { rwConnection } from "../relations/rw-connection.ts";
import { objectExists, objectText } from "./objects.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

export function* checkDependencyEnds(view: DatabaseView): Faults {
  for (const row of view.examined(pgDepend)) {
    const ends = [
      [row.classid, row.objid, row.objsubid],
      [row.refclassid, row.refobjid, row.refobjsubid],
    ] as const;
    for (const [classOid, oid, subId] of ends) {
      if (objectExists(view, classOid, oid, subId)) continue;
      yield `${rowText(pgDepend, row)}: there is no ${objectText(classOid, oid, subId)}`;
    }
    if (!"naiPSex".includes(row.deptype)) yield `${rowText(pgDepend, row)}: unknown deptype`;
  }
}

/** A row that must be in pg_depend. */
interface Due {
  readonly dependent: ObjectAddress;
  readonly referenced: ObjectAddress;
  readonly deptype: string;
}
type Duties = Iterable<Due>;

const due = (dependent: ObjectAddress, referenced: ObjectAddress, deptype: string): Due => ({
  dependent,
  referenced,
  deptype,
});

/**
 * Objects of users have all the dependencies that their rows call for, but for those on pinned
 * objects.
 */
export function* checkDependenciesOfObjects(view: DatabaseView): Faults {
  for (const { dependent, referenced, deptype } of duties(view)) {
    if (isPinned(referenced.classOid, referenced.oid)) continue;
    const found = view.list(
      pgDepend,
      ["classid", "objid", "objsubid", "refclassid", "refobjid", "refobjsubid", "deptype"],
      [...values(dependent), ...values(referenced), deptype],
    );
    if (found.length > 0) continue;
    const [self, other] = [dependent, referenced].map((at) =>
      objectText(at.classOid, at.oid, at.subId),
    );
    yield `${self}: it has no dependency ${deptype} on ${other}`;
  }
}

const values = ({ classOid, oid, subId }: ObjectAddress): [Oid, Oid, number] => [
  classOid,
  oid,
  subId,
];

function* duties(view: DatabaseView): Duties {
  for (const relation of users(view, pgClass)) yield* ofRelation(view, relation);
  for (const type of users(view, pgType)) yield* ofType(view, type);
  for (const constraint of users(view, pgConstraint)) yield* ofConstraint(view, constraint);
  for (const { oid, ev_class, ev_type } of users(view, pgRewrite)) {
    const deptype = ev_type === "1" ? "i" : "a";
    yield due(addressOf(REWRITE_CLASS, oid), addressOf(RELATION_CLASS, ev_class), deptype);
  }
  for (const { oid, tgconstraint, tgisinternal, tgfoid } of users(view, pgTrigger)) {
    if (!tgisinternal) yield due(addressOf(TRIGGER_CLASS, oid), addressOf(PROC_CLASS, tgfoid), "n");
    if (!tgisinternal || tgconstraint === 0) continue;
    yield due(addressOf(TRIGGER_CLASS, oid), addressOf(CONSTRAINT_CLASS, tgconstraint), "i");
  }
  yield* ofOthers(view);
  for (const { oid, adrelid, adnum } of users(view, pgAttrdef)) {
    const column = view.find(pgAttribute, adrelid, adnum);
    const deptype = column?.attgenerated ? "i" : "a";
    yield due(addressOf(ATTRDEF_CLASS, oid), addressOf(RELATION_CLASS, adrelid, adnum), deptype);
  }
  for (const column of view.own(pgAttribute)) {
    if (column.attrelid >= FIRST_USER_OID && !column.attisdropped) yield* ofColumn(view, column);
  }
}

/** What is nothing but a row. */
function* ofOthers(view: DatabaseView): Duties {
  for (const { oid, collnamespace } of users(view, pgCollation)) {
    yield due(addressOf(COLLATION_CLASS, oid), addressOf(NAMESPACE_CLASS, collnamespace), "n");
  }
  for (const { oid, polrelid } of users(view, pgPolicy)) {
    yield due(addressOf(POLICY_CLASS, oid), addressOf(RELATION_CLASS, polrelid), "a");
  }
  for (const { oid, castsource, casttarget, castfunc } of users(view, pgCast)) {
    const self = addressOf(CAST_CLASS, oid);
    // The cast of a range to its multirange goes with them.
    const isPart = view.find(pgRange, castsource)?.rngmultitypid === casttarget;
    const kind = isPart ? "i" : "n";
    for (const type of [castsource, casttarget]) yield due(self, addressOf(TYPE_CLASS, type), kind);
    if (castfunc !== 0) yield due(self, addressOf(PROC_CLASS, castfunc), kind);
  }
  for (const range of view.own(pgRange)) {
    const self = addressOf(TYPE_CLASS, range.rngtypid);
    yield due(self, addressOf(TYPE_CLASS, range.rngsubtype), "n");
    yield due(self, addressOf(OPCLASS_CLASS, range.rngsubopc), "n");
    yield due(addressOf(TYPE_CLASS, range.rngmultitypid), self, "i");
  }
  for (const { oid, stxnamespace, stxrelid, stxkeys } of users(view, pgStatisticExt)) {
    const self = addressOf(STATISTICS_CLASS, oid);
    yield due(self, addressOf(NAMESPACE_CLASS, stxnamespace), "n");
    for (const key of stxkeys) yield due(self, addressOf(RELATION_CLASS, stxrelid, key), "a");
  }
  for (const { oid, dictnamespace, dicttemplate } of users(view, pgTsDict)) {
    const self = addressOf(TS_DICT_CLASS, oid);
    yield due(self, addressOf(NAMESPACE_CLASS, dictnamespace), "n");
    yield due(self, addressOf(TS_TEMPLATE_CLASS, dicttemplate), "n");
  }
  for (const { oid, connnamespace } of users(view, rwConnection)) {
    yield due(addressOf(CONNECTION_CLASS, oid), addressOf(NAMESPACE_CLASS, connnamespace), "n");
  }
  for (const { oid, cfgnamespace } of users(view, pgTsConfig)) {
    yield due(addressOf(TS_CONFIG_CLASS, oid), addressOf(NAMESPACE_CLASS, cfgnamespace), "n");
  }
  for (const { mapcfg, mapdict } of view.own(pgTsConfigMap)) {
    if (mapcfg < FIRST_USER_OID) continue;
    yield due(addressOf(TS_CONFIG_CLASS, mapcfg), addressOf(TS_DICT_CLASS, mapdict), "n");
  }
  for (const { oid, srvfdw } of users(view, pgForeignServer)) {
    yield due(addressOf(SERVER_CLASS, oid), addressOf(WRAPPER_CLASS, srvfdw), "n");
  }
  for (const { ftrelid, ftserver } of view.own(pgForeignTable)) {
    yield due(addressOf(RELATION_CLASS, ftrelid), addressOf(SERVER_CLASS, ftserver), "n");
  }
  for (const { oid, umserver } of users(view, pgUserMapping)) {
    yield due(addressOf(USER_MAPPING_CLASS, oid), addressOf(SERVER_CLASS, umserver), "n");
  }
  for (const { oid, prpubid, prrelid } of users(view, pgPublicationRel)) {
    const self = addressOf(PUBLICATION_REL_CLASS, oid);
    yield due(self, addressOf(PUBLICATION_CLASS, prpubid), "a");
    yield due(self, addressOf(RELATION_CLASS, prrelid), "a");
  }
  for (const { oid, pnpubid, pnnspid } of users(view, pgPublicationNamespace)) {
    const self = addressOf(PUBLICATION_NAMESPACE_CLASS, oid);
    yield due(self, addressOf(PUBLICATION_CLASS, pnpubid), "a");
    yield due(self, addressOf(NAMESPACE_CLASS, pnnspid), "a");
  }
}

type WithOid = { readonly values: Row };
const users = <T extends WithOid>(view: DatabaseView, relation: ViewOf<T>): readonly T[] =>
  (view.own(relation as never) as readonly (T & { readonly oid: Oid })[]).filter(
    (row) => row.oid >= FIRST_USER_OID,
  );
type ViewOf<T> = Pick<Relation, "name" | "layout"> & { view(values: Row): T };

function* ofRelation(view: DatabaseView, relation: Tuple<(typeof pgClass)["columns"]>): Duties {
  const self = addressOf(RELATION_CLASS, relation.oid);
  if ("rSvmfpxs".includes(relation.relkind)) {
    yield due(self, addressOf(NAMESPACE_CLASS, relation.relnamespace), "n");
  }
  if (relation.reloftype !== 0) {
    yield due(self, addressOf(TYPE_CLASS, relation.reloftype), "n");
  }
  if (relation.relkind === "t") {
    const [table] = view.list(pgClass, ["reltoastrelid"], [relation.oid]);
    if (table) yield due(self, addressOf(RELATION_CLASS, table.oid), "i");
  }
  if (relation.relkind === "i") yield* ofIndex(view, self);
}

function* ofIndex(view: DatabaseView, self: ObjectAddress): Duties {
  const index = view.find(pgIndex, self.oid);
  if (!index) return;
  for (const collation of index.indcollation) {
    if (collation === 0 || collation === DEFAULT_COLLATION) continue;
    yield due(self, addressOf(COLLATION_CLASS, collation), "n");
  }
  for (const opclass of index.indclass) yield due(self, addressOf(OPCLASS_CLASS, opclass), "n");
  const keys = view.list(pgConstraint, ["conindid"], [self.oid]);
  const constraint = keys.find(({ contype }) => "pux".includes(contype));
  if (constraint) {
    yield due(self, addressOf(CONSTRAINT_CLASS, constraint.oid), "i");
    return;
  }
  const columns = index.indkey.filter((attnum) => attnum > 0);
  for (const attnum of columns.length > 0 ? columns : [0]) {
    yield due(self, addressOf(RELATION_CLASS, index.indrelid, attnum), "a");
  }
}

/**
 * A row type is part of its relation (but a composite type's relation part of it), an array of its
 * element.
 */
function* ofType(view: DatabaseView, type: Tuple<(typeof pgType)["columns"]>): Duties {
  const self = addressOf(TYPE_CLASS, type.oid);
  const element = view.find(pgType, type.typelem);
  if (element?.typarray === type.oid)
    return yield due(self, addressOf(TYPE_CLASS, element.oid), "i");
  const relation = view.find(pgClass, type.typrelid);
  if (!relation) return yield due(self, addressOf(NAMESPACE_CLASS, type.typnamespace), "n");
  const row = addressOf(RELATION_CLASS, relation.oid);
  if (relation.relkind !== "c") return yield due(self, row, "i");
  yield due(row, self, "i");
  return yield due(self, addressOf(NAMESPACE_CLASS, type.typnamespace), "n");
}

function* ofConstraint(
  view: DatabaseView,
  constraint: Tuple<(typeof pgConstraint)["columns"]>,
): Duties {
  const self = addressOf(CONSTRAINT_CLASS, constraint.oid);
  if (constraint.contypid !== 0) yield due(self, addressOf(TYPE_CLASS, constraint.contypid), "a");
  const columns = constraint.conkey ?? [];
  for (const attnum of columns) {
    yield due(self, addressOf(RELATION_CLASS, constraint.conrelid, attnum), "a");
  }
  if ("pu".includes(constraint.contype)) {
    for (const attnum of view.find(pgIndex, constraint.conindid)?.indkey ?? []) {
      if (attnum > 0) yield due(self, addressOf(RELATION_CLASS, constraint.conrelid, attnum), "a");
    }
  }
  if (constraint.contype === "f") yield* ofForeignKey(self, constraint);
  yield* ofPart(view, self, constraint);
  if (columns.length > 0 || constraint.conrelid === 0) return;
  yield due(self, addressOf(RELATION_CLASS, constraint.conrelid), "a");
}

/** A part goes with the whole; one that is about the constraint's own table, with that too. */
function* ofPart(
  view: DatabaseView,
  self: ObjectAddress,
  { conparentid, conrelid }: Tuple<(typeof pgConstraint)["columns"]>,
): Duties {
  const whole = view.find(pgConstraint, conparentid);
  if (!whole) return;
  const address = addressOf(CONSTRAINT_CLASS, whole.oid);
  // Of a foreign key: about a partition of the referenced table.
  if (whole.conrelid === conrelid) return yield due(self, address, "i");
  yield due(self, address, "P");
  yield due(self, addressOf(RELATION_CLASS, conrelid), "S");
}

/** A foreign key needs the other table's columns, their index, and its operators. */
function* ofForeignKey(
  self: ObjectAddress,
  constraint: Tuple<(typeof pgConstraint)["columns"]>,
): Duties {
  const { confrelid, confkey, conindid, conpfeqop, conppeqop, conffeqop } = constraint;
  for (const attnum of confkey ?? []) {
    yield due(self, addressOf(RELATION_CLASS, confrelid, attnum), "n");
  }
  yield due(self, addressOf(RELATION_CLASS, conindid), "n");
  for (const operator of [conpfeqop, conppeqop, conffeqop].flatMap((each) => each ?? [])) {
    yield due(self, addressOf(OPERATOR_CLASS, operator), "n");
  }
}

function* ofColumn(view: DatabaseView, column: Tuple<(typeof pgAttribute)["columns"]>): Duties {
  // An index's columns are its table's; what those depend on is recorded there.
  const relkind = view.find(pgClass, column.attrelid)?.relkind;
  if (relkind === "i" || relkind === "I") return;
  const self = addressOf(RELATION_CLASS, column.attrelid, column.attnum);
  yield due(self, addressOf(TYPE_CLASS, column.atttypid), "n");
  if (column.attcollation === 0) return;
  yield due(self, addressOf(COLLATION_CLASS, column.attcollation), "n");
}

/** What an object says of its schema twice is the same twice. */
export function* checkNamespaceDependencies(view: DatabaseView): Faults {
  for (const row of view.own(pgDepend)) {
    if (row.refclassid !== NAMESPACE_CLASS || row.classid !== RELATION_CLASS) continue;
    const relation = view.find(pgClass, row.objid);
    if (!relation || relation.relnamespace === row.refobjid) continue;
    yield `${rowText(pgDepend, row)}: relation ${relation.oid} is in schema ${relation.relnamespace}`;
  }
}
