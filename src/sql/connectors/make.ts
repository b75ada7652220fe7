/** Connectors of what rw_connector says. */

import { assert } from "../../base/assert.ts";
import { parsedOptions } from "../../catalog/connectors/options.ts";
import { fileSink, postgresSink } from "../../catalog/connectors/sinks.ts";
import {
  datagenFields,
  datagenSource,
  fileSource,
  nexmarkSource,
  type SourceColumn,
} from "../../catalog/connectors/sources.ts";
import { blackholeSink } from "./blackhole-sink.ts";
import type { SinkConnector, SourceConnector, Surroundings } from "./connector.ts";
import { DatagenSource } from "./datagen-source.ts";
import { FileSink } from "./file-sink.ts";
import { FileSource } from "./file-source.ts";
import { NexmarkSource } from "./nexmark-source.ts";
import { PostgresSink } from "./postgres-sink.ts";

export interface ConnectorInfo {
  readonly connector: string;
  /** JSON. */
  readonly options: string;
}

export function sinkConnector(
  { connector, options }: ConnectorInfo,
  around: Surroundings,
): SinkConnector {
  if (connector === "file") return new FileSink(parsedOptions(fileSink, options).path, around);
  if (connector === "postgres") return new PostgresSink(parsedOptions(postgresSink, options));
  assert(connector === "blackhole", `a sink has a connector: ${connector}`);
  return blackholeSink();
}

/** `now`: ms since 1970. */
export function sourceConnector(
  { connector, options }: ConnectorInfo,
  columns: readonly SourceColumn[],
  around: Surroundings,
  now: () => number,
): SourceConnector {
  if (connector === "file") {
    return new FileSource(parsedOptions(fileSource, options).path, columns, around);
  }
  if (connector === "nexmark") {
    return new NexmarkSource(columns, parsedOptions(nexmarkSource, options), now);
  }
  assert(connector === "datagen", `a source has a connector: ${connector}`);
  const { "datagen.rows.per.second": perSecond } = parsedOptions(datagenSource, options);
  return new DatagenSource(datagenFields(columns, JSON.parse(options)), perSecond, now);
}

/** What is done with rows that do not fit. */
export const ignoresErrors = ({ connector, options }: ConnectorInfo): boolean =>
  connector === "file" && parsedOptions(fileSource, options).on_error === "ignore";
