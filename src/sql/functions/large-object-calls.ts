/** What functions may do with large objects. Each may throw a Wait. */
import type { Oid } from "../../base/ids.ts";

export interface ObjectUser {
  readonly role: Oid;
  /** lo_compat_privileges: it may do everything. */
  readonly isCompatible: boolean;
}

export interface SeenObject {
  readonly bytes: number;
  /** What there is of it. Throws 54000. */
  read(from: number, count: number): Uint8Array;
}

/** Positions are bytes from the object's start. */
export interface LargeObjects {
  /** `oid`: 0 = any. Throws 23505. */
  create(oid: Oid, user: ObjectUser): Oid;
  /** Throws 42704, 42501. */
  unlink(oid: Oid, user: ObjectUser): void;
  /** Answers a descriptor. Throws 42704, 42501, 22023. */
  open(oid: Oid, flags: number, user: ObjectUser): number;
  /** Throws 42704, as all that is given a descriptor. */
  close(descriptor: number): void;
  read(descriptor: number, count: number): Uint8Array;
  /** Throws 55000 unless it was opened to be written. */
  write(descriptor: number, bytes: Uint8Array): void;
  truncate(descriptor: number, length: bigint): void;
  /** Answers the new position. Throws 22023. */
  seek(descriptor: number, offset: bigint, whence: number): number;
  tell(descriptor: number): number;
  /** As the query that runs sees it. */
  see(oid: Oid, user: ObjectUser): SeenObject;
  writePart(oid: Oid, from: bigint, bytes: Uint8Array, user: ObjectUser): void;
}
