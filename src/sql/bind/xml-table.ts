/**
 * XMLTABLE: https://www.postgresql.org/docs/15/functions-xml.html#FUNCTIONS-XML-PROCESSING-XMLTABLE
 */
import type { Node, RangeTableFunc, RangeTableFuncCol } from "@pgsql/types";
import { INVALID_OID, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { coerceToSpecific } from "./coerce.ts";
import { assignCollations } from "./collation.ts";
import { required } from "./node.ts";
import { aliasOf, columnsFrom, renamed } from "./range-table.ts";
import type { Scope } from "./scope.ts";
import type { Alias, Expression, RangeTableEntry, XmlColumn, XmlExpression } from "./tree.ts";
import { bindTypeName } from "./type-name.ts";
import { INT4, RECORD, TEXT } from "./type-oids.ts";
import { typeText } from "./type-text.ts";
import { namesOwnColumn } from "./walk.ts";

const XML = oid(142);
const XMLTABLE = "XMLTABLE";

export function bindXmlTable(scope: Scope, node: RangeTableFunc): RangeTableEntry {
  const saved = scope.lateralActive;
  scope.lateralActive = true;
  const call = new TableBinder(scope).bind(node);
  scope.lateralActive = saved;
  assignCollations(scope.names, call);
  const alias = aliasOf(node.alias);
  const columns = call.columns ?? [];
  checkAlias(alias, columns.length);
  const name = alias?.name ?? "xmltable";
  return {
    kind: "function",
    name,
    ...(alias ? { alias } : {}),
    ...renamed(columnsFrom(columns), alias, name),
    lateral: (node.lateral ?? false) || namesOwnColumn(call),
    functions: [{ call, columnCount: columns.length, definitions: columns }],
    ordinality: false,
  };
}

function checkAlias(alias: Alias | undefined, available: number): void {
  const given = alias?.columns.length ?? 0;
  if (given <= available) return;
  const message = `${XMLTABLE} function has ${available} columns available but ${given} columns specified`;
  throw new SqlError("42P10", message);
}

class TableBinder {
  readonly #scope: Scope;
  readonly #args: Expression[] = [];

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  bind(node: RangeTableFunc): Extract<Expression, { kind: "xml" }> {
    this.#text(required(node.rowexpr, "the rows of XMLTABLE"));
    const document = this.#bound(required(node.docexpr, "the document of XMLTABLE"));
    this.#args.push(coerceToSpecific(this.#scope, document, XML, "xml", XMLTABLE));
    const columns = this.#columns(node.columns ?? []);
    const named = this.#namespaces(node.namespaces ?? []);
    return {
      ...{ kind: "xml", operation: "table", named, args: this.#args, columns, document: true },
      ...{ type: RECORD, typmod: -1, collation: INVALID_OID },
      position: this.#scope.at(node.location),
    };
  }

  #bound(node: Node): Expression {
    return this.#scope.bind(node, "function in FROM");
  }

  #textOf(node: Node): Expression {
    return coerceToSpecific(this.#scope, this.#bound(node), TEXT, "text", XMLTABLE);
  }

  /** The number of the argument. */
  #text(node: Node): number {
    return this.#args.push(this.#textOf(node)) - 1;
  }

  #columns(nodes: readonly Node[]): readonly XmlColumn[] {
    const columns: XmlColumn[] = [];
    for (const node of nodes) {
      if (!("RangeTableFuncCol" in node)) continue;
      const { RangeTableFuncCol: written } = node;
      const column = this.#column(written, columns);
      if (columns.some(({ name }) => name === column.name)) {
        throw this.#fault(written, `column name "${column.name}" is not unique`);
      }
      columns.push(column);
    }
    return columns;
  }

  #column(node: RangeTableFuncCol, before: readonly XmlColumn[]): XmlColumn {
    const { colname: name = "", typeName, colexpr, coldefexpr } = node;
    if (node.for_ordinality) {
      if (before.some(({ counts }) => counts)) {
        throw this.#fault(node, "only one FOR ORDINALITY column is allowed");
      }
      return { name, type: INT4, typmod: -1, collation: INVALID_OID, counts: true };
    }
    const written = required(typeName, "a column's type");
    if (written.setof) {
      throw this.#fault(node, `column "${name}" cannot be declared SETOF`, "42P16");
    }
    const { names } = this.#scope;
    const { type, typmod } = bindTypeName(this.#scope, written);
    const path = colexpr && { path: this.#text(colexpr) };
    const otherwise = coldefexpr && { otherwise: this.#default(coldefexpr, type, typmod) };
    const { collation } = names.type(type);
    const notNull = node.is_not_null ? { notNull: true as const } : {};
    return { name, type, typmod, collation, ...path, ...otherwise, ...notNull };
  }

  #default(node: Node, type: XmlColumn["type"], typmod: number): number {
    const bound = this.#bound(node);
    const shown = typeText(this.#scope.names, type);
    return this.#args.push(coerceToSpecific(this.#scope, bound, type, shown, XMLTABLE, typmod)) - 1;
  }

  #namespaces(nodes: readonly Node[]): XmlExpression["named"] {
    const named: { name: string; value: Expression }[] = [];
    for (const node of nodes) {
      if (!("ResTarget" in node)) continue;
      const { name = "", val } = node.ResTarget;
      const value = this.#textOf(required(val, "a namespace"));
      if (named.some((other) => other.name === name)) {
        const message =
          name === ""
            ? "only one default namespace is allowed"
            : `namespace name "${name}" is not unique`;
        throw this.#fault(node.ResTarget, message);
      }
      named.push({ name, value });
    }
    return named;
  }

  #fault({ location }: { location?: number }, message: string, code = "42601"): SqlError {
    return new SqlError(code, message).at(this.#scope.at(location));
  }
}
