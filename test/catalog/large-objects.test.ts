/** Large objects: their bytes as those of a file, and what the checker says of broken ones. */
import { expect } from "chai";
import fc from "fast-check";
import type { Oid } from "../../src/base/ids.ts";
import { oid } from "../../src/base/ids.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { createLargeObject, dropLargeObject } from "../../src/catalog/ddl/large-objects.ts";
import {
  ObjectPages,
  PAGE_BYTES,
  truncateAt,
  writeBytes,
} from "../../src/catalog/large-object-pages.ts";
import { pgLargeobject } from "../../src/catalog/relations/pg-largeobject.ts";
import { pgLargeobjectMetadata } from "../../src/catalog/relations/pg-largeobject-metadata.ts";
import { DdlCluster } from "./check-fixture.ts";

const ROOT = oid(10);
const END = 4 * PAGE_BYTES;

type Step = { readonly at: number } & (
  | { readonly bytes: Uint8Array }
  | { readonly count: number }
  | { readonly end: true }
);

const at = fc.nat(END);
const steps = fc.array(
  fc.oneof(
    fc.record({ at, bytes: fc.uint8Array({ minLength: 1, maxLength: 3 * PAGE_BYTES }) }),
    fc.record({ at, count: fc.nat(END) }),
    fc.record({ at, end: fc.constant(true as const) }),
  ),
  { maxLength: 30 },
);

const resized = (file: Uint8Array, length: number): Uint8Array => {
  const next = new Uint8Array(length);
  next.set(file.subarray(0, length));
  return next;
};

/** Answers what the file is behind the step. */
function step(catalog: Catalog, object: Oid, given: Step, file: Uint8Array): Uint8Array {
  if ("count" in given) {
    const read = new ObjectPages(catalog, object).read(given.at, given.count);
    expect([...read]).to.deep.equal([...file.subarray(given.at, given.at + given.count)]);
    return file;
  }
  if ("end" in given) {
    truncateAt(catalog, object, given.at);
    return resized(file, given.at);
  }
  writeBytes(catalog, object, given.at, given.bytes);
  const next = resized(file, Math.max(file.length, given.at + given.bytes.length));
  next.set(given.bytes, given.at);
  return next;
}

describe("large objects", () => {
  let cluster: DdlCluster;
  before(async () => {
    cluster = await DdlCluster.open();
  });
  after(() => cluster.close());

  const create = (catalog: Catalog, asked = 0) =>
    createLargeObject(catalog, oid(asked), ROOT, cluster.storage.allocator.oid);

  it("have the bytes of a file to which the same is done", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const catalog = cluster.catalog();
        const object = create(catalog);
        let file: Uint8Array = new Uint8Array(0);
        for (const each of all) file = step(catalog, object, each, file);
        for (const keeps of [false, true]) {
          const pages = new ObjectPages(catalog, object, keeps);
          expect(pages.bytes).to.equal(file.length);
          expect([...pages.read(0, END * 2)]).to.deep.equal([...file]);
        }
        catalog.transaction.abort();
      }),
      { numRuns: 100 },
    );
  });

  it("leave nothing behind, and nothing wrong", async () => {
    await cluster.stage((catalog) => {
      for (const asked of [42, 5001]) {
        writeBytes(catalog, create(catalog, asked), 3000, Buffer.from("some bytes"));
      }
    });
    expect(cluster.check()).to.deep.equal([]);
    await cluster.stage((catalog) => dropLargeObject(catalog, oid(42)));
    expect(cluster.check()).to.deep.equal([]);
    const rows = [...cluster.catalog().all(pgLargeobject)];
    expect(rows.map(({ loid, pageno }) => [loid, pageno])).to.deep.equal([[5001, 1]]);
  });

  it("are told to be broken by the checker", async () => {
    const data = new Uint8Array(PAGE_BYTES + 1);
    await cluster.stage((catalog) => {
      catalog.insert(pgLargeobject, { loid: oid(5001), pageno: 7, data });
      catalog.insert(pgLargeobject, { loid: oid(5002), pageno: -1, data: new Uint8Array(1) });
      const lomowner = oid(20000);
      catalog.insert(pgLargeobjectMetadata, { oid: oid(5003), lomowner, lomacl: null });
    });
    const said = cluster.check().join("\n");
    for (const fault of [
      "pg_largeobject 5001, page 7: it has 2049 bytes",
      "pg_largeobject 5002, page -1: it has no such page",
      "pg_largeobject 5002 -1: loid is 5002, which pg_largeobject_metadata has not",
      "pg_largeobject_metadata 5003: pg_shdepend does not say that role 20000 owns it",
    ]) {
      expect(said).to.include(fault);
    }
  });
});
