/** `catalogd serve`: open, listen, serve until told to stop, leave nothing undone. */
import { resolve } from "node:path";
import { NodeDisk } from "../base/disk.ts";
import { createLogger, type Logger } from "../base/logger.ts";
import { type Config, givenParameters, readConfig, type SettingName } from "../config.ts";
import { createServer, type Server } from "../pgwire/server.ts";
import { CatalogEngine } from "../sql/engine/engine.ts";
import { JobRunner } from "../sql/jobs/job-runner.ts";
import { dropLeftTemporary } from "../sql/jobs/left-temporary.ts";
import { Sessions } from "../sql/session/service.ts";
import type { Tracer } from "../sql/session/tracing.ts";
import { backupDirectory } from "../sql/settings/backup-directory.ts";
import { Parameters } from "../sql/settings/parameters.ts";

export async function serve(
  flags: Readonly<Partial<Record<SettingName, string>>>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const config = readConfig(flags, environment);
  const logger = createLogger(config.logLevel);
  const server = createServer({ logger, limits: { connectionsMax: config.maxConnections } });
  // Clients that come while recovery runs are told to wait (57P03) instead of being refused.
  const { host, port } = await server.listen(formatAddress(config.listen));
  const parameters = parametersOf(config, host, port, logger);
  followParameters(parameters, server, logger);
  const started = performance.now();
  const engine = await CatalogEngine.open({
    directory: config.data,
    disk: new NodeDisk(),
    database: config.database,
    parameters,
    onFatal: (error) => die(logger, error),
  });
  const { pages, entries, mutations } = engine.storage.recovered;
  const ms = Math.round(performance.now() - started);
  logger.info({ pages, entries, mutations, epoch: engine.storage.sequencer.epoch, ms }, "opened");
  const jobs = new JobRunner({
    storage: engine.storage,
    logger,
    slots: () => parameters.get("max_concurrent_creating_streaming_jobs"),
    barrierMs: () => parameters.get("barrier_interval_ms"),
    checkpointFrequency: () => parameters.get("checkpoint_frequency"),
    lagBytes: () => parameters.get("max_lag_size") * 1_048_576,
    connectorDirectory: () => parameters.get("connector_directory"),
    backups: {
      take: (request, signal) => engine.backup(request, signal),
      directory: () => backupDirectory(parameters),
      now: () => new Date(),
    },
    pausedAtStart: parameters.get("pause_on_next_bootstrap"),
    tracesBarriers: () => parameters.get("enable_tracing"),
  });
  const sessions = new Sessions({ engine, jobs, tracer: tracerOf(parameters, logger) });
  await dropLeftTemporary(engine.storage, sessions);
  jobs.start(sessions);
  parameters.onChange("barrier_interval_ms", () => jobs.reschedule());
  parameters.onChange("max_concurrent_creating_streaming_jobs", () => jobs.reschedule());
  server.serve(sessions);
  const stop = onSignal(logger, async () => {
    await server.close();
    await jobs.close();
    await engine.close();
  });
  process.stdout.write(
    `catalogd is ready: psql -h ${host} -p ${port} -U root ${config.database}\n`,
  );
  await stop;
  logger.info("stopped");
}

function parametersOf(config: Config, host: string, port: number, logger: Logger): Parameters {
  const { origins } = config;
  return new Parameters(
    [
      ...givenParameters(config),
      { name: "data_directory", value: resolve(config.data), source: "override" },
      { name: "listen_addresses", value: host, source: origins.listen },
      { name: "port", value: String(port), source: origins.listen },
    ],
    (message) => logger.warn(message),
  );
}

/** What is outside the engine is told of changes. */
function followParameters(parameters: Parameters, server: Server, logger: Logger): void {
  const follow = () => {
    logger.level = parameters.get("log_level");
    server.setLimits({
      connectionsMax: parameters.get("max_connections"),
      messageBytesMax: parameters.get("max_message_size") * 1024,
      authenticationTimeoutMs: parameters.get("authentication_timeout") * 1000,
      busyPollMicros: parameters.get("busy_poll_micros"),
    });
  };
  follow();
  for (const name of followed) parameters.onChange(name, follow);
}

function tracerOf(parameters: Parameters, logger: Logger): Tracer {
  const write: Tracer["write"] = (line) => logger.info(line, "statement");
  const tracer = { isOn: parameters.get("enable_tracing"), write };
  parameters.onChange("enable_tracing", (isOn) => {
    tracer.isOn = isOn;
  });
  return tracer;
}

const followed = [
  "log_level",
  "max_connections",
  "max_message_size",
  "authentication_timeout",
  "busy_poll_micros",
] as const;

const formatAddress = ({ host, port }: { host: string; port: number }): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/**
 * Log or pages failed: memory may be ahead of the disk, so nothing more is answered. Recovery
 * decides.
 */
function die(logger: Logger, error: Error): never {
  logger.fatal({ err: error }, "the log or the pages failed; stopping at once");
  logger.flush();
  process.exit(1);
}

/**
 * Under npm a terminal's Ctrl-C arrives twice: from the terminal and from npm, which passes it on.
 */
const SAME_SIGNAL_MS = 500;

/** Resolves when a signal came and `stop` is through; a second signal does not wait. */
function onSignal(logger: Logger, stop: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let since: number | undefined;
    const handle = (signal: NodeJS.Signals) => {
      if (since !== undefined && performance.now() - since < SAME_SIGNAL_MS) return;
      if (since !== undefined) process.exit(1);
      since = performance.now();
      logger.info({ signal }, "stopping");
      stop().then(() => {
        process.off("SIGTERM", handle);
        process.off("SIGINT", handle);
        resolve();
      }, reject);
    };
    process.on("SIGTERM", handle);
    process.on("SIGINT", handle);
  });
}
