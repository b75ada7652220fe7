/** NAMES OF TYPES AND COLUMNS in bodies in PL/pgSQL. */
import { FIRST_USER_OID, INVALID_OID, type Oid } from "../../base/ids.ts";
import { notSupported, SqlError } from "../../base/sql-error.ts";
import { findAttribute } from "../../catalog/names.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { resolveTypeName } from "../../catalog/type-name.ts";
import type { BindContext } from "../bind/context.ts";
import { Names } from "../bind/names.ts";
import { typeText } from "../bind/type-text.ts";
import type { AssignedPart } from "../bind/variable-part.ts";
import { parse } from "../parse/parse.ts";
import type { Statement } from "../parse/statement.ts";
import type { PlacedSql, TypeTarget } from "../plpgsql/port.ts";
import type { StatementContext } from "../session/engine.ts";

interface NamesHost {
  readonly context: StatementContext;
  bindContext(): BindContext;
}

/** Types of the system's own that are no row types. */
const plainTypes = new Set<Oid>();

export class BodyNames {
  readonly #host: NamesHost;

  constructor(host: NamesHost) {
    this.#host = host;
  }

  resolveType(text: string): TypeTarget {
    const { catalog, searchPath, user } = this.#host.context;
    const statement = onlyStatement(`ALTER TABLE t ADD COLUMN c ${text}`);
    const { body } = statement;
    if (body.kind === "refused") throw body.error;
    const action = body.kind === "alterTable" ? body.actions[0] : undefined;
    if (action?.kind !== "addColumn") throw notSupported(`type ${text} in PL/pgSQL`);
    const { type: name } = action.column;
    const bare = { ...name };
    Reflect.deleteProperty(bare, "position");
    const { row, typmod } = resolveTypeName(catalog, bare, searchPath, user.oid);
    return { type: row.oid, typmod };
  }

  fieldsOf(type: Oid) {
    if (plainTypes.has(type)) return undefined;
    const names = this.#names();
    const relation = names.findType(type) ? names.rowRelation(type) : (0 as Oid);
    if (relation !== 0) return names.columns(relation);
    if (type < FIRST_USER_OID) plainTypes.add(type);
    return undefined;
  }

  rowTypeOf(path: readonly string[]): Oid {
    const relation = this.#relation(path);
    const { catalog } = this.#host.context;
    const row = catalog
      .list(pgType, "typname_nsp", [relation.name])
      .find(({ typrelid }) => typrelid === relation.oid);
    if (row) return row.oid;
    throw new SqlError("42P01", `relation "${path.join(".")}" does not exist`);
  }

  columnType(path: readonly string[]): TypeTarget {
    const relation = this.#relation(path.slice(0, -1));
    const { catalog } = this.#host.context;
    const column = path.at(-1) ?? "";
    const row = findAttribute(catalog, relation.oid, column);
    if (row) {
      const { atttypid: type, atttypmod: typmod, attcollation: collation } = row;
      return { type, typmod, collation };
    }
    const message = `column "${column}" of relation "${relation.name}" does not exist`;
    throw new SqlError("42703", message);
  }

  collation(path: readonly string[], type: Oid): Oid {
    const names = this.#names();
    if (names.type(type).collation === INVALID_OID) {
      const message = `collations are not supported by type ${typeText(names, type)}`;
      throw new SqlError("42804", message);
    }
    const [name = "", schema] = [...path].reverse();
    const namespace = schema === undefined ? undefined : names.getNamespace(schema, undefined);
    const found = names.findCollation(namespace, name);
    if (found) return found.oid;
    const message = `collation "${path.join(".")}" for encoding "UTF8" does not exist`;
    throw new SqlError("42704", message);
  }

  #relation(path: readonly string[]) {
    const [name = "", schema] = [...path].reverse();
    const names = this.#names();
    const namespace = schema === undefined ? undefined : names.getNamespace(schema);
    const found = names.findRelationByName(namespace, name);
    if (!found) throw new SqlError("42P01", `relation "${path.join(".")}" does not exist`);
    return found;
  }

  #names(): Names {
    const { builtin, catalog, searchPath } = this.#host.bindContext();
    return new Names(builtin, catalog, searchPath);
  }
}

export function onlyStatement(text: string): Statement {
  const [statement, ...more] = parse(text);
  if (!statement) throw new SqlError("42601", "query is empty");
  if (more.length > 0) throw notSupported("more than one statement in EXECUTE");
  return statement;
}

/** The whole that the variable holds then. */
export function assigning(
  statement: Statement,
  { place, variable }: NonNullable<PlacedSql["part"]>,
): Statement {
  const { body } = statement;
  const target = onlyStatement(`SELECT ${place}`).body;
  if (body.kind !== "query" || target.kind !== "query") return statement;
  const assigned: AssignedPart = { target: target.node, variable };
  return { ...statement, body: { ...body, node: { ...(body.node as object), assigned } } };
}
