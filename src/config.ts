/**
 * CONFIGURATION of `catalogd serve`: flags first, then environment, then defaults; validated before
 * anything is opened. A bad value is refused with its name and what would be good.
 */
import { z } from "zod";
import { LOG_LEVELS } from "./base/log-levels.ts";
import { type GivenParameter, parameterSchema } from "./sql/settings/parameters.ts";
import { type ParameterName, systemParameter } from "./sql/settings/system-parameters.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** ADDR:PORT or [ADDR]:PORT; only loopback, because every client that can connect is trusted. */
const listenAddress = z.string().transform((text, context): Address => {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3] ?? Number.NaN);
  if (!match || port > 65535) {
    const message = `"${text}" is not ADDRESS:PORT (127.0.0.1:4566, [::1]:4566)`;
    context.addIssue({ code: "custom", message });
  } else if (!LOOPBACK.test(host)) {
    const message = `"${host}" is not a loopback address, and no authentication is configured: every client would be trusted`;
    context.addIssue({ code: "custom", message });
  }
  return { host, port };
});

/** A parameter that ALTER SYSTEM may change, too. */
const parameter = <const N extends ParameterName>(name: N) => ({
  parameter: name,
  default: systemParameter(name).initial,
  schema: parameterSchema(name),
});

/** Each setting with its flag, environment variable and default. */
export const settings = {
  data: {
    flag: "--data <directory>",
    env: "CATALOGD_DATA",
    default: "./data",
    about: "data directory, created when missing",
    schema: z.string().min(1),
  },
  listen: {
    flag: "--listen <address:port>",
    env: "CATALOGD_LISTEN",
    default: "127.0.0.1:4566",
    about: "loopback address to listen on; port 0 takes a free one",
    schema: listenAddress,
  },
  database: {
    flag: "--database <name>",
    env: "CATALOGD_DATABASE",
    default: "dev",
    about: "database that a new data directory starts with",
    schema: z
      .string()
      .min(1)
      .refine((name) => Buffer.byteLength(name) <= 63, "is longer than 63 bytes"),
  },
  maxConnections: {
    flag: "--max-connections <n>",
    env: "CATALOGD_MAX_CONNECTIONS",
    about: "sessions at a time",
    ...parameter("max_connections"),
  },
  busyPollMicros: {
    flag: "--busy-poll-micros <n>",
    env: "CATALOGD_BUSY_POLL_MICROS",
    about: "microseconds of looking for a client's next message before sleeping; 0 saves power",
    ...parameter("busy_poll_micros"),
  },
  ddlHistoryDays: {
    flag: "--ddl-history-days <n>",
    env: "CATALOGD_DDL_HISTORY_DAYS",
    about: "days that rw_catalog.rw_ddl_history remembers a commit; 0 remembers none",
    ...parameter("ddl_history_days"),
  },
  logLevel: {
    flag: "--log-level <level>",
    env: "CATALOGD_LOG_LEVEL",
    about: LOG_LEVELS.join(", "),
    ...parameter("log_level"),
  },
} as const;

export type SettingName = keyof typeof settings;
export type Origin = "command line" | "environment variable" | "default";
export type Config = { readonly [N in SettingName]: z.output<(typeof settings)[N]["schema"]> } & {
  /** Who said so. */
  readonly origins: Readonly<Record<SettingName, Origin>>;
};

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * `flags`: what the command line gave, by setting name. Throws ConfigError with a line for each bad
 * value.
 */
export function readConfig(
  flags: Readonly<Partial<Record<SettingName, string>>>,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const faults: string[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  const origins: Partial<Record<SettingName, Origin>> = {};
  for (const [name, setting] of Object.entries(settings) as [SettingName, Setting][]) {
    const flag = flags[name];
    const given = flag ?? environment[setting.env] ?? setting.default;
    origins[name] = originOf(flag, environment[setting.env]);
    const source = flag !== undefined ? setting.flag.split(" ")[0] : setting.env;
    const parsed = setting.schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else for (const issue of parsed.error.issues) faults.push(`${source}: ${issue.message}`);
  }
  if (faults.length > 0) throw new ConfigError(faults.join("\n"));
  return { ...values, origins } as Config;
}

function originOf(flag: string | undefined, variable: string | undefined): Origin {
  if (flag !== undefined) return "command line";
  return variable === undefined ? "default" : "environment variable";
}

/** What the server was started with, of parameters that have a flag. */
export function givenParameters(config: Config): GivenParameter[] {
  return (Object.entries(settings) as [SettingName, Setting][]).flatMap(([setting, own]) => {
    const { parameter: name } = own;
    if (name === undefined) return [];
    return [{ name, value: String(config[setting]), source: config.origins[setting] }];
  });
}

interface Setting {
  readonly flag: string;
  readonly env: string;
  readonly default: string;
  readonly schema: z.ZodType;
  readonly parameter?: ParameterName;
}
