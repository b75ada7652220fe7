/** BODIES THAT WERE READ, kept by their text; and what of a body nothing runs. */
import type { Oid } from "../../base/ids.ts";
import { parse } from "../parse/parse.ts";
import { type Body, type Given, parseBody, type Returns } from "./parse-body.ts";
import { bodiesOf, type Statement } from "./tree.ts";

export interface KeptBody {
  readonly body: Body;
  /** Tells it from every other. */
  readonly id: number;
}

export type FiredBy = "trigger" | "event trigger";

/** Without the function's own name. */
export const GIVEN_BY: Readonly<Record<FiredBy, Omit<Given, "function">>> = {
  trigger: {
    scalars: [
      ...["found", "tg_name", "tg_when", "tg_level", "tg_op", "tg_relid", "tg_relname"],
      ...["tg_table_name", "tg_table_schema", "tg_nargs", "tg_argv"],
    ],
    records: ["new", "old"],
  },
  "event trigger": {
    scalars: ["found", "tg_event", "tg_tag"],
    records: [],
    returns: { set: false, nothing: "function returning void", outputs: false },
  },
};

const kept = new Map<string, KeptBody>();
const KEPT_MAX = 512;
let lastId = 0;

export const bodyFiredBy = (source: string, name: string, firedBy: FiredBy): KeptBody =>
  bodyOf(source, { ...GIVEN_BY[firedBy], function: name });

const VOID = 2278;

export function nothingOf(result: Oid, isProcedure: boolean): Returns["nothing"] {
  if (result !== VOID) return undefined;
  return isProcedure ? "a procedure" : "function returning void";
}

/** What a function that queries call, or a procedure, knows. */
export function givenByCall({
  name,
  parameters,
  count,
  ...returns
}: Returns & {
  readonly name: string;
  /** Their names; "" of one without. */
  readonly parameters: readonly string[];
  readonly count: number;
}): Given {
  const named = parameters.filter((each) => each !== "");
  const numbers = Array.from({ length: count }, (_, at) => `$${at + 1}`);
  return { function: name, scalars: ["found", ...named, ...numbers], records: [], returns };
}

export function bodyOf(source: string, given: Given): KeptBody {
  const key = `${JSON.stringify(given)}\0${source}`;
  const known = kept.get(key);
  if (known) return known;
  const body = parseBody(source, given, () => {});
  const made = { body, id: ++lastId };
  if (kept.size >= KEPT_MAX) kept.clear();
  kept.set(key, made);
  return made;
}

/** The first thing in a body that nothing runs, in words. */
export function refusedIn(statements: readonly Statement[]): string | undefined {
  for (const statement of statements) {
    const found = refusedOf(statement);
    if (found !== undefined) return found;
    for (const body of bodiesOf(statement)) {
      const inside = refusedIn(body);
      if (inside !== undefined) return inside;
    }
  }
  return undefined;
}

function refusedOf(statement: Statement): string | undefined {
  switch (statement.kind) {
    case "block":
      for (const each of statement.declarations) if (each.kind === "refused") return each.what;
      return undefined;
    case "do":
    case "sql":
      return refusedSql(statement.query.text);
    case "perform":
      return refusedSql(`SELECT ${statement.query.text}`);
    case "forRows":
      return "query" in statement.source ? undefined : refusedSql(statement.source.text);
    default:
      return undefined;
  }
}

function refusedSql(text: string): string | undefined {
  const [statement] = parse(text);
  if (!statement) return undefined;
  const { body, tag } = statement;
  return body.kind === "refused" ? tag : undefined;
}
