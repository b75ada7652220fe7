/** nextval and its kin, as one session calls them: names and rules from the catalog, state from txn/sequences. */
import type { Oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { Catalog } from "../../catalog/catalog.ts";
import { hasRole } from "../../catalog/privileges.ts";
import { pgClass } from "../../catalog/relations/pg-class.ts";
import { pgSequence } from "../../catalog/relations/pg-sequence.ts";
import type { SequencePoint, SequenceRules, Sequences } from "../../txn/sequences.ts";
import type { CatalogTransaction } from "../../txn/transaction.ts";

interface Target {
  readonly storage: Oid;
  readonly rules: SequenceRules;
}

export class SessionSequences {
  readonly #sequences: Sequences;
  readonly #role: Oid;
  readonly #current = new Map<Oid, { readonly name: string; value: bigint }>();
  #last: Oid | undefined;

  constructor(sequences: Sequences, role: Oid) {
    this.#sequences = sequences;
    this.#role = role;
  }

  /** Throws a Wait when a reservation has to become durable first. */
  nextval(transaction: CatalogTransaction, sequence: Oid): bigint {
    const { storage, rules } = this.#target(transaction, sequence);
    const value = this.#sequences.nextval(transaction.database, storage, rules);
    this.#current.set(sequence, { name: rules.name, value });
    this.#last = sequence;
    return value;
  }

  setval(transaction: CatalogTransaction, sequence: Oid, value: bigint, called: boolean): bigint {
    const { storage, rules } = this.#target(transaction, sequence);
    this.#sequences.setval(transaction.database, storage, rules, value, called);
    if (called) this.#current.set(sequence, { name: rules.name, value });
    return value;
  }

  currval(sequence: Oid, nameOf: () => string): bigint {
    const found = this.#current.get(sequence);
    if (found) return found.value;
    throw new SqlError(
      "55000",
      `currval of sequence "${nameOf()}" is not yet defined in this session`,
    );
  }

  lastval(): bigint {
    const found = this.#last === undefined ? undefined : this.#current.get(this.#last);
    if (found) return found.value;
    throw new SqlError("55000", "lastval is not yet defined in this session");
  }

  /** The one row of a sequence as a relation. */
  point(transaction: CatalogTransaction, sequence: Oid): SequencePoint {
    const { storage, rules } = this.#target(transaction, sequence);
    return this.#sequences.point(transaction.database, storage, rules);
  }

  discard(): void {
    this.#current.clear();
    this.#last = undefined;
  }

  #target(transaction: CatalogTransaction, sequence: Oid): Target {
    const catalog = new Catalog(transaction);
    const relation = catalog.find(pgClass, "key", [sequence]);
    if (!relation) throw new SqlError("42P01", `relation with OID ${sequence} does not exist`);
    const row = catalog.find(pgSequence, "key", [sequence]);
    if (!row) throw new SqlError("42809", `"${relation.relname}" is not a sequence`);
    if (!hasRole(catalog, this.#role, relation.relowner)) {
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
