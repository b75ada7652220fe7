/**
 * SOURCES AND SINKS. Columns and queries are the grammar's, read where they stand; the options of
 * WITH are a list of our own, for their keys have dots.
 * https://docs.risingwave.com/sql/commands/sql-create-source
 */
import type {
  ConnectorFormat,
  ConnectorNoun,
  ConnectorOption,
  ConnectorStatement,
  CreateSink,
} from "../../../catalog/job-statement.ts";
import type { RoleSpec, TableElement } from "../../../catalog/statement.ts";
import { roleSpec } from "../names.ts";
import { createTable } from "../tables.ts";
import { isMark, isWord, type Token } from "../tokens.ts";
import type { StatementReader } from "./reader.ts";

export function createSource(reader: StatementReader): ConnectorStatement {
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

export function createSink(reader: StatementReader): ConnectorStatement {
  reader.expect("create", "sink");
  const ifNotExists = reader.accept("if", "not", "exists");
  const sink = reader.name();
  const from = sunk(reader);
  const options = withOptions(reader);
  const format = formatOf(reader);
  reader.expectEnd();
  return { kind: "createSink", sink, ifNotExists, from, options, ...format };
}

function sunk(reader: StatementReader): CreateSink["from"] {
  if (reader.accept("from")) return { kind: "relation", name: reader.name() };
  reader.expect("as");
  // A query's own WITH is followed by a name.
  const tokens = reader.takeUntil(
    (token, following) => isWord(token, "with") && isMark(following, "("),
  );
  return { kind: "query", query: { node: reader.query(tokens) } };
}

function withOptions(reader: StatementReader): readonly ConnectorOption[] {
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

export function dropConnectors(reader: StatementReader, noun: ConnectorNoun): ConnectorStatement {
  reader.expect("drop", noun);
  const ifExists = reader.accept("if", "exists");
  const names = [reader.name()];
  while (reader.acceptMark(",")) names.push(reader.name());
  const cascade = reader.accept("cascade");
  if (!cascade) reader.accept("restrict");
  reader.expectEnd();
  return { kind: "dropConnectors", noun, names, ifExists, cascade };
}

export function alterConnector(reader: StatementReader, noun: ConnectorNoun): ConnectorStatement {
  reader.expect("alter", noun);
  const name = reader.name();
  const statement = (): ConnectorStatement => {
    if (reader.accept("rename", "to")) {
      return { kind: "renameConnector", noun, name, newName: reader.identifier() };
    }
    if (reader.accept("owner", "to")) {
      return { kind: "connectorOwner", noun, name, owner: role(reader) };
    }
    reader.expect("set", "schema");
    return { kind: "connectorSchema", noun, name, schema: reader.identifier() };
  };
  const read = statement();
  reader.expectEnd();
  return read;
}

/** A name, or one of the words for the session's own role. */
function role(reader: StatementReader): RoleSpec {
  const node = reader.part("DROP OWNED BY", [reader.take()]);
  const [found] = "DropOwnedStmt" in node ? (node.DropOwnedStmt.roles ?? []) : [];
  return roleSpec(found && "RoleSpec" in found ? found.RoleSpec : undefined);
}
