/**
 * THE BYTES OF LARGE OBJECTS, in pages that are rows. Only what was written has a row: what lies
 * between, and what a page is short of, is zeros.
 * https://www.postgresql.org/docs/15/catalog-pg-largeobject.html
 */
import type { Oid } from "../base/ids.ts";
import { SqlError } from "../base/sql-error.ts";
import { keyTag, type LockTag } from "../txn/lock-tag.ts";
import type { Catalog } from "./catalog.ts";
import type { CatalogReader } from "./reader.ts";
import { pgLargeobject } from "./relations/pg-largeobject.ts";
import { pgLargeobjectMetadata } from "./relations/pg-largeobject-metadata.ts";

export const PAGE_BYTES = 2048;
const PAGES_INDEX = 2683 as Oid;
/** Pages are numbered by an int4. */
const OBJECT_BYTES_MAX = (2 ** 31 - 1) * PAGE_BYTES;
/** PostgreSQL's limit is its values', 1 GiB. */
const READ_BYTES_MAX = 64 * 1024 * 1024;

const tooLarge = () => new SqlError("54000", "large object read request is too large");
const wrong = (what: string, value: bigint | number): SqlError =>
  new SqlError("22023", `invalid ${what}: ${value}`);

/** Throws 22023. */
export function positionAt(what: "seek" | "truncation", position: bigint): number {
  if (position >= 0 && position <= OBJECT_BYTES_MAX) return Number(position);
  throw wrong(`large object ${what} target`, position);
}

/** What one reader sees of an object. */
export class ObjectPages {
  readonly #reader: CatalogReader;
  readonly #oid: Oid;
  /** All of them, once they were looked through. */
  readonly #kept: Map<number, Uint8Array> | undefined;
  #bytes: number | undefined;

  /** `keeps`: for somebody who reads all of it, and forgets it then. */
  constructor(reader: CatalogReader, oid: Oid, keeps = false) {
    this.#reader = reader;
    this.#oid = oid;
    this.#kept = keeps ? new Map() : undefined;
  }

  get bytes(): number {
    if (this.#bytes !== undefined) return this.#bytes;
    let end = 0;
    for (const { pageno, data } of pagesOf(this.#reader, this.#oid)) {
      end = Math.max(end, pageno * PAGE_BYTES + data.length);
      this.#kept?.set(pageno, data);
    }
    this.#bytes = end;
    return end;
  }

  /** At most `count` bytes. Throws 54000. */
  read(from: number, count: number): Buffer {
    let end = from + count;
    const parts: (readonly [at: number, bytes: Uint8Array])[] = [];
    for (let at = from; at < end; at = pageStart(at) + PAGE_BYTES) {
      const wanted = end - pageStart(at);
      const data = this.#page(pageOf(at));
      if (data) parts.push([at - from, data.subarray(at % PAGE_BYTES, wanted)]);
      const isShort = (data?.length ?? 0) < Math.min(PAGE_BYTES, wanted);
      if (isShort) end = Math.min(end, this.bytes);
      if ((isShort ? end : at) - from > READ_BYTES_MAX) throw tooLarge();
    }
    const bytes = Buffer.alloc(Math.max(0, end - from));
    for (const [at, part] of parts) bytes.set(part, at);
    return bytes;
  }

  #page(number: number): Uint8Array | undefined {
    if (this.#kept && this.#bytes !== undefined) return this.#kept.get(number);
    return this.#reader.find(pgLargeobject, "key", [this.#oid, number])?.data;
  }
}

/**
 * Answers how many bytes of rows it staged. Pages that others may write, too, are locked until the
 * end. Throws 22023.
 */
export function writeBytes(catalog: Catalog, oid: Oid, from: number, bytes: Uint8Array): number {
  const end = from + bytes.length;
  if (end > OBJECT_BYTES_MAX) throw wrong("large object write request size", bytes.length);
  const { transaction, database } = catalog;
  const isKnown = transaction.stored(pgLargeobjectMetadata.layout, database, [oid]) !== undefined;
  let staged = 0;
  for (let at = from; at < end; at = pageStart(at) + PAGE_BYTES) {
    if (isKnown) transaction.lock(pageTag(database, oid, pageOf(at)), "Exclusive");
    const part = bytes.subarray(at - from, pageStart(at) + PAGE_BYTES - from);
    const known = pageRow(catalog, oid, pageOf(at));
    const start = at % PAGE_BYTES;
    const data = new Uint8Array(Math.max(known?.data.length ?? 0, start + part.length));
    if (known) data.set(known.data);
    data.set(part, start);
    putPage(catalog, oid, pageOf(at), data);
    staged += data.length;
  }
  return staged;
}

/** The last page is there even where it is empty, as PostgreSQL has it. */
export function truncateAt(catalog: Catalog, oid: Oid, end: number): void {
  for (const row of pagesOf(catalog, oid)) {
    if (row.pageno > pageOf(end)) catalog.delete(pgLargeobject, row);
  }
  const data = new Uint8Array(end % PAGE_BYTES);
  const known = pageRow(catalog, oid, pageOf(end));
  if (known) data.set(known.data.subarray(0, data.length));
  putPage(catalog, oid, pageOf(end), data);
}

export function dropBytes(catalog: Catalog, oid: Oid): void {
  for (const row of pagesOf(catalog, oid)) catalog.delete(pgLargeobject, row);
}

function putPage(catalog: Catalog, oid: Oid, pageno: number, data: Uint8Array): void {
  const known = pageRow(catalog, oid, pageno);
  if (known) catalog.update(pgLargeobject, known, { data });
  else catalog.insert(pgLargeobject, { loid: oid, pageno, data });
}

/** As a key of the index that PostgreSQL has on them, in each database. */
function pageTag(database: Oid, oid: Oid, pageno: number): LockTag {
  const tag = keyTag(database, pgLargeobject.oid, PAGES_INDEX, `${oid}, ${pageno}`);
  return { ...tag, key: `${tag.key}.${database}` };
}

const pagesOf = (reader: CatalogReader, oid: Oid) => reader.list(pgLargeobject, "key", [oid]);
const pageRow = (reader: CatalogReader, oid: Oid, pageno: number) =>
  reader.find(pgLargeobject, "key", [oid, pageno]);
const pageOf = (position: number): number => Math.floor(position / PAGE_BYTES);
const pageStart = (position: number): number => pageOf(position) * PAGE_BYTES;
