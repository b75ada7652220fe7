/** What is at the other end of a source or a sink, while it is connected. */
import type { SinkColumn, SinkTarget, SourceRow } from "../../catalog/connectors/ports.ts";

/** In JSON: where it goes on. */
export type Position = { readonly [name: string]: unknown };

/** What a connector is given of the server. */
export interface Surroundings {
  /** The whole path of a file that its owner may use. Throws 42501, 55000, 22023. */
  file(path: string): string;
  /** Where relative paths lie; "" = nowhere. */
  directory(): string;
}

export interface SinkConnector extends SinkTarget {
  /** Before anything is handed over: it can be. Throws what stands in the way. */
  connect(columns: readonly SinkColumn[]): Promise<Position>;
  /** A delivery is to follow. The epoch that the target has, where it knows; 0 = nothing yet. */
  resume(position: Position): Promise<number | undefined>;
  /** What was begun is taken back, sooner or later; it can be resumed. */
  close(): Promise<void>;
}

export interface SourceConnector {
  /** Where it begins. Throws what stands in the way. */
  connect(): Promise<Position>;
  /** Rows that are due behind the position, so many at most. */
  next(position: Position, most: number): Promise<readonly SourceRow[]>;
  close(): Promise<void>;
}
