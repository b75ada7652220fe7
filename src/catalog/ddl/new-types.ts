/** NEW TYPES and the arrays over them, as rows of pg_type. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { NAMESPACE_CLASS, RELATION_CLASS, TYPE_CLASS } from "../class-oids.ts";
import { addDependency, addOwner } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import type { NamespaceTuple } from "../names.ts";
import type { NewRow } from "../relation.ts";
import { pgType } from "../relations/pg-type.ts";
import type { QualifiedName } from "../statement.ts";
import type { DdlContext } from "./context.ts";
import { newAcl } from "./default-privileges.ts";
import { chooseArrayTypeName, moveArrayType } from "./generated-names.ts";
import { checkNotInSystem, creationNamespace, lockRelationName } from "./lookup.ts";

const NONE = 0 as Oid;
const unnamed = { oid: NONE, typname: "", typnamespace: NONE, typowner: NONE };

/** What all row types, and all arrays of row types, have in common. */
const COMPOSITE = pgType.view(
  pgType.row({
    ...unnamed,
    typlen: -1,
    typtype: "c",
    typcategory: "C",
    typinput: 2290 as Oid, // record_in
    typoutput: 2291 as Oid,
    typreceive: 2402 as Oid,
    typsend: 2403 as Oid,
    typalign: "d",
    typstorage: "x",
  }),
);
const ARRAY = pgType.view(
  pgType.row({
    ...unnamed,
    typlen: -1,
    typtype: "b",
    typcategory: "A",
    typsubscript: 6179 as Oid, // array_subscript_handler
    typinput: 750 as Oid, // array_in
    typoutput: 751 as Oid,
    typreceive: 2400 as Oid,
    typsend: 2401 as Oid,
    typanalyze: 3816 as Oid, // array_typanalyze
    typalign: "d",
    typstorage: "x",
  }),
);

/** The table's row type and the array over it; both are parts of the relation. */
export function insertRowType(
  context: DdlContext,
  namespace: Oid,
  name: string,
  relation: Oid,
): Oid {
  const type = insertRow(context, namespace, name, relation);
  const self = addressOf(TYPE_CLASS, type);
  addDependency(context.catalog, self, addressOf(RELATION_CLASS, relation), "i");
  return type;
}

function insertRow(context: DdlContext, namespace: Oid, name: string, relation: Oid): Oid {
  const { catalog } = context;
  const { type, array } = allocateType(context);
  catalog.insertLike(pgType, COMPOSITE, {
    oid: type,
    typname: name,
    typnamespace: namespace,
    typowner: context.user.oid,
    typrelid: relation,
    typarray: array,
  });
  insertArrayType(context, namespace, name, { type, array }, "d");
  return type;
}

/** A composite type that is no table's. */
export function insertCompositeType(
  context: DdlContext,
  namespace: Oid,
  name: string,
  relation: Oid,
): Oid {
  const { catalog } = context;
  const type = insertRow(context, namespace, name, relation);
  const typacl = addPlace(context, type, namespace);
  const row = typacl && catalog.find(pgType, "key", [type]);
  if (row) catalog.update(pgType, row, { typacl });
  return type;
}

/** The ACL that the type begins with. */
function addPlace(context: DdlContext, type: Oid, namespace: Oid): readonly string[] | null {
  const { catalog, user } = context;
  const self = addressOf(TYPE_CLASS, type);
  addDependency(catalog, self, addressOf(NAMESPACE_CLASS, namespace), "n");
  addOwner(catalog, self, user.oid);
  return newAcl(context, "T", user.oid, self, namespace);
}

/** Oids of a type and of the array over it, in PostgreSQL's order. */
export interface TypeOids {
  readonly array: Oid;
  readonly type: Oid;
}

export function allocateType(context: DdlContext): TypeOids {
  const array = context.allocateOid();
  return { array, type: context.allocateOid() };
}

/** The schema of a new type, whose name is locked and free. Throws 42710, 3F000, 42501. */
export function placeForType(context: DdlContext, name: QualifiedName): NamespaceTuple {
  const namespace = creationNamespace(context, name);
  lockRelationName(context, namespace.oid, name.name);
  if (!moveArrayType(context, namespace.oid, name.name)) {
    throw new SqlError("42710", `type "${name.name}" already exists`);
  }
  checkNotInSystem(namespace, name.name);
  return namespace;
}

type TypeRow = NewRow<(typeof pgType)["columns"]>;

/** A type that is no relation's, and the array over it. */
export function insertType(
  context: DdlContext,
  namespace: Oid,
  name: string,
  oids: TypeOids,
  row: TypeRow,
): void {
  const { catalog } = context;
  const made = { ...unnamed, ...row, oid: oids.type, typname: name, typnamespace: namespace };
  const typacl = addPlace(context, oids.type, namespace);
  const owned = { typowner: context.user.oid, typarray: oids.array, typacl };
  catalog.insert(pgType, { ...made, ...owned } as TypeRow);
}

export function insertArrayType(
  context: DdlContext,
  namespace: Oid,
  name: string,
  { type, array }: TypeOids,
  elementAlign: string,
  typcollation: Oid = NONE,
  typdelim = ",",
): void {
  const { catalog } = context;
  catalog.insertLike(pgType, ARRAY, {
    oid: array,
    typname: chooseArrayTypeName(context, namespace, name),
    typnamespace: namespace,
    typowner: context.user.oid,
    typelem: type,
    typalign: elementAlign === "d" ? "d" : "i",
    typcollation,
    typdelim,
  });
  addDependency(catalog, addressOf(TYPE_CLASS, array), addressOf(TYPE_CLASS, type), "i");
}
