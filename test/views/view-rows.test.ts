import { expect } from "chai";
import { oid } from "../../src/base/ids.ts";
import { KeyedVersions, ViewRows } from "../../src/sql/rows/view-rows.ts";
import type { CatalogTransaction } from "../../src/txn/transaction.ts";

const [A, B] = [oid(20_001), oid(20_002)];
const transaction = (state: CatalogTransaction["state"], mark = 1): CatalogTransaction =>
  ({ state, rows: { mark } }) as CatalogTransaction;

function versions(count: number): KeyedVersions {
  const made = new KeyedVersions([0]);
  for (let at = 1; at <= count; at++) made.add(made.keyOf([BigInt(at % 5), null]), at);
  return made;
}

describe("where the rows of a view are", () => {
  it("is found by the key's columns, as often as the key is there", () => {
    const found = versions(7);
    const key = found.keyOf([2n, "other"]);
    expect(found.find(key)).to.deep.equal([2, 7]);
    found.delete(key, 2);
    expect(found.find(key)).to.deep.equal([7]);
    found.delete(key, 7);
    expect([found.find(key), found.size]).to.deep.equal([[], 5]);
    expect(found.keyOf([null])).to.not.equal(found.keyOf(["n"]));
  });

  it("is forgotten with the transaction that changed it", () => {
    const kept = new ViewRows();
    for (const state of ["open", "aborted"] as const) {
      kept.put(A, versions(3), transaction(state));
      expect(kept.take(A, [0]), state).to.equal(undefined);
    }
    const undone = { state: "committed", rows: { mark: 5 } };
    kept.put(A, versions(3), undone as CatalogTransaction);
    undone.rows.mark = 4;
    expect(kept.take(A, [0])).to.equal(undefined);
    kept.put(A, versions(3), transaction("committed"));
    expect(kept.take(A, [1])).to.equal(undefined);
    kept.put(A, versions(3), transaction("committed"));
    expect(kept.take(A, [0])?.size).to.equal(3);
    expect(kept.take(A, [0]), "it was taken").to.equal(undefined);
  });

  it("is forgotten of the view unused longest when there is no room for all", () => {
    const kept = new ViewRows(10);
    kept.put(A, versions(6), transaction("committed"));
    kept.put(B, versions(6), transaction("committed"));
    expect(kept.take(A, [0])).to.equal(undefined);
    expect(kept.take(B, [0])?.size).to.equal(6);
  });
});
