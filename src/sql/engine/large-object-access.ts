/**
 * LARGE OBJECTS as a transaction opens, reads and writes them. What is opened to be read only is
 * seen as the statement saw it that opened it; what may be written, as it is now.
 * https://www.postgresql.org/docs/15/lo-interfaces.html
 */
import { assert } from "../../base/assert.ts";
import type { Epoch, Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { kinds } from "../../catalog/acl.ts";
import type { Catalog } from "../../catalog/catalog.ts";
import {
  createLargeObject,
  dropLargeObject,
  getLargeObject,
  lockLargeObject,
} from "../../catalog/ddl/large-objects.ts";
import {
  ObjectPages,
  positionAt,
  truncateAt,
  writeBytes,
} from "../../catalog/large-object-pages.ts";
import { checkOwner, may } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import type { Descriptor } from "../../txn/descriptors.ts";
import type { Storage } from "../../txn/storage.ts";
import { type Snapshot, SnapshotReader } from "../execute/snapshot-reader.ts";
import type { LargeObjects, ObjectUser } from "../functions/large-object-calls.ts";
import type { Step } from "./snapshots.ts";

const INV_WRITE = 0x20000;
const INV_READ = 0x40000;
/** Of what one transaction writes, which stays in memory until it ends. */
const STAGED_BYTES_MAX = 256 * 1024 * 1024;

const invalid = (what: string, value: number): SqlError =>
  new SqlError("22023", `invalid ${what}: ${value}`);

export class LargeObjectAccess implements LargeObjects {
  readonly #storage: Storage;
  readonly #catalog: Catalog;
  readonly #step: Step;
  readonly #leased = new Set<Epoch>();
  #staged = 0;

  constructor(storage: Storage, catalog: Catalog, step: Step) {
    this.#storage = storage;
    this.#catalog = catalog;
    this.#step = step;
  }

  get #descriptors() {
    return this.#catalog.transaction.descriptors;
  }
  /** Of the query that runs. */
  get #snapshot(): Snapshot {
    const { snapshot } = this.#step;
    assert(snapshot, "large objects are used by a running query");
    return snapshot;
  }

  create(oid: Oid, { role }: ObjectUser): Oid {
    return createLargeObject(this.#catalog, oid, role, this.#storage.allocator.oid);
  }

  unlink(oid: Oid, { role, isCompatible }: ObjectUser): void {
    const { lomowner } = getLargeObject(this.#catalog, oid);
    if (!isCompatible) checkOwner(this.#catalog, role, lomowner, "large object", String(oid));
    dropLargeObject(this.#catalog, oid);
    this.#descriptors.closeAll(oid);
  }

  open(oid: Oid, flags: number, user: ObjectUser): number {
    const writes = (flags & INV_WRITE) !== 0;
    if (!writes && (flags & INV_READ) === 0) {
      throw invalid("flags for opening a large object", flags);
    }
    if (writes) return this.#descriptors.add(this.#toWrite(oid, user));
    const seen = new ObjectPages(this.#readerOf(oid, user), oid);
    this.#lease();
    return this.#descriptors.add({ object: oid, seen, position: 0 });
  }

  close(descriptor: number): void {
    this.#at(descriptor);
    this.#descriptors.close(descriptor);
  }

  read(descriptor: number, count: number): Uint8Array {
    const at = this.#at(descriptor);
    const bytes = this.#pages(at).read(at.position, count);
    at.position += bytes.length;
    return bytes;
  }

  write(descriptor: number, bytes: Uint8Array): void {
    const at = this.#at(descriptor);
    this.#checkWritable(descriptor, at);
    this.#write(at, bytes);
  }

  seek(descriptor: number, offset: bigint, whence: number): number {
    const at = this.#at(descriptor);
    at.position = positionAt("seek", BigInt(this.#whence(at, whence)) + offset);
    return at.position;
  }

  tell(descriptor: number): number {
    return this.#at(descriptor).position;
  }

  truncate(descriptor: number, length: bigint): void {
    const at = this.#at(descriptor);
    this.#checkWritable(descriptor, at);
    const end = positionAt("truncation", length);
    this.#lock(at.object, "Exclusive");
    truncateAt(this.#catalog, at.object, end);
  }

  see(oid: Oid, user: ObjectUser): ObjectPages {
    return new ObjectPages(this.#readerOf(oid, user), oid, true);
  }

  writePart(oid: Oid, from: bigint, bytes: Uint8Array, user: ObjectUser): void {
    const opened = this.#toWrite(oid, user);
    opened.position = positionAt("seek", from);
    this.#write(opened, bytes);
  }

  /** Of the query that runs. Throws 42704, 42501. */
  #readerOf(oid: Oid, user: ObjectUser): CatalogReader {
    const reader = new SnapshotReader(this.#storage.store.reader(), this.#snapshot);
    this.#checkMay(reader, oid, user, "r");
    return reader;
  }

  /** Whoever may not read may not write either. */
  #toWrite(oid: Oid, user: ObjectUser): Descriptor {
    for (const letter of ["r", "w"] as const) this.#checkMay(this.#catalog, oid, user, letter);
    return { object: oid, seen: undefined, position: 0 };
  }

  #checkMay(reader: CatalogReader, oid: Oid, user: ObjectUser, letter: "r" | "w"): void {
    const { lomowner: owner, lomacl: acl } = getLargeObject(reader, oid);
    if (user.isCompatible) return;
    if (may(reader, user.role, { kind: kinds.largeObject, owner, acl }, letter)) return;
    throw new SqlError("42501", `permission denied for large object ${oid}`);
  }

  #pages({ object, seen }: Descriptor): ObjectPages {
    return (seen as ObjectPages | undefined) ?? new ObjectPages(this.#catalog, object);
  }

  #at(descriptor: number): Descriptor {
    const found = this.#descriptors.find(descriptor);
    if (found) return found;
    throw new SqlError("42704", `invalid large-object descriptor: ${descriptor}`);
  }

  #checkWritable(descriptor: number, { seen }: Descriptor): void {
    if (seen === undefined) return;
    const message = `large object descriptor ${descriptor} was not opened for writing`;
    throw new SqlError("55000", message);
  }

  #whence(at: Descriptor, whence: number): number {
    switch (whence) {
      case 0:
        return 0;
      case 1:
        return at.position;
      case 2:
        return this.#pages(at).bytes;
      default:
        throw invalid("whence setting", whence);
    }
  }

  #write(at: Descriptor, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#lock(at.object, "RowExclusive");
    this.#noteStaged(writeBytes(this.#catalog, at.object, at.position, bytes));
    at.position += bytes.length;
  }

  /** Nobody drops it until the end. Throws 42704 when somebody has. */
  #lock(oid: Oid, mode: "RowExclusive" | "Exclusive"): void {
    lockLargeObject(this.#catalog, oid, mode);
    getLargeObject(this.#catalog, oid);
  }

  #noteStaged(bytes: number): void {
    this.#staged += bytes;
    if (this.#staged <= STAGED_BYTES_MAX) return;
    throw new SqlError("54000", "transaction is too large", {
      detail: `It writes more than ${STAGED_BYTES_MAX} bytes of large objects.`,
    });
  }

  /** The statement's epoch stays readable until the transaction ends. */
  #lease(): void {
    const { epoch } = this.#snapshot;
    if (this.#leased.has(epoch)) return;
    this.#catalog.transaction.lease(epoch);
    this.#leased.add(epoch);
  }
}
