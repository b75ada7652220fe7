/**
 * STATEMENTS ABOUT JOBS, and about sources and sinks, which only jobs keep going; RisingWave's. As
 * in statement.ts, positions are 1-based and in characters, and names are folded.
 */
import type { Epoch, Lsn, Oid } from "../base/ids.ts";
import type { OnCommit } from "./alter-action.ts";
import type { SinkTarget, SourceRow } from "./connectors/ports.ts";
import type { QualifiedName, RawExpression, TableElement } from "./statement.ts";

/** The server's own: no text says it. It runs with the view owner's rights. */
export interface MaintainMaterializedView {
  readonly kind: "maintain";
  readonly view: Oid;
  /** The view's rows are those of its query at this epoch; undefined: that is not known. */
  readonly since: Epoch | undefined;
  /** Nothing that it reads has changed since: only the time has. */
  readonly isLevel: boolean;
}

/** One `key = value` of WITH: `fields.v.start = '1'`. In the order of the text; keys may repeat. */
export interface ConnectorOption {
  readonly key: string;
  /** The content of a string; a number or a word as it is written. */
  readonly value: string;
  /** Of the key. */
  readonly position: number;
  readonly valuePosition: number;
  /** Of `connection`, whose value is a name. */
  readonly name?: QualifiedName;
}

/** FORMAT PLAIN ENCODE JSON (options); words in lower case. */
export interface ConnectorFormat {
  readonly format: string;
  readonly encode: string;
  readonly options: readonly ConnectorOption[];
  readonly position: number;
}

export interface CreateSource {
  readonly kind: "createSource";
  readonly source: QualifiedName;
  readonly ifNotExists: boolean;
  readonly elements: readonly TableElement[];
  readonly options: readonly ConnectorOption[];
  readonly format?: ConnectorFormat;
}

export interface CreateSink {
  readonly kind: "createSink";
  readonly sink: QualifiedName;
  readonly ifNotExists: boolean;
  /** Of FROM, too: everything in the relation. */
  readonly query: RawExpression;
  readonly options: readonly ConnectorOption[];
  readonly format?: ConnectorFormat;
}

export interface CreateConnection {
  readonly kind: "createConnection";
  readonly name: QualifiedName;
  readonly ifNotExists: boolean;
  readonly options: readonly ConnectorOption[];
}

export type ConnectorNoun = "source" | "sink";

export type LimitedNoun = "table" | "materialized view" | "index" | ConnectorNoun;

export interface SetRateLimit {
  readonly kind: "setRateLimit";
  readonly noun: LimitedNoun;
  /** Of the job that makes it; of what a source or sink does from then on. */
  readonly of: "backfill" | "source" | "sink";
  readonly relation: QualifiedName;
  /** Rows per second, 0 pauses; undefined = DEFAULT. */
  readonly limit: number | undefined;
}

export type JobStatement =
  | SetRateLimit
  | { readonly kind: "cancelJobs"; readonly ids: readonly number[] }
  /** undefined = for every job. */
  | { readonly kind: "wait"; readonly view: QualifiedName | undefined }
  | { readonly kind: "flush" }
  | { readonly kind: "recover" }
  | { readonly kind: "resume" }
  | { readonly kind: "backup" }
  | { readonly kind: "deleteBackups"; readonly ids: readonly number[] };

/** Kinds of rows of rw_event. */
export type EventType =
  | "JOB_CANCELLED"
  | "JOB_FAILED"
  | "PARAMETER_CHANGED"
  | "RECOVERY"
  | "SINK_FAILED"
  | "SINK_LOST"
  | "SOURCE_FAILED"
  | "SOURCE_ROW_IGNORED"
  | "VIEW_NOT_MAINTAINED";

/** What the server itself does for its jobs; there is no SQL for it. */
export type StepStatement =
  | { readonly kind: "backfill"; readonly job: Oid }
  | {
      readonly kind: "noteJob";
      readonly job: Oid;
      readonly rowsDone: number;
      readonly rowsTotal: number;
      readonly waitingFor?: string;
    }
  /** What sessions have made for themselves: the session that runs it, or all that there were. */
  | {
      readonly kind: "dropTemporary";
      readonly of: "session" | "all";
      readonly keepsSchemas: boolean;
    }
  /** ON COMMIT of the session's temporary tables. */
  | { readonly kind: "endTemporary"; readonly tables: ReadonlyMap<Oid, OnCommit> }
  /** Jobs and events of long ago. */
  | { readonly kind: "forget" }
  | {
      readonly kind: "recordEvent";
      readonly type: EventType;
      readonly info: { readonly [name: string]: string | number };
    }
  /** `whole`: what is in it; without that, it is being made or removed. */
  | {
      readonly kind: "noteBackup";
      readonly id: Oid;
      readonly path: string;
      readonly whole?: { readonly epoch: number; readonly bytes: number };
    }
  | { readonly kind: "forgetBackup"; readonly id: Oid }
  | { readonly kind: "rateJob"; readonly job: Oid; readonly rate: number }
  /** `since`: what the target has. By the job that makes the sink: what it is to have first. */
  | {
      readonly kind: "deliver";
      readonly sink: Oid;
      readonly since: Epoch;
      readonly target: SinkTarget;
      /** Asked for at the end: where the log ended when it had all that it is to have. */
      readonly level: () => Lsn;
      readonly job?: Oid;
    }
  /** Nothing that these sinks read has changed up to the epoch, at which the log ended there. */
  | {
      readonly kind: "noteLevel";
      readonly sinks: readonly Oid[];
      readonly epoch: Epoch;
      readonly level: Lsn;
    }
  /** What has changed since the epoch is not kept for it any more. Of a sink: why. */
  | {
      readonly kind: "leaveBehind";
      readonly relation: Oid;
      readonly epoch: Epoch;
      readonly error: string;
    }
  | {
      readonly kind: "ingest";
      readonly source: Oid;
      readonly rows: readonly SourceRow[];
      readonly ignoresErrors: boolean;
      readonly job?: Oid;
    }
  /** Before anything else: what the connector begins with. */
  | {
      readonly kind: "connect";
      readonly relation: Oid;
      readonly job: Oid;
      readonly position: object;
    }
  | { readonly kind: "noteConnector"; readonly relation: Oid; readonly error: string | undefined }
  | { readonly kind: "rateConnector"; readonly relation: Oid; readonly rate: number }
  /** What it was making goes, unless it is created. */
  | {
      readonly kind: "endJob";
      readonly job: Oid;
      readonly state: "created" | "failed" | "cancelled";
      readonly error?: string;
      readonly by?: string | undefined;
    }
  /** A statement that takes long: it is in the list as long as it runs. */
  | {
      readonly kind: "recordJob";
      readonly job: Oid;
      readonly create: string;
      readonly statement: string;
      readonly owner: Oid;
      readonly session: number;
      readonly created: bigint;
    };

const JOB_KINDS: { readonly [kind in JobStatement["kind"]]: true } = {
  backup: true,
  cancelJobs: true,
  deleteBackups: true,
  flush: true,
  recover: true,
  resume: true,
  setRateLimit: true,
  wait: true,
};

export const isJobStatement = <Other extends { readonly kind: string }>(
  statement: Other | JobStatement,
): statement is JobStatement => Object.hasOwn(JOB_KINDS, statement.kind);

const STEP_KINDS: { readonly [kind in StepStatement["kind"]]: true } = {
  backfill: true,
  connect: true,
  deliver: true,
  dropTemporary: true,
  endJob: true,
  endTemporary: true,
  forget: true,
  forgetBackup: true,
  ingest: true,
  leaveBehind: true,
  noteBackup: true,
  noteConnector: true,
  noteJob: true,
  noteLevel: true,
  rateConnector: true,
  rateJob: true,
  recordEvent: true,
  recordJob: true,
};

export const isStep = <Other extends { readonly kind: string }>(
  statement: Other | StepStatement,
): statement is StepStatement => Object.hasOwn(STEP_KINDS, statement.kind);
