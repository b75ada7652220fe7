/**
 * SOURCES AND SINKS. Columns and queries are the grammar's, read where they stand; the options of
 * WITH are a list of our own, for their keys have dots.
 * https://docs.risingwave.com/sql/commands/sql-create-source
 */
import type { SelectStmt } from "libpg-query";
import { notSupported } from "../../../base/sql-error.ts";
import type {
  ConnectorFormat,
  ConnectorNoun,
  ConnectorOption,
  CreateSink,
  CreateSource,
  LimitedNoun,
  SetRateLimit,
} from "../../../catalog/job-statement.ts";
import type { Comment } from "../../../catalog/object-name.ts";
import type {
  DdlStatement,
  QualifiedName,
  RoleSpec,
  TableElement,
} from "../../../catalog/statement.ts";
import { roleSpec } from "../names.ts";
import { createTable } from "../tables.ts";
import { isMark, isWord, type Token } from "../tokens.ts";
import type { StatementReader } from "./reader.ts";

const OID_MAX = 2 ** 32 - 1;

export function createSource(reader: StatementReader): CreateSource {
  reader.expect("create", "source");
  const ifNotExists = reader.accept("if", "not", "exists");
  const source = reader.name();
  const elements = isMark(reader.next, "(") ? columns(reader) : [];
  const options = withOptions(reader);
  const format = formatOf(reader);
  reader.expectEnd();
  return { kind: "createSource", source, ifNotExists, elements, options, ...format };
}

function columns(reader: StatementReader): readonly TableElement[] {
  const tokens = reader.takeParenthesised();
  const node = reader.part("CREATE TABLE s", tokens);
  return "CreateStmt" in node ? createTable(node.CreateStmt).elements : [];
}

export function createSink(reader: StatementReader): CreateSink {
  reader.expect("create", "sink");
  const ifNotExists = reader.accept("if", "not", "exists");
  const sink = reader.name();
  if (reader.accept("into")) throw notSupported("CREATE SINK INTO");
  const query = { node: sunk(reader) };
  const options = withOptions(reader);
  const format = formatOf(reader);
  reader.expectEnd();
  return { kind: "createSink", sink, ifNotExists, query, options, ...format };
}

function sunk(reader: StatementReader): SelectStmt {
  if (reader.accept("from")) return everythingIn(reader.name());
  reader.expect("as");
  // A query's own WITH is followed by a name.
  const tokens = reader.takeUntil(
    (token, following) => isWord(token, "with") && isMark(following, "("),
  );
  return reader.query(tokens);
}

/** SELECT * FROM name. */
const everythingIn = ({ database, schema, name }: QualifiedName): SelectStmt => ({
  targetList: [{ ResTarget: { val: { ColumnRef: { fields: [{ A_Star: {} }] } } } }],
  fromClause: [
    {
      RangeVar: {
        ...(database === undefined ? {} : { catalogname: database }),
        ...(schema === undefined ? {} : { schemaname: schema }),
        ...{ relname: name, inh: true, relpersistence: "p", location: -1 },
      },
    },
  ],
  limitOption: "LIMIT_OPTION_DEFAULT",
  op: "SETOP_NONE",
});

export function withOptions(reader: StatementReader): readonly ConnectorOption[] {
  reader.expect("with");
  return optionList(reader);
}

function optionList(reader: StatementReader): readonly ConnectorOption[] {
  reader.expectMark("(");
  const options = [option(reader)];
  while (reader.acceptMark(",")) options.push(option(reader));
  reader.expectMark(")");
  return options;
}

/** Keys are in lower case unless quoted. */
function option(reader: StatementReader): ConnectorOption {
  const { position } = reader;
  const parts = [keyPart(reader)];
  while (reader.acceptMark(".")) parts.push(keyPart(reader));
  reader.expectMark("=");
  const { position: valuePosition } = reader;
  if (parts.join(".") === "connection") {
    const name = reader.name();
    return { key: "connection", value: name.name, name, position, valuePosition };
  }
  return { key: parts.join("."), value: optionValue(reader), position, valuePosition };
}

/** Any word, reserved ones, too: `fields.v.end`. */
function keyPart(reader: StatementReader): string {
  const { next } = reader;
  if (next?.kind === "quoted") return unquoted(reader.take());
  if (next?.kind !== "word") throw reader.unexpected();
  return reader.take().text.toLowerCase();
}

const unquoted = ({ text }: Token): string => text.slice(1, -1).replaceAll('""', '"');

function optionValue(reader: StatementReader): string {
  const { next } = reader;
  if (next?.kind === "string") return reader.string();
  const sign = reader.acceptMark("-") ? "-" : "";
  const { kind } = reader.next ?? {};
  if (kind === "number" || (kind === "word" && sign === "")) return sign + reader.take().text;
  throw reader.unexpected();
}

function formatOf(reader: StatementReader): { readonly format?: ConnectorFormat } {
  const { position } = reader;
  if (!reader.accept("format")) return {};
  const format = reader.identifier();
  reader.expect("encode");
  const encode = reader.identifier();
  const options = isMark(reader.next, "(") ? optionList(reader) : [];
  return { format: { format, encode, options, position } };
}

export const dropConnectors = (reader: StatementReader, noun: ConnectorNoun): DdlStatement => ({
  kind: "dropRelations",
  noun,
  ...dropped(reader, noun),
});

/** What DROP says behind the noun. */
export function dropped(reader: StatementReader, noun: string) {
  reader.expect("drop", noun);
  const ifExists = reader.accept("if", "exists");
  const names = [reader.name()];
  while (reader.acceptMark(",")) names.push(reader.name());
  const cascade = reader.accept("cascade");
  if (!cascade) reader.accept("restrict");
  reader.expectEnd();
  return { names, ifExists, cascade };
}

export function alterConnector(reader: StatementReader, noun: ConnectorNoun): DdlStatement {
  reader.expect("alter", noun);
  const relation = reader.name();
  const ifExists = false;
  const statement = (): DdlStatement => {
    if (reader.accept("rename", "to")) {
      const newName = reader.identifier();
      return { kind: "renameRelation", noun, relation, ifExists, newName };
    }
    if (reader.accept("owner", "to")) {
      const actions = [{ kind: "owner", owner: role(reader) } as const];
      return { kind: "alterTable", noun, table: relation, ifExists, actions };
    }
    for (const words of UNSUPPORTED) {
      const what = `ALTER ${noun} ${words}`.toUpperCase();
      if (reader.accept(...words.split(" "))) throw notSupported(what);
    }
    reader.expect("set", "schema");
    return { kind: "setSchema", noun, relation, ifExists, schema: reader.identifier() };
  };
  const read = statement();
  reader.expectEnd();
  return read;
}

/** What RisingWave does besides. */
const UNSUPPORTED = ["add column", "drop column", "refresh schema", "format", "connector with"];

const RATES = {
  backfill_rate_limit: "backfill",
  source_rate_limit: "source",
  sink_rate_limit: "sink",
};
export const RATE_WORDS = Object.keys(RATES);

export function setRateLimit(reader: StatementReader, noun: LimitedNoun): SetRateLimit {
  reader.expect("alter", ...noun.split(" "));
  const relation = reader.name();
  reader.expect("set");
  const found = Object.entries(RATES).find(([word]) => reader.accept(word));
  if (found === undefined) throw reader.unexpected();
  if (!reader.acceptMark("=")) reader.expect("to");
  const limit = reader.accept("default") ? undefined : reader.integer(OID_MAX);
  reader.expectEnd();
  return { kind: "setRateLimit", noun, of: found[1] as SetRateLimit["of"], relation, limit };
}

export function commentOn(reader: StatementReader, noun: ConnectorNoun | "connection"): Comment {
  reader.expect("comment", "on", noun);
  const name = reader.name();
  const object =
    noun === "connection"
      ? ({ kind: "qualified", noun, name } as const)
      : ({ kind: "relation", relkind: noun, name } as const);
  reader.expect("is");
  const text = reader.accept("null") ? null : reader.string();
  reader.expectEnd();
  return { kind: "comment", object, text };
}

/** A name, or one of the words for the session's own role. */
export function role(reader: StatementReader): RoleSpec {
  const node = reader.part("DROP OWNED BY", [reader.take()]);
  const [found] = "DropOwnedStmt" in node ? (node.DropOwnedStmt.roles ?? []) : [];
  return roleSpec(found && "RoleSpec" in found ? found.RoleSpec : undefined);
}
