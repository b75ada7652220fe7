/** How relations are stored: parameters that are known, TOAST tables that are a table's. */
import { methodOf } from "../access-methods.ts";
import type { ClassTuple } from "../names.ts";
import type { OptionKind } from "../option-definitions.ts";
import { checkOptions } from "../relation-options.ts";
import { pgAm } from "../relations/pg-am.ts";
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgClass } from "../relations/pg-class.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

const KINDS: Readonly<Record<string, OptionKind>> = {
  r: "table",
  m: "heap",
  t: "toast",
  v: "view",
};

function kindOf(view: DatabaseView, { relkind, relam }: ClassTuple): OptionKind | undefined {
  if (relkind !== "i") return KINDS[relkind];
  const method = view.find(pgAm, relam);
  return method && methodOf(method)?.options;
}

export function* checkOptionsOfRelations(view: DatabaseView): Faults {
  for (const relation of view.examined(pgClass)) {
    if (relation.reloptions === null) continue;
    const kind = kindOf(view, relation);
    const self = rowText(pgClass, relation);
    if (!kind) yield `${self}: relkind ${relation.relkind} has no parameters`;
    else yield* faultsOf(self, relation.reloptions, kind);
  }
}

/** Of tables; those of an index are its operator class's. */
export function* checkOptionsOfColumns(view: DatabaseView): Faults {
  for (const column of view.examined(pgAttribute)) {
    const relkind = view.find(pgClass, column.attrelid)?.relkind;
    if (column.attoptions === null || relkind === "i") continue;
    yield* faultsOf(rowText(pgAttribute, column), column.attoptions, "attribute");
  }
}

function* faultsOf(self: string, options: readonly string[], kind: OptionKind): Faults {
  try {
    checkOptions(options, kind);
  } catch (error) {
    yield `${self}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function* checkToast(view: DatabaseView): Faults {
  for (const toast of view.examined(pgClass)) {
    if (toast.relkind !== "t") continue;
    const self = rowText(pgClass, toast);
    const tables = view.list(pgClass, ["reltoastrelid"], [toast.oid]);
    const [table] = tables;
    if (tables.length !== 1) yield `${self}: it is the TOAST table of ${tables.length} tables`;
    if (!table) continue;
    if (table.relowner !== toast.relowner) yield `${self}: it has not its table's owner`;
    if (table.relpersistence !== toast.relpersistence)
      yield `${self}: it is kept as ${toast.relpersistence}, its table ${table.relpersistence}`;
  }
}
