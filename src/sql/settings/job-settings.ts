/** Settings of what a session asks of jobs and barriers; PostgreSQL has nothing like them. */
import { bool, choice, inCategory, integer, type SettingDefinition } from "./definition.ts";

const INT_MAX = 2147483647;

export const jobSettings: readonly SettingDefinition[] = inCategory("Jobs", [
  bool("background_ddl", "off", "Has what takes long done beside the statement that asks for it."),
  integer(
    "backfill_rate_limit",
    -1,
    [-1, INT_MAX],
    "Sets the rows per second that a job may read.",
    { detail: "-1 means no limit, 0 lets the job rest." },
  ),
  integer("ddl_timeout", 0, [0, INT_MAX], "Sets the maximum time that a job may take.", {
    unit: "ms",
    detail: "A value of 0 turns off the timeout.",
  }),
  bool(
    "rw_implicit_flush",
    "off",
    "Has statements that change rows wait for a barrier behind their commit.",
  ),
  integer(
    "slow_ddl_notification_secs",
    30,
    [0, INT_MAX],
    "Sets the time between notices of how far a statement is.",
    { unit: "s", detail: "A value of 0 turns off the notices." },
  ),
  choice(
    "visibility_mode",
    "default",
    ["all", "checkpoint", "default"],
    "Sets whether queries read what was committed, or what the last checkpoint has.",
    { detail: "checkpoint is about queries outside transaction blocks; default means all." },
  ),
]);
