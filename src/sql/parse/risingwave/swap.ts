/** ALTER … SWAP WITH. https://docs.risingwave.com/sql/commands/sql-alter-swap */
import type { SwapRelations, SwapSchemas } from "../../../catalog/statement.ts";
import type { StatementReader } from "./reader.ts";

export function swap(
  reader: StatementReader,
  noun: SwapRelations["noun"] | "schema",
): SwapRelations | SwapSchemas {
  reader.expect("alter", ...noun.split(" "));
  if (noun === "schema") {
    const name = reader.identifier();
    reader.expect("swap", "with");
    const other = reader.identifier();
    reader.expectEnd();
    return { kind: "swapSchemas", name, other };
  }
  const relation = reader.name();
  reader.expect("swap", "with");
  const other = reader.name();
  reader.expectEnd();
  return { kind: "swapRelations", noun, relation, other };
}
