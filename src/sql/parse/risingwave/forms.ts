/**
 * THE FORMS OF RISINGWAVE'S STATEMENTS: by which words each is known, what it is called, who reads
 * it. A statement that begins as one of them is read as it, and its errors are ours; anything else
 * is the grammar's.
 */
import type { StatementBody } from "../statement.ts";
import { isMark, isWord, type Token } from "../tokens.ts";
import { alterConnection, createConnection, dropConnections } from "./connections.ts";
import {
  alterConnector,
  commentOn,
  createSink,
  createSource,
  dropConnectors,
  RATE_WORDS,
  setRateLimit,
} from "./connectors.ts";
import { cancelJobs, deleteBackups, kill, setVisibility, wait } from "./jobs.ts";
import type { StatementReader } from "./reader.ts";
import { describe, kindShown, show } from "./show.ts";
import { swap } from "./swap.ts";

export interface Form {
  /** The command tag. */
  readonly tag: string;
  /** Throws 42601. */
  read(reader: StatementReader): StatementBody;
}

const alone = (word: "backup" | "flush" | "recover" | "resume"): Form => ({
  tag: word.toUpperCase(),
  read(reader) {
    reader.expect(word);
    reader.expectEnd();
    return { kind: word };
  },
});

/** By the first word. */
const BY_HEAD: { readonly [word: string]: (tokens: readonly Token[]) => Form | undefined } = {
  alter: alteration,
  backup: () => alone("backup"),
  cancel: () => ({ tag: "CANCEL JOBS", read: cancelJobs }),
  comment: ([, , word]) => {
    const noun = isWord(word, "connection") ? "connection" : connectorOf(word);
    return noun && { tag: "COMMENT", read: (reader) => commentOn(reader, noun) };
  },
  create: ([, noun]) => {
    if (isWord(noun, "source")) return { tag: "CREATE SOURCE", read: createSource };
    if (isWord(noun, "connection")) return { tag: "CREATE CONNECTION", read: createConnection };
    return isWord(noun, "sink") ? { tag: "CREATE SINK", read: createSink } : undefined;
  },
  delete: ([, word]) =>
    isWord(word, "meta") ? { tag: "DELETE_META_SNAPSHOTS", read: deleteBackups } : undefined,
  desc: () => ({ tag: "DESCRIBE", read: describe }),
  describe: () => ({ tag: "DESCRIBE", read: describe }),
  drop: ([, word]) => {
    if (isWord(word, "connection")) return { tag: "DROP CONNECTION", read: dropConnections };
    const noun = connectorOf(word);
    if (noun === undefined) return undefined;
    return { tag: `DROP ${noun.toUpperCase()}`, read: (reader) => dropConnectors(reader, noun) };
  },
  flush: () => alone("flush"),
  kill: () => ({ tag: "KILL", read: kill }),
  recover: () => alone("recover"),
  resume: () => alone("resume"),
  set: ([, name, , value]) =>
    isWord(name, "visibility_mode") && isWord(value, "all")
      ? { tag: "SET", read: setVisibility }
      : undefined,
  show: (tokens) => {
    const kind = kindShown(tokens);
    return kind === undefined ? undefined : { tag: "SHOW", read: (reader) => show(reader, kind) };
  },
  wait: () => ({ tag: "WAIT", read: wait }),
};

/** undefined = a statement of the grammar. */
export function formOf(tokens: readonly Token[]): Form | undefined {
  const [head] = tokens;
  if (head?.kind !== "word") return undefined;
  const word = head.text.toLowerCase();
  return Object.hasOwn(BY_HEAD, word) ? BY_HEAD[word]?.(tokens) : undefined;
}

const connectorOf = (word: Token | undefined) => {
  if (isWord(word, "source")) return "source";
  return isWord(word, "sink") ? "sink" : undefined;
};

const SWAPPED = ["table", "view", "materialized view", "schema", "source", "sink"] as const;
const LIMITED = ["table", "materialized view", "index", "source", "sink"] as const;

/** What stands behind the name decides. */
function alteration(tokens: readonly Token[]): Form | undefined {
  const words = isWord(tokens[1], "materialized") ? 2 : 1;
  const nouns = tokens.slice(1, 1 + words).map(({ text }) => text.toLowerCase());
  const noun = nouns.join(" ");
  const behind = endOfName(tokens, 1 + words);
  const tag = `ALTER ${noun.toUpperCase()}`;
  const [first, second] = tokens.slice(behind, behind + 2);
  const swapped = SWAPPED.find((known) => known === noun);
  if (swapped && isWord(first, "swap")) return { tag, read: (reader) => swap(reader, swapped) };
  const limited = LIMITED.find((known) => known === noun);
  if (limited && isWord(first, "set") && RATE_WORDS.some((word) => isWord(second, word))) {
    return { tag, read: (reader) => setRateLimit(reader, limited) };
  }
  if (isWord(tokens[1], "connection")) return { tag, read: alterConnection };
  const connector = connectorOf(tokens[1]);
  return connector && { tag, read: (reader) => alterConnector(reader, connector) };
}

/** Index of the token behind a name that begins there. */
function endOfName(tokens: readonly Token[], from: number): number {
  let at = from + 1;
  while (isMark(tokens[at], ".")) at += 2;
  return at;
}
