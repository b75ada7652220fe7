/** The options of a text search dictionary as pg_ts_dict keeps them: name = 'value', … */
import { quoteIdentifier } from "./quote.ts";
import { type StatementOption, textOf } from "./statement-option.ts";

/** As pg_ts_dict keeps them. Throws 42601 for one without a value. */
export function formatDictionaryOptions(options: readonly StatementOption[]): string | null {
  const parts = options.map((option) => {
    const text = textOf(option);
    const quoted = `'${text.replaceAll(/['\\]/g, "$&$&")}'`;
    const value =
      option.value?.kind === "integer" ? text : `${text.includes("\\") ? "E" : ""}${quoted}`;
    return `${quoteIdentifier(option.name)} = ${value}`;
  });
  return parts.length === 0 ? null : parts.join(", ");
}

const OPTION = /(?:"((?:[^"]|"")*)"|([^\s=,"]+)) = (?:E?'((?:[^'\\]|''|\\\\)*)'|([^\s,]+))/g;

export function readDictionaryOptions(text: string | null): StatementOption[] {
  return [...(text ?? "").matchAll(OPTION)].map(([, quoted, plain, value, number]) => ({
    name: quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
    value:
      value === undefined
        ? { kind: "integer", value: Number(number) }
        : { kind: "text", text: value.replaceAll(/''|\\\\/g, (pair) => pair.slice(1)) },
    position: undefined,
  }));
}
