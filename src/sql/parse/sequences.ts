/** CREATE SEQUENCE, ALTER SEQUENCE and the options of identity columns. */
import type { AlterSeqStmt, CreateSeqStmt, DefElem, Node } from "libpg-query";
import { assert } from "../../base/assert.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { AlterSequence, CreateSequence, SequenceOptions } from "../../catalog/statement.ts";
import {
  bigintOption,
  booleanOption,
  persistenceOf,
  qualifiedName,
  relationName,
  stringsOf,
  typeName,
} from "./names.ts";
import { atLocation, positionOf } from "./positions.ts";

export function createSequence(tree: CreateSeqStmt): CreateSequence {
  refuseName(tree.options);
  return {
    kind: "createSequence",
    sequence: relationName(tree.sequence),
    options: sequenceOptions(tree.options),
    persistence: persistenceOf(tree.sequence),
    ifNotExists: tree.if_not_exists ?? false,
  };
}

export function alterSequence(tree: AlterSeqStmt): AlterSequence {
  refuseName(tree.options);
  return {
    kind: "alterSequence",
    sequence: relationName(tree.sequence),
    options: sequenceOptions(tree.options),
    ifExists: tree.missing_ok ?? false,
  };
}

/** Only the sequence of an identity column is named by an option. */
function refuseName(options: readonly Node[] | undefined): void {
  for (const node of options ?? []) {
    if (!("DefElem" in node) || node.DefElem.defname !== "sequence_name") continue;
    const message = "invalid sequence option SEQUENCE NAME";
    throw new SqlError("42601", message, atLocation(node.DefElem.location));
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function sequenceOptions(nodes: readonly Node[] | undefined): SequenceOptions {
  const options: Writable<SequenceOptions> = {};
  const seen = new Set<string>();
  for (const node of nodes ?? []) {
    assert("DefElem" in node && node.DefElem.defname !== undefined, "an option has a name");
    const { defname } = node.DefElem;
    if (seen.has(defname)) options.repeated ??= atLocation(node.DefElem.location);
    seen.add(defname);
    addOption(options, defname, node.DefElem);
  }
  return options;
}

function addOption(options: Writable<SequenceOptions>, name: string, option: DefElem): void {
  switch (name) {
    case "as":
      if (option.arg !== undefined && "TypeName" in option.arg) {
        options.type = typeName(option.arg.TypeName);
        const position = positionOf(option.location);
        if (position !== undefined) options.typePosition ??= position;
      }
      return;
    case "increment":
      options.increment = bigintOption(option);
      return;
    case "minvalue":
      options.min = option.arg === undefined ? null : bigintOption(option);
      return;
    case "maxvalue":
      options.max = option.arg === undefined ? null : bigintOption(option);
      return;
    case "start":
      options.start = bigintOption(option);
      return;
    case "restart":
      options.restart = option.arg === undefined ? true : bigintOption(option);
      return;
    case "cache":
      options.cache = bigintOption(option);
      return;
    case "cycle":
      options.cycle = booleanOption(option);
      return;
    case "owned_by":
      options.ownedBy = ownedBy(option);
      return;
    case "sequence_name":
      options.name = sequenceName(option);
      return;
    default:
      throw new SqlError("42601", `option "${name}" not recognized`, atLocation(option.location));
  }
}

function sequenceName(option: DefElem): NonNullable<SequenceOptions["name"]> {
  assert(option.arg !== undefined && "List" in option.arg, "SEQUENCE NAME has a name");
  return qualifiedName(stringsOf(option.arg.List.items), option.location);
}

function ownedBy(option: DefElem): NonNullable<SequenceOptions["ownedBy"]> | null {
  const parts =
    option.arg !== undefined && "List" in option.arg ? stringsOf(option.arg.List.items) : [];
  const column = parts.at(-1);
  if (column === undefined || parts.length === 1) {
    if (column === "none") return null;
    throw new SqlError("42601", "invalid OWNED BY option", {
      hint: "Specify OWNED BY table.column or OWNED BY NONE.",
    });
  }
  return { table: qualifiedName(parts.slice(0, -1)), column };
}
