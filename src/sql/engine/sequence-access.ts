/**
 * nextval and its kin, as one session calls them: names and rules from the catalog, state from
 * txn/sequences.
 */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { may, securableRelation } from "../../catalog/privileges.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgSequence } from "../../catalog/relations/pg-sequence.ts";
import type { SequenceRules, Sequences } from "../../txn/sequences.ts";
import type { Scalar } from "../types/scalar.ts";

interface Target {
  readonly storage: Oid;
  readonly rules: SequenceRules;
}

/**
 * What the running statement has done to sequences. A pass that ends in a Wait is followed by
 * another, which makes the same calls: those that were done are answered from here and not done
 * twice.
 */
class Journal {
  readonly done: bigint[] = [];
  #at = 0;

  nextPass(): void {
    this.#at = 0;
  }

  once(effect: () => bigint): bigint {
    if (this.#at === this.done.length) this.done.push(effect());
    return this.done[this.#at++] as bigint;
  }
}

export class SessionSequences {
  readonly #sequences: Sequences;
  #role: Oid;
  readonly #current = new Map<Oid, { readonly name: string; value: bigint }>();
  #last: Oid | undefined;
  #journal = new Journal();
  #statement = -1;

  constructor(sequences: Sequences, role: Oid) {
    this.#sequences = sequences;
    this.#role = role;
  }

  /** A pass of the session's statement with this number begins, as this role. */
  beginPass(statement: number, role: Oid): void {
    this.#role = role;
    if (statement === this.#statement) this.#journal.nextPass();
    else if (this.#journal.done.length > 0) this.#journal = new Journal();
    this.#statement = statement;
  }

  /**
   * `given`: the sequence, or the negative of an identity's. Throws a Wait when a reservation has
   * to become durable first.
   */
  nextval(catalog: CatalogReader, given: Oid): bigint {
    const sequence = Math.abs(given) as Oid;
    const { storage, rules } = this.#target(catalog, sequence, given < 0 ? "" : "Uw");
    const journal = this.#journal;
    const value = journal.once(() =>
      this.#sequences.nextval(catalog.database, storage, rules, journal),
    );
    this.#current.set(sequence, { name: rules.name, value });
    this.#last = sequence;
    return value;
  }

  setval(catalog: CatalogReader, sequence: Oid, value: bigint, called: boolean): bigint {
    const { storage, rules } = this.#target(catalog, sequence, "w");
    this.#journal.once(() => {
      this.#sequences.setval(catalog.database, storage, rules, value, called);
      return value;
    });
    if (called) this.#current.set(sequence, { name: rules.name, value });
    return value;
  }

  currval(catalog: CatalogReader, sequence: Oid): bigint {
    const { rules } = this.#target(catalog, sequence, "rU");
    const found = this.#current.get(sequence);
    if (found) return found.value;
    throw new SqlError(
      "55000",
      `currval of sequence "${rules.name}" is not yet defined in this session`,
    );
  }

  lastval(catalog: CatalogReader): bigint {
    const last = this.#last;
    const found = last === undefined ? undefined : this.#current.get(last);
    // One that was dropped since is none.
    if (last !== undefined && found && catalog.find(pgSequence, "key", [last])) {
      this.#target(catalog, last, "rU");
      return found.value;
    }
    throw new SqlError("55000", "lastval is not yet defined in this session");
  }

  /** The one row of a sequence as a relation: last_value, log_cnt, is_called. */
  row(catalog: CatalogReader, sequence: Oid): readonly Scalar[] {
    const { storage, rules } = this.#target(catalog, sequence, "");
    const { last, called, available } = this.#sequences.point(catalog.database, storage, rules);
    return [last, BigInt(available), called ? 1n : 0n];
  }

  /** The value given out last; undefined when nextval has not been called. May throw a Wait. */
  lastValue(catalog: CatalogReader, sequence: Oid): bigint | undefined {
    const { storage, rules } = this.#target(catalog, sequence, "rU");
    const { last, called } = this.#sequences.pointInMemory(catalog.database, storage, rules);
    return called ? last : undefined;
  }

  discard(): void {
    this.#current.clear();
    this.#last = undefined;
  }

  /** `privileges`: letters of which one is enough; none where it was asked for before. */
  #target(catalog: CatalogReader, sequence: Oid, privileges: string): Target {
    const relation = catalog.find(pgClass, "key", [sequence]);
    if (!relation) throw new SqlError("XX000", `could not open relation with OID ${sequence}`);
    const row = catalog.find(pgSequence, "key", [sequence]);
    if (!row) throw new SqlError("42809", `"${relation.relname}" is not a sequence`);
    const object = securableRelation(relation);
    if (privileges !== "" && !may(catalog, this.#role, object, privileges)) {
      throw new SqlError("42501", `permission denied for sequence ${relation.relname}`);
    }
    const rules = {
      name: relation.relname,
      start: row.seqstart,
      increment: row.seqincrement,
      min: row.seqmin,
      max: row.seqmax,
      cycle: row.seqcycle,
    };
    return { storage: relation.relfilenode, rules };
  }
}
