/**
 * NAMES TO CATALOG ROWS under a search path, and rows by oid. Built-in rows come from memory
 * (builtin.ts), everything else is read by key through the CatalogReader. Operators, casts and
 * functions of other schemas than pg_catalog are looked for only where a schema of that kind is on
 * the path or named.
 */
import { assert } from "../../base/assert.ts";
import { FIRST_USER_OID, type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { relationByOid } from "../../catalog/all-relations.ts";
import { parentsOf } from "../../catalog/inheritance.ts";
import { findMeant } from "../../catalog/names.ts";
import { checkMayUse } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAggregate } from "../../catalog/relations/pg-aggregate.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgCast } from "../../catalog/relations/pg-cast.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgCollation } from "../../catalog/relations/pg-collation.ts";
import { pgNamespace } from "../../catalog/relations/pg-namespace.ts";
import { pgOperator } from "../../catalog/relations/pg-operator.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgRange } from "../../catalog/relations/pg-range.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { namespaceAlias, pathOfFunctions } from "../../catalog/temporary-names.ts";
import {
  type BuiltinCatalog,
  collationFacts,
  columnFacts,
  functionFacts,
  operatorFacts,
  relationFacts,
  typeFacts,
} from "./builtin.ts";
import type {
  AggregateFacts,
  CastFacts,
  CollationFacts,
  ColumnFacts,
  FunctionFacts,
  OperatorFacts,
  RelationFacts,
  TypeFacts,
} from "./facts.ts";
import { PG_CATALOG } from "./facts.ts";
import { RW_CATALOG, RW_STORED } from "./rw-catalog.ts";

const isUsers = (object: Oid): boolean => object >= FIRST_USER_OID;

export class Names {
  readonly builtin: BuiltinCatalog;
  readonly catalog: CatalogReader;
  readonly searchPath: readonly Oid[];
  readonly #types = new Map<Oid, TypeFacts>();
  readonly #namespaces = new Map<string, Oid | undefined>();
  /** The path has more than pg_catalog, so an unqualified name may mean a user's row. */
  readonly #otherSchemas: readonly Oid[];

  readonly #ofSystem: boolean;
  readonly #role: Oid | undefined;

  /** Without a role every schema may be looked into. */
  constructor(
    builtin: BuiltinCatalog,
    catalog: CatalogReader,
    searchPath: readonly Oid[],
    role?: Oid,
    ofSystem = false,
  ) {
    this.#ofSystem = ofSystem;
    this.#role = role;
    this.builtin = builtin;
    this.catalog = catalog;
    this.searchPath = searchPath;
    this.#otherSchemas = searchPath.filter((namespace) => namespace !== PG_CATALOG);
  }

  /** The names that definitions of the system's own views mean. */
  systemNames(): Names {
    return new Names(this.builtin, this.catalog, [PG_CATALOG], undefined, true);
  }

  /** The schema to look for something in. Throws 42501 where the role may not. */
  findNamespace(name: string, position?: number): Oid | undefined {
    if (name === "pg_catalog") return PG_CATALOG;
    if (name === "rw_catalog") return RW_CATALOG;
    if (this.#namespaces.has(name)) return this.#namespaces.get(name);
    const found = findMeant(this.catalog, name);
    if (found && this.#role !== undefined) {
      checkMayUse(this.catalog, this.#role, found, position);
    }
    this.#namespaces.set(name, found?.oid);
    return found?.oid;
  }

  /** Whoever may use it. */
  namespaceNamed(name: string): Oid | undefined {
    if (name === "rw_catalog") return RW_CATALOG;
    return this.catalog.find(pgNamespace, "nspname", [name])?.oid;
  }

  /** 3F000 for a schema that does not exist. */
  getNamespace(name: string, position?: number): Oid {
    const found = this.findNamespace(name, position);
    if (found !== undefined) return found;
    throw new SqlError("3F000", `schema "${name}" does not exist`).at(position);
  }

  namespaceName(namespace: Oid): string {
    if (namespace === PG_CATALOG) return "pg_catalog";
    if (namespace === RW_CATALOG) return "rw_catalog";
    return this.catalog.find(pgNamespace, "key", [namespace])?.nspname ?? String(namespace);
  }

  /** As a statement names it. */
  printedNamespace(namespace: Oid): string {
    return namespaceAlias(this.catalog, namespace) ?? this.namespaceName(namespace);
  }

  findType(type: Oid): TypeFacts | undefined {
    const known = this.builtin.types.get(type) ?? this.#types.get(type);
    if (known) return known;
    const row = this.catalog.find(pgType, "key", [type]);
    if (!row) return undefined;
    const facts = typeFacts(row);
    this.#types.set(type, facts);
    return facts;
  }

  /** What a range type is over; undefined: it is none. */
  rangeSubtype(range: Oid): Oid | undefined {
    const row = isUsers(range) ? this.catalog.find(pgRange, "key", [range]) : undefined;
    return row?.rngsubtype ?? this.builtin.rangeSubtypes.get(range);
  }
  rangeOfMultirange(multirange: Oid): Oid | undefined {
    const known = this.builtin.multirangeRanges.get(multirange);
    if (known !== undefined || !isUsers(multirange)) return known;
    return this.catalog.find(pgRange, "rngmultitypid", [multirange])?.rngtypid;
  }
  multirangeOfRange(range: Oid): Oid | undefined {
    const row = isUsers(range) ? this.catalog.find(pgRange, "key", [range]) : undefined;
    return row?.rngmultitypid ?? this.builtin.rangeMultiranges.get(range);
  }

  /** The relation whose rows a type, or the one under a domain, is; 0 = it is no row type. */
  rowRelation(type: Oid): Oid {
    const facts = this.type(type);
    return facts.kind === "d" ? this.rowRelation(facts.baseType) : facts.relation;
  }

  exists(classOid: Oid, object: Oid): boolean {
    const relation = relationByOid(classOid);
    return relation !== undefined && this.catalog.find(relation, "key", [object]) !== undefined;
  }

  type(type: Oid): TypeFacts {
    const found = this.findType(type);
    if (!found) throw new SqlError("42704", `type with OID ${type} does not exist`);
    return found;
  }

  findTypeByName(namespace: Oid | undefined, name: string): TypeFacts | undefined {
    return this.#typeOn(namespace === undefined ? this.searchPath : [namespace], name);
  }

  /** A type as whose function a call is meant: never one that is temporary and not named so. */
  findTypeCalled(namespace: Oid | undefined, name: string): TypeFacts | undefined {
    const found = this.findTypeByName(namespace, name);
    if (!found || namespace !== undefined || !isUsers(found.oid)) return found;
    return this.#typeOn(pathOfFunctions(this.catalog, this.searchPath), name);
  }

  #typeOn(path: readonly Oid[], name: string): TypeFacts | undefined {
    for (const schema of path) {
      const found =
        schema === PG_CATALOG ? this.builtin.typesByName.get(name) : this.#userType(schema, name);
      if (found) return found;
    }
    return undefined;
  }

  #userType(namespace: Oid, name: string): TypeFacts | undefined {
    const row = this.catalog.find(pgType, "typname_nsp", [name, namespace]);
    if (!row) return undefined;
    const facts = typeFacts(row);
    this.#types.set(facts.oid, facts);
    return facts;
  }

  findFunction(id: Oid): FunctionFacts | undefined {
    const known = this.builtin.functions.get(id);
    if (known) return known;
    const row = this.catalog.find(pgProc, "key", [id]);
    return row && functionFacts(row);
  }

  /** Casts of users' are from or to a type of users'. */
  cast(source: Oid, target: Oid): CastFacts | undefined {
    const known = this.builtin.cast(source, target);
    if (known || (source < FIRST_USER_OID && target < FIRST_USER_OID)) return known;
    const row = this.catalog.find(pgCast, "source_target", [source, target]);
    if (!row) return undefined;
    const { castfunc, castcontext: context, castmethod: method } = row;
    return { source, target, function: castfunc, context, method };
  }

  /** In the order of the search path; every function of that name in the schema(s). */
  functionsNamed(namespace: Oid | undefined, name: string): readonly FunctionFacts[] {
    return this.#onPath(namespace, this.builtin.functionsByName.get(name) ?? [], () =>
      this.catalog
        .list(pgProc, "proname_args_nsp", [name])
        .filter((row) => row.pronamespace !== PG_CATALOG)
        .map(functionFacts),
    );
  }

  operator(id: Oid): OperatorFacts {
    const known = this.builtin.operators.get(id);
    if (known) return known;
    const row = this.catalog.find(pgOperator, "key", [id]);
    assert(row, `operator ${id} is not in pg_operator`);
    return operatorFacts(row);
  }

  /** Of a function that is an aggregate. */
  aggregate(id: Oid): AggregateFacts | undefined {
    const known = this.builtin.aggregates.get(id);
    if (known) return known;
    const row = this.catalog.find(pgAggregate, "key", [id]);
    return row && { kind: row.aggkind, directArgs: row.aggnumdirectargs };
  }

  /** As functionsNamed; shells, which have no function, among them. */
  operatorsNamed(namespace: Oid | undefined, name: string): readonly OperatorFacts[] {
    return this.#onPath(namespace, this.builtin.operatorsByName.get(name) ?? [], () =>
      this.catalog
        .list(pgOperator, "oprname_l_r_n", [name])
        .filter((row) => row.oprnamespace !== PG_CATALOG)
        .map(operatorFacts),
    );
  }

  /** The built-in ones and those of other schemas, in the order of the path without a schema. */
  #onPath<Facts extends { readonly namespace: Oid }>(
    namespace: Oid | undefined,
    builtin: readonly Facts[],
    others: () => readonly Facts[],
  ): readonly Facts[] {
    if (namespace === PG_CATALOG) return builtin;
    if (namespace === undefined && this.#otherSchemas.length === 0) return builtin;
    const rows = others();
    if (namespace !== undefined) return rows.filter((row) => row.namespace === namespace);
    if (rows.length === 0) return builtin;
    return pathOfFunctions(this.catalog, this.searchPath).flatMap((schema) =>
      schema === PG_CATALOG ? builtin : rows.filter((row) => row.namespace === schema),
    );
  }

  findCollation(namespace: Oid | undefined, name: string): CollationFacts | undefined {
    const rows = this.catalog.list(pgCollation, "name_enc_nsp", [name]);
    for (const schema of namespace === undefined ? this.searchPath : [namespace]) {
      const row = rows.find((each) => each.collnamespace === schema);
      if (row) return collationFacts(row);
    }
    return undefined;
  }

  collation(id: Oid): CollationFacts | undefined {
    const known = this.builtin.collations.get(id);
    if (known) return known;
    const row = this.catalog.find(pgCollation, "key", [id]);
    return row && collationFacts(row);
  }

  /** Of rw_catalog without its name, too: behind all schemas of the path. */
  findRelationByName(namespace: Oid | undefined, name: string): RelationFacts | undefined {
    for (const schema of namespace === undefined ? this.searchPath : [namespace]) {
      if (schema === PG_CATALOG) {
        const builtin = this.builtin.relationsByName.get(name);
        if (builtin) return builtin;
        continue;
      }
      if (schema === RW_CATALOG) return this.#rwRelation(name);
      const row = this.catalog.find(pgClass, "relname_nsp", [name, schema]);
      if (row) return relationFacts(row);
    }
    return namespace === undefined ? this.#rwRelation(name) : undefined;
  }

  #rwRelation(name: string): RelationFacts | undefined {
    if (RW_STORED.has(name) && !this.#ofSystem) return undefined;
    return this.builtin.rwRelationsByName.get(name);
  }

  findRelation(id: Oid): RelationFacts | undefined {
    const known = this.builtin.relations.get(id);
    if (known) return known;
    const row = this.catalog.find(pgClass, "key", [id]);
    return row && relationFacts(row);
  }

  /** By attnum without gaps: dropped columns are there, named "". */
  columns(relation: Oid): readonly ColumnFacts[] {
    return (
      this.builtin.columns.get(relation) ??
      columnFacts(this.catalog.list(pgAttribute, "key", [relation]))
    );
  }

  /** Whether rows of a table are of the type: its ancestors' row types, and what it is OF. */
  isDerivedRow(type: Oid, from: Oid): boolean {
    const { relation: wanted } = this.type(type);
    const { relation } = this.type(from);
    if (wanted === 0 || relation === 0 || wanted === relation) return false;
    if (this.catalog.find(pgClass, "key", [relation])?.reloftype === type) return true;
    const open = [relation];
    for (let child = open.pop(); child !== undefined; child = open.pop()) {
      const parents = parentsOf(this.catalog, child);
      if (parents.includes(wanted)) return true;
      open.push(...parents);
    }
    return false;
  }

  /** The schema's other rows hide it? True when the unqualified name finds this very relation. */
  isRelationVisible(relation: RelationFacts): boolean {
    return this.findRelationByName(undefined, relation.name)?.oid === relation.oid;
  }
  isTypeVisible(type: TypeFacts): boolean {
    return this.findTypeByName(undefined, type.name)?.oid === type.oid;
  }
}

export const NO_COLLATION = oid(0);
export const DEFAULT_COLLATION = oid(100);
export const C_COLLATION = oid(950);
