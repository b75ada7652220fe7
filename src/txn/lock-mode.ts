/**
 * PostgreSQL's eight lock modes and which of them conflict.
 * https://www.postgresql.org/docs/15/explicit-locking.html#TABLE-LOCK-COMPATIBILITY
 */
export const LOCK_MODES = [
  "AccessShare",
  "RowShare",
  "RowExclusive",
  "ShareUpdateExclusive",
  "Share",
  "ShareRowExclusive",
  "Exclusive",
  "AccessExclusive",
] as const;
export type LockMode = (typeof LOCK_MODES)[number];

/** A set of modes, one bit each, in the order of LOCK_MODES. */
export type LockMask = number;

/** Each mode with those that it conflicts with; the table is symmetric. */
const CONFLICTS: Readonly<Record<LockMode, readonly LockMode[]>> = {
  AccessShare: ["AccessExclusive"],
  RowShare: ["Exclusive", "AccessExclusive"],
  RowExclusive: ["Share", "ShareRowExclusive", "Exclusive", "AccessExclusive"],
  ShareUpdateExclusive: [
    "ShareUpdateExclusive",
    "Share",
    "ShareRowExclusive",
    "Exclusive",
    "AccessExclusive",
  ],
  Share: [
    "RowExclusive",
    "ShareUpdateExclusive",
    "ShareRowExclusive",
    "Exclusive",
    "AccessExclusive",
  ],
  ShareRowExclusive: [
    "RowExclusive",
    "ShareUpdateExclusive",
    "Share",
    "ShareRowExclusive",
    "Exclusive",
    "AccessExclusive",
  ],
  Exclusive: [
    "RowShare",
    "RowExclusive",
    "ShareUpdateExclusive",
    "Share",
    "ShareRowExclusive",
    "Exclusive",
    "AccessExclusive",
  ],
  AccessExclusive: LOCK_MODES,
};

export const bitOf = Object.fromEntries(LOCK_MODES.map((mode, at) => [mode, 1 << at])) as Readonly<
  Record<LockMode, LockMask>
>;

/** The modes that conflict with `mode`. */
export const conflictsOf = Object.fromEntries(
  LOCK_MODES.map((mode) => [mode, CONFLICTS[mode].reduce((mask, other) => mask | bitOf[other], 0)]),
) as Readonly<Record<LockMode, LockMask>>;

export function modesIn(mask: LockMask): LockMode[] {
  return LOCK_MODES.filter((mode) => mask & bitOf[mode]);
}
