/** Settings of what a session asks of jobs and barriers; PostgreSQL has nothing like them. */
import { bool, choice, inCategory, integer, type SettingDefinition, text } from "./definition.ts";

const INT_MAX = 2147483647;

/** RisingWave's scripts set them; of each there is the one way that this server goes. */
const fixed: readonly SettingDefinition[] = [
  bool("allow_drop_cascade", "on", "Allows DROP … CASCADE.", { only: ["on"] }),
  choice("query_mode", "auto", ["auto", "local", "distributed"], "Sets where queries run.", {
    only: ["auto", "local"],
  }),
  bool("sink_decouple", "on", "Has nobody else wait for sinks.", { only: ["on"] }),
  bool("streaming_enable_delta_join", "off", "Has joins kept by their indexes alone.", {
    only: ["off"],
  }),
  text("streaming_parallelism", "default", "Sets how many workers a job has: it has one.", {
    only: ["default", "adaptive", "0", "1"],
  }),
  bool("streaming_use_snapshot_backfill", "on", "Has a job read what was there when it began.", {
    only: ["on"],
  }),
];

export const jobSettings: readonly SettingDefinition[] = inCategory("Jobs", [
  ...fixed,
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
  ...(["sink", "source"] as const).map((noun) =>
    integer(
      `${noun}_rate_limit`,
      -1,
      [-1, INT_MAX],
      `Sets the rows per second of a ${noun} that is made without a rate.`,
      { detail: "-1 means no limit, 0 pauses it." },
    ),
  ),
  choice(
    "visibility_mode",
    "default",
    ["all", "checkpoint", "default"],
    "Sets whether queries read what was committed, or what the last checkpoint has.",
    { detail: "checkpoint is about queries outside transaction blocks; default means all." },
  ),
]);
