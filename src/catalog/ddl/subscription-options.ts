/**
 * THE OPTIONS OF SUBSCRIPTIONS, as each statement takes them.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/commands/subscriptioncmds.c
 */
import { SqlError } from "../../base/sql-error.ts";
import { booleanOf, conflicting, type StatementOption, textOf } from "../statement-option.ts";
import type { DdlContext } from "./context.ts";

/** undefined: not said. */
export interface SubscriptionOptions {
  connect?: boolean;
  enabled?: boolean;
  createSlot?: boolean;
  copyData?: boolean;
  refresh?: boolean;
  binary?: boolean;
  streaming?: boolean;
  twoPhase?: boolean;
  disableOnError?: boolean;
  /** null: NONE */
  slotName?: string | null;
  synchronousCommit?: string;
  /** As the column keeps it; all zeros: NONE */
  lsn?: Uint8Array;
}

const BOOLEANS = {
  connect: "connect",
  enabled: "enabled",
  create_slot: "createSlot",
  copy_data: "copyData",
  refresh: "refresh",
  binary: "binary",
  streaming: "streaming",
  two_phase: "twoPhase",
  disable_on_error: "disableOnError",
} as const;

const STORED = ["slot_name", "synchronous_commit", "binary", "streaming", "disable_on_error"];
const TAKEN = {
  create: [...STORED, "connect", "enabled", "create_slot", "copy_data", "two_phase"],
  options: STORED,
  set: ["copy_data", "refresh"],
  add: ["copy_data", "refresh"],
  drop: ["refresh"],
  skip: ["lsn"],
} as const;

/** Throws 42601, 42602, 42622, 22023, 22P02. */
export function subscriptionOptions(
  context: DdlContext,
  statement: keyof typeof TAKEN,
  written: readonly StatementOption[],
): SubscriptionOptions {
  const taken: readonly string[] = TAKEN[statement];
  const read: SubscriptionOptions = {};
  const seen = new Set<string>();
  for (const option of written) {
    const { name } = option;
    if (!taken.includes(name)) {
      throw new SqlError("42601", `unrecognized subscription parameter: "${name}"`);
    }
    if (seen.has(name)) throw conflicting(option);
    seen.add(name);
    if (name in BOOLEANS) read[BOOLEANS[name as keyof typeof BOOLEANS]] = booleanOf(option);
    else readText(context, read, name, textOf(option));
  }
  if (statement === "create") checkTogether(read);
  return read;
}

function readText(
  context: DdlContext,
  read: SubscriptionOptions,
  name: string,
  text: string,
): void {
  if (name === "slot_name") {
    read.slotName = text === "none" ? null : text;
    if (text !== "none") checkSlotName(text);
  } else if (name === "lsn")
    read.lsn = text === "none" ? new Uint8Array(8) : positionIn(context, text);
  else {
    context.settings.checkStored(name, [text]);
    read.synchronousCommit = text;
  }
}

function checkSlotName(name: string): void {
  const self = `replication slot name "${name}"`;
  if (name === "") throw new SqlError("42602", `${self} is too short`);
  if (Buffer.byteLength(name) > SLOT_NAME_BYTES_MAX) {
    throw new SqlError("42622", `${self} is too long`);
  }
  if (/^[a-z0-9_]*$/.test(name)) return;
  throw new SqlError("42602", `${self} contains invalid character`, {
    hint: "Replication slot names may only contain lower case letters, numbers, and the underscore character.",
  });
}
const SLOT_NAME_BYTES_MAX = 63;

const PG_LSN = 3220 as Parameters<DdlContext["expressions"]["checkInput"]>[0];

function positionIn({ expressions }: DdlContext, text: string): Uint8Array {
  expressions.checkInput(PG_LSN, text);
  const [high = "", low = ""] = text.split("/");
  const position = Buffer.from(high.padStart(8, "0") + low.padStart(8, "0"), "hex");
  if (position.some((byte) => byte !== 0)) return new Uint8Array(position);
  throw new SqlError("22023", `invalid WAL location (LSN): ${text}`);
}

/** Without a connection nothing is made or copied over there; without a slot nothing is enabled. */
function checkTogether(read: SubscriptionOptions): void {
  const { connect, enabled, createSlot, copyData, slotName } = read;
  const both = (one: string, other: string) =>
    new SqlError("42601", `${one} and ${other} are mutually exclusive options`);
  if (connect === false) {
    if (enabled) throw both("connect = false", "enabled = true");
    if (createSlot) throw both("connect = false", "create_slot = true");
    if (copyData) throw both("connect = false", "copy_data = true");
    return;
  }
  if (slotName !== null) return;
  const must = (what: string) =>
    new SqlError("42601", `subscription with slot_name = NONE must also set ${what}`);
  if (enabled) throw both("slot_name = NONE", "enabled = true");
  if (enabled === undefined) throw must("enabled = false");
  if (createSlot) throw both("slot_name = NONE", "create_slot = true");
  if (createSlot === undefined) throw must("create_slot = false");
}
