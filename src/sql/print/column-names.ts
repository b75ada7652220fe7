/**
 * WHAT COLUMNS ARE CALLED in a printed query. The names must be right when the text is read again,
 * though columns of the tables below were added, dropped or renamed since the query was stored:
 *
 *   - within one entry of FROM every name stands for one column; a second one gets a suffix
 *   - USING needs the same name on both sides, and none of it elsewhere in its join, so these names
 *     are chosen first, from the outermost join inwards
 *   - a merged column that is neither side's (FULL JOIN, or a cast) of a join without an alias can
 *     only be written bare, so then names of USING are unique in the whole query
 *   - an alias lists the columns that its entry has now, those added since too
 */
import { AssertionError } from "../../base/assert.ts";
import { clip, IDENTIFIER_BYTES_MAX } from "../../catalog/ddl/generated-names.ts";
import type { Names } from "../bind/names.ts";
import type { FromItem, RangeTableEntry } from "../bind/tree.ts";
import { xmlTableOf } from "../bind/xml-table-entry.ts";

type JoinItem = FromItem & { readonly kind: "join" };
type JoinEntry = RangeTableEntry & { readonly kind: "join" };

/** The columns of one entry. */
export interface EntryColumns {
  /** By attribute - 1, as the query was stored; undefined = dropped since. */
  readonly names: (string | undefined)[];
  /** The columns that it has now, in order. */
  readonly now: { readonly name: string; readonly added: boolean }[];
  /** Whether the alias lists the names. */
  listed: boolean;
  /** Of a join with USING: the names that are merged. */
  readonly using: string[];
}

interface Naming extends EntryColumns {
  /** Names merged by joins around the entry. */
  parentUsing: readonly string[];
}

/** Names for the entries of a query; `from` is its join tree. */
export function columnNamesOf(
  names: Names,
  rangeTable: readonly RangeTableEntry[],
  from: readonly FromItem[],
): readonly EntryColumns[] {
  const namer = new Namer(names, rangeTable, from);
  return namer.columns;
}

class Namer {
  readonly columns: readonly Naming[];
  readonly #names: Names;
  readonly #rangeTable: readonly RangeTableEntry[];
  /** Names of USING that no other column of the query may have. */
  readonly #reserved: string[] = [];
  readonly #reserving: boolean;

  constructor(names: Names, rangeTable: readonly RangeTableEntry[], from: readonly FromItem[]) {
    this.#names = names;
    this.#rangeTable = rangeTable;
    this.columns = rangeTable.map(() => ({
      names: [],
      now: [],
      listed: false,
      using: [],
      parentUsing: [],
    }));
    this.#reserving = from.some((item) => this.#mergesBareColumns(item));
    const joins = new Map<number, JoinItem>();
    for (const item of from) this.#nameUsing(item, [], joins);
    // A join stands behind what it joins.
    rangeTable.forEach((entry, at) => {
      const join = joins.get(at + 1);
      if (entry.kind !== "join") this.#nameEntry(entry, this.#column(at + 1));
      else if (join) this.#nameJoin(entry, join);
    });
  }

  #column(table: number): Naming {
    const found = this.columns[table - 1];
    if (!found) throw new AssertionError(`no range table entry ${table}`);
    return found;
  }

  #joinEntry(table: number): JoinEntry {
    const entry = this.#rangeTable[table - 1];
    if (entry?.kind !== "join") throw new AssertionError(`entry ${table} is no join`);
    return entry;
  }

  #mergesBareColumns(item: FromItem): boolean {
    if (item.kind !== "join") return false;
    const { alias, using, columns } = this.#joinEntry(item.table);
    const merged = !alias && using.length > 0 && columns.some((each) => each.kind !== "column");
    return merged || this.#mergesBareColumns(item.left) || this.#mergesBareColumns(item.right);
  }

  #nameUsing(item: FromItem, around: readonly string[], joins: Map<number, JoinItem>): void {
    if (item.kind !== "join") return;
    joins.set(item.table, item);
    const entry = this.#joinEntry(item.table);
    const own = this.#column(item.table);
    const sides = [
      { column: this.#column(item.left.table), attributes: entry.left },
      { column: this.#column(item.right.table), attributes: entry.right },
    ];
    const pushDown = (at: number, name: string) => {
      for (const { column, attributes } of sides) {
        const attribute = attributes[at] ?? 0;
        if (attribute > 0) column.names[attribute - 1] = name;
      }
    };
    // Without an alias the join's columns are its inputs': names chosen above go on to them.
    if (!entry.alias) {
      own.names.forEach((name, at) => {
        if (name !== undefined) pushDown(at, name);
      });
    }
    const inside = [...around];
    entry.using.forEach((written, at) => {
      const name = own.names[at] ?? this.#chooseUsing(entry, own, written, at);
      own.names[at] = name;
      own.using.push(name);
      inside.push(name);
      pushDown(at, name);
    });
    for (const { column } of sides) column.parentUsing = inside;
    this.#nameUsing(item.left, inside, joins);
    this.#nameUsing(item.right, inside, joins);
  }

  #chooseUsing(entry: JoinEntry, own: Naming, written: string, at: number): string {
    const name = this.#unique(entry.alias?.columns[at] ?? written, own);
    if (this.#reserving) this.#reserved.push(name);
    return name;
  }

  #nameEntry(entry: RangeTableEntry, own: Naming): void {
    const real = this.#realNames(entry);
    const aliases = aliasesByAttribute(entry);
    const now: { name: string; added: boolean }[] = [];
    let changed = false;
    own.names.length = Math.max(own.names.length, real.length);
    real.forEach((realName, at) => {
      if (realName === undefined) return;
      const name = own.names[at] ?? this.#unique(aliases[at] || realName, own);
      own.names[at] = name;
      now.push({ name, added: at >= entry.names.length });
      changed ||= name !== realName;
    });
    own.now.push(...now);
    const isAliased = entry.kind !== "relation" && (entry.alias?.columns.length ?? 0) > 0;
    own.listed = !xmlTableOf(entry) && (entry.kind === "function" || changed || isAliased);
  }

  /** What the columns are called without this query's doing; undefined = dropped. */
  #realNames(entry: RangeTableEntry): (string | undefined)[] {
    if (entry.kind === "relation") {
      return this.#names.columns(entry.relation).map(({ name }) => name || undefined);
    }
    if (entry.kind === "function") return this.#functionNames(entry);
    return entry.names.map((name) => name || undefined);
  }

  /** Of those of a function that returns a table's row, the ones that the table still has. */
  #functionNames(entry: RangeTableEntry & { readonly kind: "function" }): (string | undefined)[] {
    const found: (string | undefined)[] = [];
    let from = 0;
    for (const { call, columnCount, definitions } of entry.functions) {
      const relation = definitions ? 0 : (this.#names.findType(call.type)?.relation ?? 0);
      const stored = entry.names.slice(from, from + columnCount);
      from += columnCount;
      if (relation === 0) found.push(...stored);
      else {
        const columns = this.#names.columns(relation as typeof call.type);
        found.push(...stored.map((name, at) => columns[at]?.name && name));
      }
    }
    found.push(...entry.names.slice(from));
    return found.map((name) => name || undefined);
  }

  #nameJoin(entry: JoinEntry, item: JoinItem): void {
    const own = this.#column(item.table);
    const left = this.#column(item.left.table);
    const right = this.#column(item.right.table);
    let changed = false;
    own.names.length = Math.max(own.names.length, entry.names.length);
    for (let at = own.using.length; at < entry.names.length; at++) {
      const below =
        left.names[(entry.left[at] ?? 0) - 1] ?? right.names[(entry.right[at] ?? 0) - 1];
      if (below === undefined || !entry.alias) {
        own.names[at] = below;
        continue;
      }
      const name = own.names[at] ?? this.#unique(entry.alias.columns[at] ?? below, own);
      own.names[at] = name;
      changed ||= name !== below;
    }
    for (const name of own.using) own.now.push({ name, added: false });
    changed = this.#addSide(entry, own, left, entry.left) || changed;
    changed = this.#addSide(entry, own, right, entry.right) || changed;
    own.listed = entry.alias !== undefined && changed;
  }

  /** The columns of one side that USING has not merged, as it has them now. */
  #addSide(entry: JoinEntry, own: Naming, side: Naming, attributes: readonly number[]): boolean {
    let changed = false;
    let attribute = 0;
    for (const { name: below, added } of side.now) {
      if (added) {
        const name = entry.alias ? this.#unique(below, own) : below;
        changed ||= name !== below;
        own.now.push({ name, added });
        continue;
      }
      while (side.names[attribute] === undefined) attribute++;
      attribute++;
      const at = attributes.indexOf(attribute);
      const name = own.names[at];
      if (at >= own.using.length && name !== undefined) own.now.push({ name, added });
    }
    return changed;
  }

  /** The name, with a number behind it when a column beside it has it already. */
  #unique(name: string, own: Naming): string {
    const isTaken = (candidate: string) =>
      own.names.includes(candidate) ||
      own.now.some((each) => each.name === candidate) ||
      this.#reserved.includes(candidate) ||
      own.parentUsing.includes(candidate);
    return uniqueName(name, isTaken);
  }
}

/** Aliases belong to the columns that there were when they were written. */
function aliasesByAttribute({ alias, names }: RangeTableEntry): (string | undefined)[] {
  const given = [...(alias?.columns ?? [])];
  return names.map((name) => (name === "" ? undefined : given.shift()));
}

/** The name itself, or the first of name_1, name_2, … that is not taken. */
export function uniqueName(name: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(name)) return name;
  for (let number = 1; ; number++) {
    const suffix = `_${number}`;
    const candidate = clip(name, IDENTIFIER_BYTES_MAX - suffix.length) + suffix;
    if (!isTaken(candidate)) return candidate;
  }
}
