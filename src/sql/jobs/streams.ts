/**
 * SOURCES AND SINKS AT WORK. A job makes one (`make`); from then on each barrier has a source take
 * in what is due, and a sink hand over what has changed, each in a session of its own, one thing at
 * a time. Nobody waits for a sink: what is at its other end may be slow, or away. A failure is
 * written down and tried again, later each time.
 */
import { performance } from "node:perf_hooks";
import { assert } from "../../base/assert.ts";
import type { Epoch, Lsn, Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import { wholeOptions } from "../../catalog/connectors/connections.ts";
import { checkServerFile } from "../../catalog/connectors/server-files.ts";
import type { SourceColumn } from "../../catalog/connectors/sources.ts";
import type { ClassTuple } from "../../catalog/names.ts";
import { pgAttribute } from "../../catalog/relations/pg-attribute.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgType } from "../../catalog/relations/pg-type.ts";
import { rwConnector } from "../../catalog/relations/rw-connector.ts";
import { rwMaterialized } from "../../catalog/relations/rw-materialized.ts";
import { ScanMeter } from "../../pages/scan-meter.ts";
import type { ApplyBatch } from "../../pages/store.ts";
import { blackholeSink } from "../connectors/blackhole-sink.ts";
import type { Position, SinkConnector, SourceConnector } from "../connectors/connector.ts";
import { Due } from "../connectors/due.ts";
import { ignoresErrors, sinkConnector, sourceConnector } from "../connectors/make.ts";
import type { CatalogSession } from "../session/session.ts";
import { Giving, type GivingWay } from "./giving-way.ts";
import { isPassing, type ServerWork } from "./server-work.ts";

export interface StreamsOptions {
  readonly barrierMs: () => number;
  readonly connectorDirectory: () => string;
  /** The longest until what has failed is tried again. */
  readonly retryMsMax?: number;
}

/** The job that makes a source or a sink. */
export interface Making {
  readonly id: Oid;
  readonly database: Oid;
  readonly relation: Oid;
  readonly phase: string;
  readonly meter: ScanMeter;
}

interface Stream {
  readonly database: Oid;
  readonly relation: Oid;
  /** Counts what goes through, and holds a sink to its rate. */
  readonly meter: ScanMeter;
  sink: SinkConnector | undefined;
  source: SourceConnector | undefined;
  isReady: boolean;
  pass: Promise<void> | undefined;
  session: CatalogSession | undefined;
  readonly giving: Giving;
  isGone: boolean;
  /** It is to end: what has changed is not kept for it any more. */
  isLeft: boolean;
  failures: number;
  retryAt: number;
  /** Of a source with a rate. */
  allowance: { readonly due: Due; taken: number } | undefined;
}

/** Rows of one transaction of a source. */
const INGEST_ROWS = 1_000;
/** How long a source takes rows in, at one barrier. */
const PASS_MS = 200;
/** Until what has failed is tried again; twice as long each time, up to the other. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;

export class Streams {
  readonly #server: ServerWork;
  readonly #givingWay: GivingWay;
  readonly #options: StreamsOptions;
  readonly #streams = new Map<string, Stream>();
  #closed = false;

  constructor(server: ServerWork, givingWay: GivingWay, options: StreamsOptions) {
    this.#server = server;
    this.#givingWay = givingWay;
    this.#options = options;
  }

  load(catalog: Catalog): void {
    for (const row of catalog.all(rwConnector)) this.#set(catalog.database, row);
  }

  note({ commits }: ApplyBatch): void {
    for (const { mutations } of commits) {
      for (const mutation of mutations) {
        if (mutation.rel !== rwConnector.oid) continue;
        if (mutation.kind === "delete") this.#forget(mutation.db, mutation.key[0] as Oid);
        else this.#set(mutation.db, rwConnector.view(mutation.row));
      }
    }
  }

  #set(database: Oid, row: ReturnType<typeof rwConnector.view>): void {
    const key = `${database}/${row.relid}`;
    let stream = this.#streams.get(key);
    if (!stream) {
      stream = {
        ...{ database, relation: row.relid, meter: new ScanMeter(), isReady: row.ready },
        ...{ sink: undefined, source: undefined, pass: undefined, session: undefined },
        ...{ giving: new Giving(), isGone: false, isLeft: false },
        ...{ failures: 0, retryAt: 0, allowance: undefined },
      };
      this.#streams.set(key, stream);
    }
    stream.isReady = row.ready;
    const rate = Number(row.rate_limit);
    if (stream.meter.rate !== rate) stream.meter.rate = rate;
  }

  #forget(database: Oid, relation: Oid): void {
    const key = `${database}/${relation}`;
    const stream = this.#streams.get(key);
    if (!stream) return;
    this.#streams.delete(key);
    stream.isGone = true;
    setImmediate(() => {
      stream.session?.cancel();
      void this.#disconnect(stream);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#streams.values()];
    for (const { session } of all) session?.close();
    await Promise.all(all.map(({ pass }) => pass));
    await Promise.all(all.map((stream) => this.#disconnect(stream)));
  }

  async #disconnect(stream: Stream): Promise<void> {
    const { sink, source } = stream;
    stream.sink = undefined;
    stream.source = undefined;
    try {
      await Promise.all([sink?.close(), source?.close()]);
    } catch (error) {
      this.#server.logger.warn(
        { err: error, relation: stream.relation },
        "a connector did not close",
      );
    }
  }

  // What the catalog says.

  #find({ database, relation }: Pick<Stream, "database" | "relation">) {
    const catalog = this.#server.catalog(database);
    const row = catalog.find(rwConnector, "key", [relation]);
    const found = catalog.find(pgClass, "key", [relation]);
    return row && found && { catalog, row, relation: found };
  }

  #surroundings(stream: Stream, access: "read" | "write") {
    const directory = this.#options.connectorDirectory;
    return {
      directory,
      file: (path: string) => {
        const { catalog, relation } = this.#get(stream);
        return checkServerFile(catalog, relation.relowner, path, access, directory());
      },
    };
  }

  #get(stream: Stream) {
    const found = this.#find(stream);
    if (!found) throw new SqlError("42P01", "it was dropped");
    return found;
  }

  #sinkOf(stream: Stream): SinkConnector {
    const { catalog, row } = this.#get(stream);
    const info = { connector: row.connector, options: wholeOptions(catalog, row) };
    stream.sink ??= sinkConnector(info, this.#surroundings(stream, "write"));
    return stream.sink;
  }

  #sourceOf(stream: Stream): SourceConnector {
    const { catalog, row } = this.#get(stream);
    const around = this.#surroundings(stream, "read");
    const columns = columnsOf(catalog, stream.relation).map(({ column }) => column);
    stream.source ??= sourceConnector(row, columns, around, Date.now);
    return stream.source;
  }

  // The job that makes it.

  /** One step. Throws what stands in the way. */
  async make({ id, database, relation, phase, meter }: Making, session: CatalogSession) {
    const stream = this.#streams.get(`${database}/${relation}`);
    if (!stream) return;
    const { catalog, row, relation: made } = this.#get(stream);
    const isSink = made.relkind === "s";
    try {
      if (phase === "connect") {
        const columns = columnsOf(catalog, relation).map(({ name, type }) => ({ name, type }));
        const position = await (isSink
          ? this.#sinkOf(stream).connect(columns)
          : this.#sourceOf(stream).connect());
        const body = { kind: "connect", relation, job: id, position } as const;
        return await session.runInternal(body);
      }
      if (!isSink) {
        const rows = await this.#sourceOf(stream).next(positionOf(row), INGEST_ROWS);
        const policy = ignoresErrors(row);
        const body = { kind: "ingest", source: relation, rows, ignoresErrors: policy } as const;
        return await session.runInternal({ ...body, job: id }, meter);
      }
      const since = Number(catalog.find(rwMaterialized, "key", [relation])?.epoch ?? 0) as Epoch;
      const sink = this.#sinkOf(stream);
      const has = (await sink.resume(positionOf(row))) ?? 0;
      checkHistory(has, 0, since);
      // It was handed over, and the crash came before we had written that down.
      const target =
        has === since ? { ...blackholeSink(), keep: async () => positionOf(row) } : sink;
      const level = () => this.#end();
      const body = { kind: "deliver", sink: relation, since, target, level, job: id } as const;
      return await session.runInternal(body, meter);
    } catch (error) {
      await this.#disconnect(stream);
      throw error;
    }
  }

  // Barriers.

  /**
   * Sources take in what is due. `all`: those that wait to try again, too, and those that are still
   * at it do so again.
   */
  async ingest(all: boolean): Promise<void> {
    const passes = this.#idle(all)
      .filter((stream) => this.#find(stream)?.relation.relkind === "x")
      .map((stream) => this.#begin(stream, () => this.#takeIn(stream)));
    // One that is slow is left behind.
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, Math.max(this.#options.barrierMs(), PASS_MS)).unref();
    });
    await Promise.race([Promise.all(passes), late]);
  }

  /** A sink that is behind hands over what has changed since; nobody waits for it. */
  deliver(database: Oid, relation: Oid, since: Epoch, all: boolean): void {
    const stream = this.#streams.get(`${database}/${relation}`);
    if (!stream || !this.#idle(all).includes(stream)) return;
    void this.#begin(stream, () => this.#handOver(stream, since));
  }

  /** A sink is too far behind: it ends what it is at, and is lost. */
  async leave(database: Oid, relation: Oid, epoch: Epoch, error: string): Promise<void> {
    const stream = this.#streams.get(`${database}/${relation}`);
    stream?.session?.cancel();
    if (!stream || stream.isLeft) return;
    stream.isLeft = true;
    await stream.pass;
    await this.#server.once(database, { kind: "leaveBehind", relation, epoch, error });
    stream.isLeft = false;
  }

  #end(): Lsn {
    return this.#server.storage.sequencer.position.lsn;
  }

  /** Until what goes on now has ended, for so long at most. */
  async settled(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.all([...this.#streams.values()].map(({ pass }) => pass)), late]);
    clearTimeout(timer);
  }

  #idle(all: boolean): Stream[] {
    const now = performance.now();
    return [...this.#streams.values()].filter(
      ({ isReady, pass, meter, retryAt }) =>
        isReady && meter.rate !== 0 && (all || (!pass && now >= retryAt)),
    );
  }

  #begin(stream: Stream, work: () => Promise<void>): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const before = stream.pass ?? Promise.resolve();
    const pass = before
      .then(() => this.#try(stream, work))
      .finally(() => {
        if (stream.pass === pass) stream.pass = undefined;
      });
    stream.pass = pass;
    return pass;
  }

  async #try(stream: Stream, work: () => Promise<void>): Promise<void> {
    if (this.#closed || stream.isGone) return;
    try {
      const session = await this.#server.open(stream.database);
      stream.session = session;
      await this.#givingWay.during(stream.giving, session, work);
      stream.failures = 0;
      stream.retryAt = 0;
    } catch (error) {
      await this.#disconnect(stream);
      if (stream.giving.now || stream.isGone || stream.isLeft) return;
      if (this.#closed || isPassing(error)) return;
      await this.#fail(stream, error);
    } finally {
      stream.session?.close();
      stream.session = undefined;
    }
  }

  async #fail(stream: Stream, error: unknown): Promise<void> {
    const { database, relation } = stream;
    const { logger } = this.#server;
    const { retryMsMax = RETRY_MS_MAX } = this.#options;
    stream.retryAt = performance.now() + Math.min(RETRY_MS * 2 ** stream.failures++, retryMsMax);
    if (!(error instanceof SqlError)) logger.error({ err: error, relation }, "a stream failed");
    const { detail } = error instanceof SqlError ? error.fields : {};
    const message = error instanceof Error ? error.message : String(error);
    const said = detail === undefined ? message : `${message} (${detail})`;
    await this.#server.once(database, { kind: "noteConnector", relation, error: said });
  }

  async #takeIn(stream: Stream): Promise<void> {
    const end = performance.now() + PASS_MS;
    do {
      const found = this.#find(stream);
      if (!found || stream.meter.rate === 0) {
        // What it would have taken in meanwhile is not made up for.
        return this.#disconnect(stream);
      }
      const most = Math.min(this.#allowed(stream), INGEST_ROWS);
      if (most === 0) return;
      const rows = await this.#sourceOf(stream).next(positionOf(found.row), most);
      if (rows.length === 0) return this.#forgive(stream, found.row.error);
      const { relation: source, meter } = stream;
      const policy = ignoresErrors(found.row);
      const body = { kind: "ingest", source, rows, ignoresErrors: policy } as const;
      await stream.session?.runInternal(body, meter);
      if (stream.allowance) stream.allowance.taken += rows.length;
      this.#server.publish();
    } while (performance.now() < end && !this.#closed);
  }

  /** What stood in the way is gone, and nothing was there to say so. */
  async #forgive({ database, relation }: Stream, error: string | null): Promise<void> {
    if (error === null) return;
    await this.#server.once(database, { kind: "noteConnector", relation, error: undefined });
  }

  #allowed(stream: Stream): number {
    const { rate } = stream.meter;
    if (rate < 0) return INGEST_ROWS;
    if (stream.allowance?.due.perSecond !== rate) {
      stream.allowance = { due: new Due(rate), taken: 0 };
    }
    const { allowance } = stream;
    const allowed = allowance.due.behind(allowance.taken);
    // Nothing came for a while: that is no reason to hurry.
    const most = Math.ceil(rate * Math.max(1, (2 * this.#options.barrierMs()) / 1000));
    if (allowed > most) allowance.taken += allowed - most;
    return Math.min(allowed, most);
  }

  async #handOver(stream: Stream, known: Epoch): Promise<void> {
    const { relation, meter, session } = stream;
    const { catalog, row } = this.#get(stream);
    const kept = Number(catalog.find(rwMaterialized, "key", [relation])?.epoch ?? 0);
    // What is committed from here on, it may have, too: the snapshot is yet to be taken.
    const end = this.#end();
    if (kept === 0) return;
    const sink = this.#sinkOf(stream);
    const has = await sink.resume(positionOf(row));
    if (has !== undefined)
      checkHistory(has, Number(row.handed), this.#server.storage.sequencer.epoch);
    const since = Math.max(known, kept, has ?? 0) as Epoch;
    assert(session, "a pass has a session");
    const level = () => end;
    const body = { kind: "deliver", sink: relation, since, target: sink, level } as const;
    await session.runInternal(body, meter);
    this.#server.publish();
  }
}

/** The target has what it was given last, and nothing that was never given to it. */
function checkHistory(has: number, least: number, most: number): void {
  if (has >= least && has <= most) return;
  const detail = `It has epoch ${has}, and may have those from ${least} to ${most}.`;
  throw new SqlError("55000", "the target has another history than the sink", { detail });
}

const positionOf = ({ position }: { readonly position: string }): Position => JSON.parse(position);

interface NamedColumn {
  readonly name: string;
  readonly type: Oid;
  readonly column: SourceColumn;
}

function columnsOf(catalog: Catalog, relation: ClassTuple["oid"]): NamedColumn[] {
  return catalog
    .list(pgAttribute, "key", [relation])
    .filter(({ attnum, attisdropped }) => attnum > 0 && !attisdropped)
    .sort((a, b) => a.attnum - b.attnum)
    .map(({ attname: name, atttypid: type }) => {
      const row = catalog.find(pgType, "key", [type]);
      return { name, type, column: { name, type: row?.typname ?? "" } };
    });
}
