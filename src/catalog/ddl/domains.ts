/**
 * DOMAINS: a type of its own over another one, with what it demands of values.
 * https://www.postgresql.org/docs/15/sql-createdomain.html
 */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError, withoutPosition } from "../../base/sql-error.ts";
import {
  COLLATION_CLASS,
  CONSTRAINT_CLASS,
  DEFAULT_COLLATION,
  PROC_CLASS,
  TYPE_CLASS,
} from "../class-oids.ts";
import { addDependencies, referencesOf, tagOf } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { TypeTuple } from "../names.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgType } from "../relations/pg-type.ts";
import type { CheckConstraint, RawExpression, TypeName } from "../statement.ts";
import { resolveTypeName, typeNameText } from "../type-name.ts";
import type { AlterDomain, CreateDomain, DomainConstraint } from "../type-statement.ts";
import { collationOf } from "./columns.ts";
import type { DdlContext, StoredExpression } from "./context.ts";
import { dropObjects } from "./drop.ts";
import { findType } from "./find-part.ts";
import { typeItself } from "./find-routine.ts";
import { chooseConstraintName } from "./generated-names.ts";
import { lockRelation, searchPathOf } from "./lookup.ts";
import { allocateType, insertArrayType, insertType, placeForType } from "./new-types.ts";
import { checkOwnership, refuseBuiltIn } from "./object-ownership.ts";
import { queueWork } from "./row-work.ts";
import { storingColumns } from "./stored-values.ts";
import { checkMayUseType } from "./type-owner.ts";

const [DOMAIN_IN, DOMAIN_RECV] = [2597 as Oid, 2598 as Oid];

export function createDomain(context: DdlContext, statement: CreateDomain): void {
  const { name } = statement.domain;
  const namespace = placeForType(context, statement.domain);
  const { row: base, typmod } = resolveTypeName(
    context.catalog,
    statement.base,
    searchPathOf(context),
    context.user.oid,
  );
  if (!"bcdermr".includes(base.typtype)) {
    const message = `"${typeNameText(statement.base)}" is not a valid base type for a domain`;
    throw new SqlError("42804", message);
  }
  checkMayUseType(context, base);
  const collation = collationOf(context, statement, base);
  const plan = planDomain(context, name, { row: base, typmod }, statement.constraints);
  const oids = allocateType(context);
  insertType(context, namespace.oid, name, oids, {
    typlen: base.typlen,
    typbyval: base.typbyval,
    typtype: "d",
    typcategory: base.typcategory,
    typdelim: base.typdelim,
    typinput: DOMAIN_IN,
    typoutput: base.typoutput,
    typreceive: DOMAIN_RECV,
    typsend: base.typsend,
    typanalyze: base.typanalyze,
    typalign: base.typalign,
    typstorage: base.typstorage,
    typnotnull: plan.notNull,
    typbasetype: base.oid,
    typtypmod: typmod,
    typndims: statement.base.arrayDimensions,
    typcollation: collation,
    typdefaultbin: plan.default.tree,
    typdefault: plan.default.text,
  });
  insertArrayType(context, namespace.oid, name, oids, base.typalign, collation, base.typdelim);
  const self = addressOf(TYPE_CLASS, oids.type);
  const needs = [
    ...[base.typoutput, base.typsend].filter((id) => id >= FIRST_USER_OID).map(ofFunction),
    addressOf(TYPE_CLASS, base.oid),
    ...referencesIn(plan.default.expression),
  ];
  if (collation !== 0 && collation !== DEFAULT_COLLATION) {
    needs.push(addressOf(COLLATION_CLASS, collation));
  }
  addDependencies(
    context.catalog,
    self,
    needs.map((referenced) => ({ referenced, deptype: "n" })),
  );
  const row = context.catalog.find(pgType, "key", [oids.type]) as TypeTuple;
  for (const check of plan.checks) addCheck(context, row, check);
}

const ofFunction = (id: Oid) => addressOf(PROC_CLASS, id);
const referencesIn = (expression: StoredExpression | undefined) =>
  (expression?.references ?? []).map(({ classOid, oid, subId }) => addressOf(classOid, oid, subId));

interface DefaultPlan {
  readonly expression: StoredExpression | undefined;
  readonly tree: string | null;
  readonly text: string | null;
}

/** Of PostgreSQL's words for what contradicts itself the first counts. */
function planDomain(
  context: DdlContext,
  name: string,
  base: { readonly row: TypeTuple; readonly typmod: number },
  constraints: readonly DomainConstraint[],
) {
  let notNull: boolean | undefined;
  let written: DefaultPlan | undefined;
  const checks: CheckConstraint[] = [];
  for (const constraint of constraints) {
    switch (constraint.kind) {
      case "refused":
        throw constraint.error;
      case "default":
        if (written) throw new SqlError("42601", "multiple default expressions");
        written = planDefault(context, name, base, constraint.expression);
        break;
      case "notNull":
      case "null":
        if (notNull === (constraint.kind === "null")) {
          throw new SqlError("42601", "conflicting NULL/NOT NULL constraints");
        }
        notNull = constraint.kind === "notNull";
        break;
      case "check":
        if (constraint.noInherit) {
          const message = "check constraints for domains cannot be marked NO INHERIT";
          throw new SqlError("42P17", message);
        }
        checks.push(constraint);
    }
  }
  const { typdefaultbin: tree, typdefault: text } = base.row;
  const inherited = { expression: undefined, tree, text };
  return { notNull: notNull ?? false, default: written ?? inherited, checks };
}

function planDefault(
  { expressions, relations }: DdlContext,
  name: string,
  { row, typmod }: { readonly row: TypeTuple; readonly typmod: number },
  written: RawExpression,
): DefaultPlan {
  const expression = expressions.bindDefault(written, { name, type: row.oid, typmod });
  if (!expression) return { expression, tree: null, text: null };
  return { expression, tree: expression.tree, text: relations.textOf(expression.tree) };
}

function addCheck(
  context: DdlContext,
  domain: TypeTuple,
  check: CheckConstraint,
): StoredExpression {
  const { catalog } = context;
  const { oid: type, typname, typnamespace } = domain;
  if (check.name !== undefined) checkFreeName(context, domain, check.name);
  const conname =
    check.name ?? chooseConstraintName(context, typnamespace, typname, undefined, "check");
  const bound = context.expressions.bindDomainCheck(check.expression, {
    type: domain.typbasetype,
    typmod: domain.typtypmod,
  });
  const oid = context.allocateOid();
  catalog.insert(pgConstraint, {
    oid,
    conname,
    connamespace: typnamespace,
    contype: "c",
    convalidated: !check.notValid,
    contypid: type,
    connoinherit: false,
    conbin: bound.tree,
  });
  addDependencies(catalog, addressOf(CONSTRAINT_CLASS, oid), [
    { referenced: addressOf(TYPE_CLASS, type), deptype: "a" },
    ...referencesIn(bound).map((referenced) => ({ referenced, deptype: "n" as const })),
  ]);
  return bound;
}

/** As it was, when what its expression names has changed. */
export function addDomainCheck(context: DdlContext, domain: Oid, check: CheckConstraint): void {
  const row = context.catalog.find(pgType, "key", [domain]) as TypeTuple;
  withoutPosition(() => addCheck(context, row, check));
}

const constraintNamed = ({ catalog }: DdlContext, domain: TypeTuple, name: string) =>
  catalog.find(pgConstraint, "conrelid_contypid_conname", [0, domain.oid, name]);

function checkFreeName(context: DdlContext, domain: TypeTuple, name: string): void {
  if (!constraintNamed(context, domain, name)) return;
  const message = `constraint "${name}" for domain "${domain.typname}" already exists`;
  throw new SqlError("42710", message);
}

export function alterDomain(context: DdlContext, { domain: name, action }: AlterDomain): void {
  const domain = domainToAlter(context, name);
  switch (action.kind) {
    case "default":
      return setDefault(context, domain, action.expression);
    case "dropNotNull":
      return setNotNull(context, domain, false);
    case "setNotNull":
      return setNotNull(context, domain, true);
    case "add":
      return addConstraint(context, domain, action.constraint);
    case "drop":
      return dropConstraint(context, domain, action);
    case "validate":
      return validate(context, domain, action.name);
    case "rename": {
      const row = constraintNamed(context, domain, action.name);
      if (!row) {
        const shown = context.expressions.typeText(domain.oid);
        const message = `constraint "${action.name}" for domain ${shown} does not exist`;
        throw new SqlError("42704", message);
      }
      refuseBuiltInCheck(context, row.oid);
      checkFreeName(context, domain, action.newName);
      context.catalog.update(pgConstraint, row, { conname: action.newName });
    }
  }
}

function domainToAlter(context: DdlContext, name: TypeName): TypeTuple {
  const row = typeItself(context, name);
  if (row.typtype !== "d") {
    throw new SqlError("42809", `${context.expressions.typeText(row.oid)} is not a domain`);
  }
  const object = { kind: "type", isDomain: true, type: name } as const;
  const { address, ownership } = findType(context, object);
  checkOwnership(context, ownership);
  context.transaction.lock(tagOf(context.catalog.database, address), "AccessExclusive");
  return context.catalog.find(pgType, "key", [row.oid]) as TypeTuple;
}

/** What the old default needed is needed no more. */
function setDefault(
  context: DdlContext,
  domain: TypeTuple,
  written: RawExpression | undefined,
): void {
  const { catalog } = context;
  const self = addressOf(TYPE_CLASS, domain.oid);
  refuseBuiltIn(context, self);
  const base = catalog.find(pgType, "key", [domain.typbasetype]) as TypeTuple;
  const plan =
    written &&
    planDefault(context, domain.typname, { row: base, typmod: domain.typtypmod }, written);
  const keep = new Set([domain.typbasetype, domain.typnamespace, domain.typcollation]);
  for (const row of referencesOf(catalog, self)) {
    if (!keep.has(row.refobjid)) catalog.delete(pgDepend, row);
  }
  const needs = referencesIn(plan?.expression).filter(({ oid }) => !keep.has(oid));
  addDependencies(
    catalog,
    self,
    needs.map((referenced) => ({ referenced, deptype: "n" })),
  );
  const { tree = null, text = null } = plan ?? {};
  catalog.update(pgType, domain, { typdefaultbin: tree, typdefault: text });
}

function setNotNull(context: DdlContext, domain: TypeTuple, typnotnull: boolean): void {
  if (domain.typnotnull === typnotnull) return;
  refuseBuiltIn(context, addressOf(TYPE_CLASS, domain.oid));
  context.catalog.update(pgType, domain, { typnotnull });
  if (typnotnull) checkStoredValues(context, domain, undefined);
}

/**
 * What columns hold is held against a check, or NOT NULL. 0A000 where values of the domain are
 * inside of others.
 */
function checkStoredValues(
  context: DdlContext,
  domain: TypeTuple,
  check: string | undefined,
): void {
  if (check !== undefined) context.relations.checkConstants(check);
  const columns = storingColumns(context, domain.oid).toSorted(
    (a, b) => b.table.oid - a.table.oid || a.column.attnum - b.column.attnum,
  );
  for (const { table, column, isWhole } of columns) {
    if (!isWhole) {
      const type = context.expressions.typeText(domain.oid);
      const used = `column "${table.relname}.${column.attname}"`;
      throw new SqlError("0A000", `cannot alter type "${type}" because ${used} uses it`);
    }
    lockRelation(context, table.oid, "Share");
    queueWork(context, { kind: "domain", table: table.oid, attnum: column.attnum, check });
  }
}

function addConstraint(context: DdlContext, domain: TypeTuple, added: DomainConstraint): void {
  switch (added.kind) {
    case "refused":
      throw added.error;
    case "check":
      if (added.noInherit) {
        const message = "check constraints for domains cannot be marked NO INHERIT";
        throw new SqlError("42P17", message);
      }
      if (added.name !== undefined) checkFreeName(context, domain, added.name);
      return addNewCheck(context, domain, added);
    default:
      throw new SqlError("XX000", "unrecognized constraint subtype");
  }
}

function addNewCheck(context: DdlContext, domain: TypeTuple, check: CheckConstraint): void {
  const { tree } = addCheck(context, domain, check);
  if (!check.notValid) checkStoredValues(context, domain, tree);
}

function constraintOf(context: DdlContext, domain: TypeTuple, name: string) {
  const row = constraintNamed(context, domain, name);
  if (row) return row;
  throw new SqlError("42704", `constraint "${name}" of domain "${domain.typname}" does not exist`);
}

function dropConstraint(
  context: DdlContext,
  domain: TypeTuple,
  { name, ifExists, cascade }: Extract<AlterDomain["action"], { kind: "drop" }>,
): void {
  if (ifExists && !constraintNamed(context, domain, name)) {
    const message = `constraint "${name}" of domain "${domain.typname}" does not exist, skipping`;
    context.notice(notice(message));
    return;
  }
  const { oid } = constraintOf(context, domain, name);
  refuseBuiltInCheck(context, oid);
  dropObjects(context, [addressOf(CONSTRAINT_CLASS, oid)], cascade);
}

function refuseBuiltInCheck({ catalog }: DdlContext, check: Oid): void {
  if (catalog.findLayers(pgConstraint, [check]).own) return;
  throw notSupported("a change of the system's own objects");
}

function validate(context: DdlContext, domain: TypeTuple, name: string): void {
  const row = constraintOf(context, domain, name);
  if (row.convalidated) return;
  context.catalog.update(pgConstraint, row, { convalidated: true });
  checkStoredValues(context, domain, row.conbin ?? "");
}
