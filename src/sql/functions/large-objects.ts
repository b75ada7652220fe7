/**
 * Large objects.
 * https://www.postgresql.org/docs/15/lo-funcs.html
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { positionAt } from "../../catalog/large-object-pages.ts";
import type { Scalar } from "../types/scalar.ts";
import { always, asBytes, asInteger, asNumber, asOid, asText, effectsOf } from "./define.ts";
import type { LargeObjects, ObjectUser } from "./large-object-calls.ts";
import { readServerFile, writeServerFile } from "./large-object-files.ts";
import type { FunctionContext, FunctionDefinition } from "./registry.ts";

/** void is stored as the empty text that it is shown as. */
const VOID = "";
const INT4_MAX = 2_147_483_647;
/** Of one allocation of PostgreSQL's. */
const ALLOCATED_MAX = 0x3fffffff;
const VALUE_HEADER = 4;

/** What a call needs is looked up when it is asked for. */
class Calling {
  readonly objects: LargeObjects;
  readonly #context: FunctionContext;

  constructor(context: FunctionContext, signature: string) {
    this.objects = effectsOf(context, signature).largeObjects;
    this.#context = context;
  }

  get user(): ObjectUser {
    const { user, setting } = this.#context;
    return { role: user.oid, isCompatible: setting("lo_compat_privileges") === "on" };
  }
  get directory(): string {
    return this.#context.setting("data_directory") ?? ".";
  }
}

/** They change what others of the same query read. */
const lo = (
  signature: string,
  call: (calling: Calling, ...args: readonly Scalar[]) => Scalar,
): FunctionDefinition => ({
  signature,
  session: true,
  runsQueries: always,
  call: (context, ...args) => call(new Calling(context, signature), ...args),
});

function filled({ objects, user }: Calling, oid: Oid, bytes: Uint8Array): bigint {
  objects.writePart(oid, 0n, bytes, user);
  return BigInt(oid);
}

function inInt4(value: number, what: string, descriptor: number): bigint {
  if (value <= INT4_MAX) return BigInt(value);
  const message = `${what} result out of range for large-object descriptor ${descriptor}`;
  throw new SqlError("22003", message);
}

function read({ objects }: Calling, descriptor: number, asked: number): Uint8Array {
  const count = Math.max(0, asked);
  if (count + VALUE_HEADER > ALLOCATED_MAX) {
    const message = `invalid memory alloc request size ${count + VALUE_HEADER}`;
    throw new SqlError("XX000", message);
  }
  return objects.read(descriptor, count);
}

function readPart({ objects, user }: Calling, oid: Oid, from: bigint, count: number): Uint8Array {
  if (count < 0) throw new SqlError("22023", "requested length cannot be negative");
  return objects.see(oid, user).read(positionAt("seek", from), count);
}

function truncate({ objects }: Calling, descriptor: Scalar, length: Scalar): bigint {
  objects.truncate(asNumber(descriptor), asInteger(length));
  return 0n;
}

const create = (calling: Calling, oid: Oid): bigint =>
  BigInt(calling.objects.create(oid, calling.user));

const NEW = 0 as Oid;

const byOid: readonly FunctionDefinition[] = [
  lo("lo_creat(int4)", (calling) => create(calling, NEW)),
  lo("lo_create(oid)", (calling, oid) => create(calling, asOid(oid))),
  lo("lo_from_bytea(oid, bytea)", (calling, oid, bytes) =>
    filled(calling, calling.objects.create(asOid(oid), calling.user), asBytes(bytes)),
  ),
  lo("lo_get(oid)", ({ objects, user }, oid) => {
    const seen = objects.see(asOid(oid), user);
    return seen.read(0, seen.bytes);
  }),
  lo("lo_get(oid, int8, int4)", (calling, oid, from, count) =>
    readPart(calling, asOid(oid), asInteger(from), asNumber(count)),
  ),
  lo("lo_put(oid, int8, bytea)", ({ objects, user }, oid, from, bytes) => {
    objects.writePart(asOid(oid), asInteger(from), asBytes(bytes), user);
    return VOID;
  }),
  lo("lo_unlink(oid)", ({ objects, user }, oid) => {
    objects.unlink(asOid(oid), user);
    return 1n;
  }),
];

const byDescriptor: readonly FunctionDefinition[] = [
  lo("lo_open(oid, int4)", ({ objects, user }, oid, flags) =>
    BigInt(objects.open(asOid(oid), asNumber(flags), user)),
  ),
  lo("lo_close(int4)", ({ objects }, descriptor) => {
    objects.close(asNumber(descriptor));
    return 0n;
  }),
  lo("loread(int4, int4)", (calling, descriptor, count) =>
    read(calling, asNumber(descriptor), asNumber(count)),
  ),
  lo("lowrite(int4, bytea)", ({ objects }, descriptor, given) => {
    const bytes = asBytes(given);
    objects.write(asNumber(descriptor), bytes);
    return BigInt(bytes.length);
  }),
  lo("lo_lseek(int4, int4, int4)", ({ objects }, descriptor, offset, whence) => {
    const number = asNumber(descriptor);
    const position = objects.seek(number, asInteger(offset), asNumber(whence));
    return inInt4(position, "lo_lseek", number);
  }),
  lo("lo_lseek64(int4, int8, int4)", ({ objects }, descriptor, offset, whence) =>
    BigInt(objects.seek(asNumber(descriptor), asInteger(offset), asNumber(whence))),
  ),
  lo("lo_tell(int4)", ({ objects }, descriptor) => {
    const number = asNumber(descriptor);
    return inInt4(objects.tell(number), "lo_tell", number);
  }),
  lo("lo_tell64(int4)", ({ objects }, descriptor) => BigInt(objects.tell(asNumber(descriptor)))),
  lo("lo_truncate(int4, int4)", (calling, descriptor, length) =>
    truncate(calling, descriptor as Scalar, length as Scalar),
  ),
  lo("lo_truncate64(int4, int8)", (calling, descriptor, length) =>
    truncate(calling, descriptor as Scalar, length as Scalar),
  ),
];

function imported(calling: Calling, path: string, asked: Oid): bigint {
  const { objects, user, directory } = calling;
  const create = () => objects.create(asked, user);
  return filled(calling, ...readServerFile(path, directory, create));
}

const files: readonly FunctionDefinition[] = [
  lo("lo_import(text)", (calling, path) => imported(calling, asText(path), NEW)),
  lo("lo_import(text, oid)", (calling, path, oid) => imported(calling, asText(path), asOid(oid))),
  lo("lo_export(oid, text)", ({ objects, user, directory }, oid, path) => {
    writeServerFile(asText(path), directory, objects.see(asOid(oid), user));
    return 1n;
  }),
];

export const largeObjectFunctions: readonly FunctionDefinition[] = [
  ...byOid,
  ...byDescriptor,
  ...files,
];
