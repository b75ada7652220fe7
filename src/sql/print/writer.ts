/**
 * What a printer writes to: text with PostgreSQL's indentation, and the names that columns go by.
 */
import type { Oid } from "../../base/ids.ts";
import type { Names } from "../bind/names.ts";
import type { Expression, Query, RangeTableEntry, WindowDefinition } from "../bind/tree.ts";
import type { TypeContext } from "../types/codec.ts";
import type { EntryColumns } from "./column-names.ts";

/** One query level: how its entries are called, and its windows. */
export interface Level {
  /** Of a set operation, whose members are sub-selects. */
  readonly isSet: boolean;
  readonly rangeTable: readonly RangeTableEntry[];
  /** By entry; unique among the levels around, too. A join without an alias has none. */
  readonly names: readonly (string | undefined)[];
  readonly columns: readonly EntryColumns[];
  /** Names of its WITH queries. */
  readonly commonTables: readonly string[];
  readonly windows: readonly WindowDefinition[];
}

export interface PrinterSettings {
  readonly names: Names;
  readonly types: TypeContext;
  /** Leaves out parentheses that precedence makes needless. */
  readonly pretty: boolean;
  /** Columns always carry their table's name. */
  readonly prefixed: boolean;
  /** Output columns go on in a line up to this one; 0 = a line each, -1 = one line for all. */
  readonly wrapColumn: number;
  /** Nothing begins a line of its own. */
  readonly oneLine?: boolean | undefined;
  /** Of a routine whose body is printed: names of all its parameters, "" of one without. */
  readonly routine?: { readonly name: string; readonly parameters: readonly string[] } | undefined;
  /** What the rows of the relation are called: those of a trigger are old and new. */
  readonly rows?: readonly string[] | undefined;
}

/** Beyond this depth lines are indented less, and never by more. */
const INDENT_MAX = 40;

export interface QueryNames {
  /** The columns' names are what the reader wants, as in a view. */
  readonly namesVisible?: boolean | undefined;
  /** It is RETURN, which selects one value. */
  readonly returns?: boolean | undefined;
  /** What the columns are called, where that is not what the query says. */
  readonly names?: readonly string[] | undefined;
  /** Names that no entry of FROM may go by. */
  readonly reserved?: readonly string[] | undefined;
}

export type PrintQuery = (writer: Writer, query: Query, names?: QueryNames) => void;

export class Writer {
  settings: PrinterSettings;
  /** Innermost first. */
  levels: readonly Level[];
  /** The relation whose columns an expression outside any query names. */
  readonly relation: Oid | undefined;
  /** Printing of queries, which expressions may hold: set by print.ts. */
  readonly printQuery: PrintQuery;
  text = "";
  indent = 0;

  constructor(settings: PrinterSettings, relation: Oid | undefined, printQuery: PrintQuery) {
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

  /** The name that queries in an expression find taken. */
  get taken(): readonly string[] {
    const own = this.relation === undefined ? undefined : this.names.findRelation(this.relation);
    return own ? [own.name] : [];
  }

  put(text: string): void {
    this.text += text;
  }

  /** What stands before a query's first word, unless all is one line. */
  margin(): void {
    if (!this.settings.oneLine) this.put(" ");
  }

  /** A word that begins a line. `before` and `after` move the margin, `extra` only this line. */
  line(word: string, before = 0, after = 0, extra = 0): void {
    if (this.settings.oneLine) {
      const before = this.text.trimEnd();
      const gap = before === "" || before.endsWith("(") ? "" : " ";
      this.text = `${before}${gap}${word.trimStart()}`;
      return;
    }
    this.indent += before;
    const margin = Math.max(this.indent, 0);
    const deep = (INDENT_MAX + Math.trunc((margin - INDENT_MAX) / 4)) % INDENT_MAX;
    const width = (margin < INDENT_MAX ? margin : deep) + extra;
    this.text = `${this.text.replace(/ +$/, "")}\n${" ".repeat(width)}${word}`;
    this.indent = Math.max(this.indent + after, 0);
  }

  /** What `body` writes, instead of writing it. */
  apart(body: () => void): string {
    const before = this.text;
    this.text = "";
    body();
    const written = this.text;
    this.text = before;
    return written;
  }

  /** Whether the current line with the text is no longer than this, in bytes. */
  fits(text: string, bytes: number): boolean {
    const line = this.text.slice(this.text.lastIndexOf("\n") + 1);
    return Buffer.byteLength(line) + Buffer.byteLength(text) <= bytes;
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
  writer.levels.length > (writer.relation === undefined ? 1 : 0) ||
  (writer.levels[0]?.rangeTable.length ?? 0) > 1;

export type Print = (writer: Writer, node: Expression, showImplicit: boolean) => void;
