/**
 * What a printer writes to: text with PostgreSQL's indentation, and the names that columns go by.
 */
import type { Oid } from "../../base/ids.ts";
import type { Names } from "../bind/names.ts";
import type { Expression, Query, RangeTableEntry, WindowDefinition } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";

/** One query level: how its entries are called, and its windows. */
export interface Level {
  readonly rangeTable: readonly RangeTableEntry[];
  /** By entry; unique within the level. */
  readonly names: readonly string[];
  readonly windows: readonly WindowDefinition[];
}

export interface PrinterSettings {
  readonly names: Names;
  readonly types: TypeContext;
  /** Leaves out parentheses that precedence makes needless. */
  readonly pretty: boolean;
  /** Columns always carry their table's name. */
  readonly prefixed: boolean;
}

/** Beyond this depth lines are indented less. */
const INDENT_MAX = 40;

export class Writer {
  readonly settings: PrinterSettings;
  /** Innermost first. */
  levels: readonly Level[];
  /** The relation whose columns an expression outside any query names. */
  readonly relation: Oid | undefined;
  /** Printing of queries, which expressions may hold: set by print.ts. */
  readonly printQuery: (writer: Writer, query: Query, namesVisible?: boolean) => void;
  text = "";
  indent = 0;

  constructor(
    settings: PrinterSettings,
    relation: Oid | undefined,
    printQuery: (writer: Writer, query: Query, namesVisible?: boolean) => void,
  ) {
    this.settings = settings;
    this.relation = relation;
    this.printQuery = printQuery;
    this.levels = [];
  }

  get names(): Names {
    return this.settings.names;
  }
  get pretty(): boolean {
    return this.settings.pretty;
  }

  put(text: string): void {
    this.text += text;
  }

  /** A word that begins a line. `before` and `after` move the margin, `extra` only this line. */
  line(word: string, before = 0, after = 0, extra = 0): void {
    this.indent += before;
    const margin = Math.max(this.indent, 0);
    const width =
      margin < INDENT_MAX ? margin + extra : INDENT_MAX + ((margin - INDENT_MAX) % 4) + extra;
    this.text = `${this.text.replace(/ +$/, "")}\n${" ".repeat(Math.max(width, 0))}${word}`;
    this.indent = Math.max(this.indent + after, 0);
  }

  list<T>(items: readonly T[], print: (item: T) => void, separator = ", "): void {
    items.forEach((item, at) => {
      if (at > 0) this.put(separator);
      print(item);
    });
  }
}

/** Column references carry their table's name when another table is near. */
export const needsPrefix = (writer: Writer): boolean =>
  writer.settings.prefixed ||
  writer.levels.length > 1 ||
  (writer.levels[0]?.rangeTable.length ?? 0) > 1;

export type Print = (writer: Writer, node: Expression, showImplicit: boolean) => void;
