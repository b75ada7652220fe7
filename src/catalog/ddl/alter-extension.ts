/**
 * ALTER EXTENSION: another version, another schema, and what belongs to it.
 * https://www.postgresql.org/docs/15/sql-alterextension.html
 */
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError } from "../../base/sql-error.ts";
import { CAST_CLASS, EXTENSION_CLASS, NAMESPACE_CLASS } from "../class-oids.ts";
import type { AlterExtension } from "../defined-statement.ts";
import { addDependency, dependentsOf, referencesOf } from "../dependencies.ts";
import { addressOf, type ObjectAddress } from "../describe.ts";
import { extensions } from "../extensions/extensions.ts";
import { checkMayCreateIn } from "../privileges.ts";
import { pgDepend } from "../relations/pg-depend.ts";
import { pgExtension } from "../relations/pg-extension.ts";
import { pgNamespace } from "../relations/pg-namespace.ts";
import type { StatementOption } from "../statement-option.ts";
import { conflicting, textOf } from "../statement-option.ts";
import { moveObject, schemaOf } from "./alter-objects.ts";
import type { DdlContext } from "./context.ts";
import { findObject, lockFound } from "./find-object.ts";
import { describerOf, targetNamespace } from "./lookup.ts";
import { checkOwnership, refuseBuiltIn } from "./object-ownership.ts";
import { moveDependency } from "./set-schema.ts";

type ExtensionTuple = ReturnType<typeof ownExtension>;
type Alter<K extends AlterExtension["kind"]> = Extract<AlterExtension, { readonly kind: K }>;

export function alterExtension(context: DdlContext, statement: AlterExtension): void {
  switch (statement.kind) {
    case "updateExtension":
      return update(context, statement);
    case "extensionSchema":
      return setSchema(context, statement);
    case "extensionMember":
      return changeMember(context, statement);
  }
}

const extensionNamed = (name: string) => ({ kind: "named", noun: "extension", name }) as const;

/** Locked. Throws 42704, 42501. */
function ownExtension(context: DdlContext, name: string) {
  const found = findObject(context, extensionNamed(name));
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  const row = context.catalog.find(pgExtension, "key", [found.address.oid]);
  if (!row) throw new SqlError("42704", `extension "${name}" does not exist`);
  return row;
}

/** There is one version of each. */
function update(context: DdlContext, { name, options }: Alter<"updateExtension">): void {
  const { extversion: installed } = ownExtension(context, name);
  const wanted = versionOf(options) ?? extensions.find((each) => each.name === name)?.version;
  if (wanted === installed) {
    const message = `version "${installed}" of extension "${name}" is already installed`;
    return context.notice(notice(message));
  }
  const message = `extension "${name}" has no update path from version "${installed}" to version "${wanted}"`;
  throw new SqlError("22023", message);
}

function versionOf(options: readonly StatementOption[]): string | undefined {
  const [first, second] = options;
  if (second) throw conflicting(second);
  return first && textOf(first);
}

function setSchema(context: DdlContext, { name, schema }: Alter<"extensionSchema">): void {
  const { catalog, user } = context;
  const found = findObject(context, extensionNamed(name));
  const target = targetNamespace(context, schema);
  checkMayCreateIn(catalog, user.oid, target);
  const extension = ownExtension(context, name);
  const members = membersOf(context, extension);
  if (members.some(({ classOid, oid }) => classOid === NAMESPACE_CLASS && oid === target.oid)) {
    const why = `into schema "${schema}" because the extension contains the schema`;
    throw new SqlError("55000", `cannot move extension "${name}" ${why}`);
  }
  if (extension.extnamespace === target.oid) return;
  if (!extension.extrelocatable) {
    throw new SqlError("0A000", `extension "${name}" does not support SET SCHEMA`);
  }
  for (const address of members) {
    if (address.classOid === CAST_CLASS) continue;
    const member = { ...found, address };
    const what = describerOf(context).describe(address);
    const own = schemaOf(context, member);
    if (own === undefined) {
      throw notSupported(`SET SCHEMA of an extension that contains ${what}`);
    }
    if (own !== extension.extnamespace) {
      const current = context.catalog.find(pgNamespace, "key", [extension.extnamespace]);
      throw new SqlError("0A000", `extension "${name}" does not support SET SCHEMA`, {
        detail: `${what} is not in the extension's schema "${current?.nspname}"`,
      });
    }
    moveObject(context, member, target.oid);
  }
  catalog.update(pgExtension, extension, { extnamespace: target.oid });
  moveDependency(context, addressOf(EXTENSION_CLASS, extension.oid), target.oid);
}

const membersOf = ({ catalog }: DdlContext, { oid }: ExtensionTuple): readonly ObjectAddress[] =>
  [...dependentsOf(catalog, addressOf(EXTENSION_CLASS, oid))]
    .filter(({ deptype }) => deptype === "e")
    .map(({ classid, objid, objsubid }) => addressOf(classid, objid, objsubid));

function changeMember(context: DdlContext, statement: Alter<"extensionMember">): void {
  const { catalog } = context;
  const { name, object, adds } = statement;
  const extension = ownExtension(context, name);
  const self = addressOf(EXTENSION_CLASS, extension.oid);
  const found = findObject(context, object);
  checkOwnership(context, found.ownership);
  refuseBuiltIn(context, found.address);
  lockFound(context, found, "ShareUpdateExclusive");
  const what = describerOf(context).describe(found.address) ?? "object";
  const known = referencesOf(catalog, found.address).find(
    ({ deptype, refclassid }) => deptype === "e" && refclassid === EXTENSION_CLASS,
  );
  if (!adds) {
    if (known?.refobjid !== extension.oid) {
      throw new SqlError("55000", `${what} is not a member of extension "${name}"`);
    }
    return catalog.delete(pgDepend, known);
  }
  if (known) {
    const of = nameOf(context, known.refobjid);
    throw new SqlError("55000", `${what} is already a member of extension "${of}"`);
  }
  if (found.address.classOid === NAMESPACE_CLASS && found.address.oid === extension.extnamespace) {
    const why = "because the schema contains the extension";
    throw new SqlError("55000", `cannot add ${what} to extension "${name}" ${why}`);
  }
  addDependency(catalog, found.address, self, "e");
}

const nameOf = ({ catalog }: DdlContext, extension: Oid): string =>
  catalog.find(pgExtension, "key", [extension])?.extname ?? "";
