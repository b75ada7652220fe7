/**
 * ALTER COLUMN TYPE. https://www.postgresql.org/docs/15/sql-altertable.html
 *
 *   prepare   before any action of the statement runs: the new type, and how the old values become
 *             it
 *   run       the column's row, its default and its dependencies; indexes and keys over it are
 *             noted, views and generated columns over it refuse
 *   (Rebuilds) when all types of the statement have changed: what was noted is made anew
 *   finish    the table is written anew, if some value is not what it was
 */
import type { Oid } from "../../base/ids.ts";
import { notSupported, SqlError, withoutPosition } from "../../base/sql-error.ts";
import type { AlterColumnType } from "../alter-action.ts";
import {
  ATTRDEF_CLASS,
  COLLATION_CLASS,
  CONSTRAINT_CLASS,
  DEFAULT_COLLATION,
  POLICY_CLASS,
  PROC_CLASS,
  PUBLICATION_REL_CLASS,
  RELATION_CLASS,
  REWRITE_CLASS,
  STATISTICS_CLASS,
  TRIGGER_CLASS,
  TYPE_CLASS,
} from "../class-oids.ts";
import { addDependency, dependentsOf, referencesOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import type { ClassTuple } from "../names.ts";
import { quoteIdentifier } from "../quote.ts";
import { pgAttrdef } from "../relations/pg-attrdef.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgStatisticExt } from "../relations/pg-statistic-ext.ts";
import { type ResolvedType, resolveTypeName } from "../type-name.ts";
import { getColumn } from "./alter-column.ts";
import { collationOf } from "./columns.ts";
import type { DdlContext, StoredExpression } from "./context.ts";
import { type AttributeTuple, insertDefault, removeDefault } from "./defaults.ts";
import { describerOf, searchPathOf, wrongKind } from "./lookup.ts";
import { checkMember } from "./member-types.ts";
import { checkNoPseudoType } from "./pseudo-types.ts";
import type { Rebuilds } from "./rebuild.ts";
import { rewriteRows } from "./rewrite.ts";
import { queueWork } from "./row-work.ts";
import { changeIdentityType } from "./sequences.ts";
import { removeStatistics } from "./statistic-rows.ts";
import { checkRowTypeUnused } from "./stored-values.ts";
import { checkMayUseType } from "./type-owner.ts";

interface Plan {
  readonly type: ResolvedType;
  readonly collation: Oid;
  /** The column before the statement. */
  readonly column: AttributeTuple;
  readonly rewrites: boolean;
  /** The conversion of a row's old values. */
  readonly tree: string;
}

export class TypeChanges {
  readonly #context: DdlContext;
  readonly #table: ClassTuple;
  readonly #plans = new Map<AlterColumnType, Plan>();
  readonly #rebuilds: Rebuilds;

  constructor(context: DdlContext, table: ClassTuple, rebuilds: Rebuilds) {
    this.#context = context;
    this.#table = table;
    this.#rebuilds = rebuilds;
  }

  prepare(action: AlterColumnType): void {
    const context = this.#context;
    const table = this.#table;
    const using = action.using && context.relations.using(action.using, table.oid);
    const column = getColumn(context, table, action.column);
    if (column.attidentity !== "") changeIdentityType(context, table, column, action.type);
    if (column.attgenerated !== "" && using) {
      throw new SqlError("42611", "cannot specify USING when altering type of generated column", {
        detail: `Column "${column.attname}" is a generated column.`,
      });
    }
    const type = withoutPosition(() =>
      resolveTypeName(context.catalog, action.type, searchPathOf(context), context.user.oid),
    );
    checkMayUseType(context, type.row);
    const collation = withoutPosition(() => collationOf(context, action, type.row));
    checkType(context, table, column, type);
    if (using && table.relkind === "f") throw wrongKind(table, "table");
    if (table.relkind === "c" || table.relkind === "f") {
      // There are no values of it here: nothing is to be converted.
      checkRowTypeUnused(context, table);
      this.#plans.set(action, { type, collation, column, rewrites: false, tree: "" });
      return;
    }
    const values = using ?? context.relations.column(table.oid, column.attnum);
    const target = { type: type.row.oid, typmod: type.typmod };
    const conversion = context.relations.convert(values, column.attnum, target);
    if (!conversion) throw this.#noConversion(column, type, using !== undefined);
    context.relations.checkConstants(conversion.tree);
    this.#plans.set(action, { type, collation, column, ...conversion });
  }

  #noConversion(column: AttributeTuple, type: ResolvedType, using: boolean): SqlError {
    const shown = this.#shown(type);
    const name = column.attname;
    if (using) {
      const message = `result of USING clause for column "${name}" cannot be cast automatically to type ${this.#plain(type)}`;
      return new SqlError("42804", message, {
        hint: "You might need to add an explicit cast.",
      });
    }
    const message = `column "${name}" cannot be cast automatically to type ${this.#plain(type)}`;
    const hint = `You might need to specify "USING ${quoteIdentifier(name)}::${shown}".`;
    return new SqlError("42804", message, column.attgenerated === "" ? { hint } : {});
  }

  readonly #plain = ({ row }: ResolvedType): string => this.#context.expressions.typeText(row.oid);
  readonly #shown = ({ row, typmod }: ResolvedType): string =>
    this.#context.relations.typeText({ type: row.oid, typmod });

  run(action: AlterColumnType): void {
    const context = this.#context;
    const plan = this.#plans.get(action) as Plan;
    const column = getColumn(context, this.#table, action.column);
    const { column: before } = plan;
    if (column.atttypid !== before.atttypid || column.atttypmod !== before.atttypmod) {
      const message = `cannot alter type of column "${column.attname}" twice`;
      throw new SqlError("0A000", message);
    }
    const expression = this.#newDefault(column, plan.type);
    this.#noteDependents(column);
    this.#changeRow(column, plan, action);
    if (expression) {
      removeDefault(context, this.#table.oid, column.attnum);
      insertDefault(context, this.#table.oid, column.attnum, expression);
    }
  }

  #newDefault(column: AttributeTuple, type: ResolvedType): StoredExpression | undefined {
    const { catalog, relations } = this.#context;
    const key = [column.attrelid, column.attnum];
    const row = column.atthasdef ? catalog.find(pgAttrdef, "adrelid_adnum", key) : undefined;
    if (!row?.adbin) return undefined;
    const target = { type: type.row.oid, typmod: type.typmod };
    const made = relations.convertDefault(row.adbin, column.attrelid, target);
    if (made) return made;
    const what = column.attgenerated === "" ? "default" : "generation expression";
    const message = `${what} for column "${column.attname}" cannot be cast automatically to type ${this.#plain(type)}`;
    throw new SqlError("42804", message);
  }

  #noteDependents(column: AttributeTuple): void {
    const { catalog } = this.#context;
    const self = addressOf(RELATION_CLASS, this.#table.oid, column.attnum);
    const rows = [...dependentsOf(catalog, self)].sort((a, b) => a.objid - b.objid);
    for (const { classid, objid, objsubid } of rows) {
      const dependent = addressOf(classid, objid, objsubid);
      if (classid === RELATION_CLASS) this.#rebuilds.noteRelation(objid);
      else if (classid === CONSTRAINT_CLASS) this.#rebuilds.noteConstraint(objid);
      else if (classid === STATISTICS_CLASS) this.#checkStatistics(objid);
      else if (classid === ATTRDEF_CLASS) this.#refuseGenerated(column, objid);
      else refuseDependent(this.#context, column, dependent);
    }
  }

  /** Statistics on the column are on whatever it holds; an expression is of the old type. */
  #checkStatistics(oid: Oid): void {
    const { catalog } = this.#context;
    if (catalog.find(pgStatisticExt, "key", [oid])?.stxexprs == null) return;
    throw notSupported("altering the type of a column in statistics on expressions");
  }

  /** Its own default follows it; a generated column does not. */
  #refuseGenerated(column: AttributeTuple, expression: Oid): void {
    const { catalog } = this.#context;
    const row = catalog.find(pgAttrdef, "key", [expression]);
    if (!row || row.adnum === column.attnum) return;
    const generated = catalog.find(pgAttribute, "key", [row.adrelid, row.adnum]);
    throw new SqlError("0A000", "cannot alter type of a column used by a generated column", {
      detail: `Column "${column.attname}" is used by generated column "${generated?.attname}".`,
    });
  }

  #changeRow(column: AttributeTuple, { type, collation }: Plan, action: AlterColumnType): void {
    const { catalog } = this.#context;
    const self = addressOf(RELATION_CLASS, this.#table.oid, column.attnum);
    for (const row of referencesOf(catalog, self)) {
      if (row.refclassid === TYPE_CLASS || row.refclassid === COLLATION_CLASS) {
        catalog.delete(pgDepend, row);
      }
    }
    removeStatistics(catalog, this.#table.oid, column.attnum);
    catalog.update(pgAttribute, column, {
      atttypid: type.row.oid,
      atttypmod: type.typmod,
      attcollation: collation,
      attndims: action.type.arrayDimensions,
      attlen: type.row.typlen,
      attbyval: type.row.typbyval,
      attalign: type.row.typalign,
      attstorage: type.row.typstorage,
      attcompression: "",
    });
    addDependency(catalog, self, addressOf(TYPE_CLASS, type.row.oid), "n");
    if (collation === 0 || collation === DEFAULT_COLLATION) return;
    addDependency(catalog, self, addressOf(COLLATION_CLASS, collation), "n");
  }

  /** When everything else has been done. */
  finish(): void {
    if (this.#plans.size === 0) return;
    checkRowTypeUnused(this.#context, this.#table);
    const plans = [...this.#plans.values()];
    if (!plans.some(({ rewrites }) => rewrites)) return;
    const table = this.#table.oid;
    for (const { column, tree } of plans) {
      this.#checkNoWholeRow(tree);
      const value = { kind: "old row", attnum: column.attnum, tree } as const;
      queueWork(this.#context, { kind: "value", table, value });
    }
    rewriteRows(this.#context, table);
  }

  #checkNoWholeRow(tree: string): void {
    const { rows, relations } = this.#context;
    if (!rows.hasRows(this.#table) || !relations.hasWholeRow(tree)) return;
    throw notSupported("USING with a whole row of a table that has rows");
  }
}

function checkType(
  context: DdlContext,
  { reltype }: ClassTuple,
  { attname }: AttributeTuple,
  { row }: ResolvedType,
): void {
  checkNoPseudoType(context, `column "${attname}"`, row.oid);
  checkMember(context, row.oid, [reltype]);
}

const USERS: ReadonlyMap<Oid, string> = new Map([
  [REWRITE_CLASS, "by a view or rule"],
  [TRIGGER_CLASS, "in a trigger definition"],
  [POLICY_CLASS, "in a policy definition"],
  [PUBLICATION_REL_CLASS, "by a publication WHERE clause"],
  [PROC_CLASS, "by a function or procedure"],
]);

/** What names the column's type in something that cannot be made anew. */
function refuseDependent(
  context: DdlContext,
  column: AttributeTuple,
  dependent: ObjectAddress,
): never {
  const user = USERS.get(dependent.classOid) ?? `by an object of class ${dependent.classOid}`;
  const described = describerOf(context).describe(dependent) ?? user;
  throw new SqlError("0A000", `cannot alter type of a column used ${user}`, {
    detail: `${described} depends on column "${column.attname}"`,
  });
}
