/**
 * PostgreSQL's own trigger functions: tsvector_update_trigger and its like, and
 * suppress_redundant_updates_trigger.
 * https://www.postgresql.org/docs/15/textsearch-features.html#TEXTSEARCH-UPDATE-TRIGGERS
 * https://www.postgresql.org/docs/15/functions-trigger.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { BUILTIN_TRIGGERS } from "../../catalog/builtin-triggers.ts";
import { languageOf } from "../../catalog/languages.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgProc } from "../../catalog/relations/pg-proc.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { BEFORE, ROW } from "../../catalog/trigger-bits.ts";
import { asText } from "../functions/define.ts";
import { type PlacedWord, placedWords } from "../functions/search-words.ts";
import { vectorOfWords } from "../functions/text-search-texts.ts";
import type { ColumnShape, TableShape } from "../rows/table-shape.ts";
import type { Happening, Row, Trigger } from "../rows/triggers.ts";
import type { StatementContext } from "../session/engine.ts";
import { regconfig } from "../types/reg-types.ts";
import type { Scalar } from "../types/scalar.ts";
import { T } from "../types/type-oids.ts";

interface Fired {
  readonly context: StatementContext;
  readonly shape: TableShape;
  readonly trigger: Trigger;
  readonly happened: Happening;
}

type BuiltinTrigger = (fired: Fired) => Row | undefined;

const internal = (message: string) => new SqlError("XX000", message);

const isFired = ({ trigger }: Fired, bit: number): boolean => (trigger.type & bit) !== 0;

function baseType(catalog: CatalogReader, type: Oid): Oid {
  const row = catalog.find(pgType, "key", [type]);
  return row?.typtype === "d" ? baseType(catalog, row.typbasetype) : type;
}

/** Throws 42703, 42804. */
function columnNamed(
  { context, shape }: Fired,
  name: string,
  wanted: { readonly types: readonly number[]; readonly noun: string; readonly kind: string },
): ColumnShape {
  const column = shape.columns.find((each) => each.name === name);
  const { types, noun, kind } = wanted;
  if (!column) throw new SqlError("42703", `${noun} "${name}" does not exist`);
  if (!types.includes(baseType(context.catalog, column.type))) {
    throw new SqlError("42804", `column "${name}" is not of ${kind} type`);
  }
  return column;
}

const VECTOR = { types: [T.tsvector], noun: "tsvector column", kind: "tsvector" };
const CONFIGURATION = {
  types: [T.regconfig, T.oid],
  noun: "configuration column",
  kind: "regconfig",
};
const TEXT = { types: [T.text, T.varchar], noun: "column", kind: "a character" };

/** Throws 22004, 22023, 42704. */
function configurationOf(fired: Fired, row: Row, named: string, byColumn: boolean): Scalar {
  if (byColumn) {
    const { number } = columnNamed(fired, named, CONFIGURATION);
    const value = row[number - 1] ?? null;
    if (value !== null) return value;
    throw new SqlError("22004", `configuration column "${named}" must not be null`);
  }
  if (/^(?:[^".]|"(?:[^"]|"")*")*$/.test(named)) {
    const message = `text search configuration name "${named}" must be schema-qualified`;
    throw new SqlError("22023", message);
  }
  return regconfig.parse(named, -1, fired.context);
}

const updateVector =
  (byColumn: boolean): BuiltinTrigger =>
  (fired) => {
    const { context, trigger, happened } = fired;
    const refuse = (why: string) => internal(`tsvector_update_trigger: ${why}`);
    if (!isFired(fired, ROW)) throw refuse("must be fired for row");
    if (!isFired(fired, BEFORE)) throw refuse("must be fired BEFORE event");
    const { now: row, event } = happened;
    if (!row || (event !== "insert" && event !== "update")) {
      throw refuse("must be fired for INSERT or UPDATE");
    }
    const [target, named, ...sources] = trigger.args;
    if (target === undefined || named === undefined || sources.length === 0) {
      throw refuse("arguments must be tsvector_field, ts_config, text_field1, ...)");
    }
    const vector = columnNamed(fired, target, VECTOR);
    const configuration = configurationOf(fired, row, named, byColumn);
    const words: PlacedWord[] = [];
    let last = 0;
    let isNeeded = event === "insert";
    for (const name of sources) {
      const { number } = columnNamed(fired, name, TEXT);
      if (happened.columns?.includes(number)) isNeeded = true;
      const text = row[number - 1] ?? null;
      if (text === null) continue;
      const placed = placedWords(context, configuration, asText(text), last);
      words.push(...placed.words);
      last = placed.last;
    }
    return isNeeded ? row.with(vector.number - 1, vectorOfWords(words)) : row;
  };

const isSame = (a: Scalar, b: Scalar): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;

/** Undefined: the row stays as it is. */
const suppressRedundant: BuiltinTrigger = (fired) => {
  const { old, now, event } = fired.happened;
  const refuse = (when: string) =>
    new SqlError("39P01", `suppress_redundant_updates_trigger: must be called ${when}`);
  if (event !== "update") throw refuse("on update");
  if (!isFired(fired, BEFORE)) throw refuse("before update");
  if (!isFired(fired, ROW) || !old || !now) throw refuse("for each row");
  return now.every((value, at) => isSame(value, old[at] ?? null)) ? undefined : now;
};

const triggers: Readonly<Record<string, BuiltinTrigger>> = {
  suppress_redundant_updates_trigger: suppressRedundant,
  tsvector_update_trigger_byid: updateVector(false),
  tsvector_update_trigger_bycolumn: updateVector(true),
};

/** Undefined: the function is none of PostgreSQL's own. */
export function builtinTrigger(catalog: CatalogReader, called: Oid): BuiltinTrigger | undefined {
  const proc = catalog.find(pgProc, "key", [called]);
  if (!proc || !BUILTIN_TRIGGERS.has(proc.prosrc)) return undefined;
  const language = languageOf(catalog, proc.prolang);
  return language === "internal" ? triggers[proc.prosrc] : undefined;
}
