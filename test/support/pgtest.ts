/**
 * CONVERSATIONS: files of what clients say and what the server answers
 *
 *   # Comments are sentences.
 *   a> Query "select 1"          a says this; a session is opened when a name is first used
 *   b* SSLRequest                with * instead of > there is no session: the connection says only
 *   what the file says
 *   > Sync                       as the session named last
 *   a> wait 100                  milliseconds
 *   b*> Cancel "a"               a CancelRequest with a's key
 *   ---
 *   a: CommandComplete SELECT 1  what came, in order, session by session
 *   a: ReadyForQuery I
 *
 * Arguments are JSON values separated by commas, in the order of `say` in wire-client.ts. A block
 * ends at an empty line that is followed by something to say. The answers of a block are as many as
 * are expected; one too many is found by the next block, or at the end. With UPDATE=1 the file is
 * rewritten with what the target answers. Lines that differ from run to run (oids of user objects,
 * times) can be written with `…` for any text.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { CLOSED, SILENCE, say, WireClient } from "./wire-client.ts";

interface Said {
  readonly session: string;
  readonly bare: boolean;
  readonly verb: string;
  readonly args: readonly unknown[];
}

interface Block {
  /** Comments and what is said, as written. */
  readonly head: readonly string[];
  readonly said: readonly Said[];
  readonly expected: readonly string[];
}

export interface ConversationTarget {
  readonly port: number;
  readonly host?: string;
  readonly user: string;
  readonly database: string;
}

const SAID = /^(\w*)(\*?)>\s*(\w+)\s*(.*)$/;
/** How long the server may be silent before it has nothing more to say, while recording. */
const QUIET_MS = 250;

export function parseConversation(text: string): Block[] {
  const blocks: Block[] = [];
  let head: string[] = [];
  let said: Said[] = [];
  let expected: string[] | undefined;
  let session = "a";
  const finish = () => {
    if (expected !== undefined) blocks.push({ head, said, expected });
    head = [];
    said = [];
    expected = undefined;
  };
  for (const line of text.split("\n")) {
    const match = SAID.exec(line);
    if (expected !== undefined && (match !== null || line.startsWith("#"))) finish();
    if (line === "---") expected = [];
    else if (expected !== undefined) {
      if (line !== "") expected.push(line);
    } else {
      head.push(line);
      if (match === null) continue;
      const [, name = "", star = "", verb = "", rest = ""] = match;
      session = name === "" ? session : name;
      const args = JSON.parse(`[${rest}]`) as unknown[];
      said.push({ session, bare: star !== "", verb, args });
    }
  }
  finish();
  return blocks;
}

export const formatConversation = (blocks: readonly Block[]): string =>
  blocks
    .map(({ head, expected }) => [...trimBlank(head), "---", ...expected].join("\n"))
    .join("\n\n")
    .concat("\n");

const trimBlank = (lines: readonly string[]): string[] => {
  const text = lines.join("\n").trim();
  return text === "" ? [] : text.split("\n");
};

/** Sessions of one run. */
class Talk {
  readonly #target: ConversationTarget;
  readonly clients = new Map<string, WireClient>();

  constructor(target: ConversationTarget) {
    this.#target = target;
  }

  async say({ session, bare, verb, args }: Said): Promise<void> {
    if (verb === "wait") {
      await new Promise((resolve) => setTimeout(resolve, Number(args[0])));
      return;
    }
    const client = await this.client(session, bare);
    if (verb === "Cancel") {
      const target = await this.client(String(args[0]), false);
      client.send(say.CancelRequest(target.processId, target.secret));
      return;
    }
    if (verb === "SSLRequest" || verb === "GSSENCRequest") client.expectEncryptionAnswer();
    const encode = say[verb as keyof typeof say] as ((...args: unknown[]) => Buffer) | undefined;
    if (encode === undefined) throw new Error(`nobody can say ${verb}`);
    client.send(encode(...args));
  }

  async client(name: string, bare: boolean): Promise<WireClient> {
    const known = this.clients.get(name);
    if (known !== undefined) return known;
    const { port, host, user, database } = this.#target;
    const client = new WireClient(port, host);
    this.clients.set(name, client);
    if (!bare) await client.start({ user, database, application_name: "conversation" });
    return client;
  }

  /** Process ids become the names of their sessions. */
  withNames(line: string): string {
    return line.replace(/^(NotificationResponse) (\d+) /, (_, what, id) => {
      const [name] = [...this.clients].find(([, { processId }]) => processId === Number(id)) ?? [];
      return `${what} from ${name} `;
    });
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }
}

/** What the block's sessions answer, one line each with the session's name. */
async function hear(talk: Talk, block: Block, recording: boolean): Promise<string[]> {
  const heard: string[] = [];
  const names = recording
    ? [...new Set(block.said.map(({ session }) => session))]
    : block.expected.map((line) => line.slice(0, line.indexOf(":")));
  for (const name of names) {
    const client = talk.clients.get(name);
    if (client === undefined) throw new Error(`session ${name} has not said anything`);
    do {
      const line = await client.next(recording ? QUIET_MS : 3000);
      if (line === SILENCE && recording) break;
      heard.push(`${name}: ${talk.withNames(line)}`);
      if (line === CLOSED) break;
    } while (recording);
  }
  return heard;
}

const quote = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
const fits = (expected: string, heard: string): boolean =>
  expected === heard ||
  (expected.includes("…") &&
    new RegExp(`^${expected.split("…").map(quote).join(".*")}$`).test(heard));

/** Throws an error that shows the first block whose answers differ. */
export async function runConversation(path: string, target: ConversationTarget): Promise<void> {
  const recording = process.env["UPDATE"] === "1";
  const blocks = parseConversation(readFileSync(path, "utf8"));
  const talk = new Talk(target);
  const recorded: Block[] = [];
  try {
    for (const block of blocks) {
      for (const said of block.said) await talk.say(said);
      const heard = await hear(talk, block, recording);
      const same =
        heard.length === block.expected.length &&
        block.expected.every((line, index) => fits(line, heard[index] ?? ""));
      if (!recording && !same) throw difference(path, block, heard);
      recorded.push({ ...block, expected: same ? block.expected : heard });
    }
    for (const [name, client] of talk.clients) {
      const line = recording ? SILENCE : await client.next(20);
      if (line !== SILENCE && line !== CLOSED)
        throw new Error(`${path}: one too many: ${name}: ${line}`);
    }
  } finally {
    talk.close();
  }
  if (recording) writeFileSync(path, formatConversation(recorded));
}

const difference = (path: string, { head, expected }: Block, heard: readonly string[]) =>
  new Error(
    [`${path} differs at`, ...trimBlank(head), "expected", ...expected, "heard", ...heard].join(
      "\n",
    ),
  );
