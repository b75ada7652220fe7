/**
 * WHAT A CLIENT CAN SAY, once its start-up packet has been accepted.
 * https://www.postgresql.org/docs/15/protocol-message-formats.html
 */
import type { Oid } from "../base/ids.ts";
import type { BindRequest, FunctionCallRequest } from "../sql/session/api.ts";

export type FrontendMessage =
  | { readonly kind: "query"; readonly text: string }
  | {
      readonly kind: "parse";
      readonly name: string;
      readonly text: string;
      readonly parameterTypes: readonly Oid[];
    }
  | { readonly kind: "bind"; readonly request: BindRequest }
  | { readonly kind: "describeStatement"; readonly name: string }
  | { readonly kind: "describePortal"; readonly name: string }
  | { readonly kind: "execute"; readonly portal: string; readonly maxRows: number }
  | { readonly kind: "closeStatement"; readonly name: string }
  | { readonly kind: "closePortal"; readonly name: string }
  | { readonly kind: "functionCall"; readonly request: FunctionCallRequest }
  | { readonly kind: "flush" }
  | { readonly kind: "sync" }
  | { readonly kind: "terminate" }
  /** CopyData, CopyDone, CopyFail: leftovers of a COPY that has failed already. */
  | { readonly kind: "copy" };

/** Type bytes of frontend messages. */
export const frontendType = {
  bind: 0x42,
  close: 0x43,
  describe: 0x44,
  execute: 0x45,
  functionCall: 0x46,
  flush: 0x48,
  parse: 0x50,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
  copyDone: 0x63,
  copyData: 0x64,
  copyFail: 0x66,
} as const;

/**
 * What an error does next, by the type of the message in which it happened.
 * "skip": everything up to Sync is read and thrown away; "ready": ReadyForQuery follows at once.
 */
export function afterError(type: number): "skip" | "ready" {
  switch (type) {
    case frontendType.parse:
    case frontendType.bind:
    case frontendType.describe:
    case frontendType.execute:
    case frontendType.close:
    case frontendType.flush:
      return "skip";
    default:
      return "ready";
  }
}
