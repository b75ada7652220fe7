/** Commits as the log would give them, for tests that apply changes without one. */
import { type Epoch, xid } from "../../src/base/ids.ts";
import type { AppliedCommit } from "../../src/pages/store.ts";
import type { Mutation } from "../../src/wal/fragment.ts";

export const appliedCommit = (
  epoch: Epoch,
  mutations: readonly Mutation[],
  time = 0n,
): AppliedCommit => ({
  epoch,
  xid: xid(epoch + 2),
  info: { user: "root", session: 1, time, statement: `statement ${epoch}` },
  mutations,
  rows: [],
  bulks: [],
});
