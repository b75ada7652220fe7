/**
 * THE FORMS OF RISINGWAVE'S STATEMENTS: by which words each is known, what it is called, who reads
 * it. A statement that begins as one of them is read as it, and its errors are ours; anything else
 * is the grammar's.
 */
import type { StatementBody } from "../statement.ts";
import type { Token } from "../tokens.ts";
import type { StatementReader } from "./reader.ts";
import { describe, kindShown, show } from "./show.ts";

export interface Form {
  /** The command tag. */
  readonly tag: string;
  /** Throws 42601. */
  read(reader: StatementReader): StatementBody;
}

/** By the first word. */
const BY_HEAD: { readonly [word: string]: (tokens: readonly Token[]) => Form | undefined } = {
  show: (tokens) => {
    const kind = kindShown(tokens);
    return kind === undefined ? undefined : { tag: "SHOW", read: (reader) => show(reader, kind) };
  },
  describe: () => ({ tag: "DESCRIBE", read: describe }),
  desc: () => ({ tag: "DESCRIBE", read: describe }),
};

/** undefined = a statement of the grammar. */
export function formOf(tokens: readonly Token[]): Form | undefined {
  const [head] = tokens;
  if (head?.kind !== "word") return undefined;
  const word = head.text.toLowerCase();
  return Object.hasOwn(BY_HEAD, word) ? BY_HEAD[word]?.(tokens) : undefined;
}
