/**
 * WHAT STANDS ON COLUMNS WHOSE TYPES CHANGE is made anew from the statements that would make it,
 * so that its expressions are bound to the new type and its operators chosen for it: indexes, keys,
 * checks, those of domains too, and foreign keys of the tables and to them. They keep their names,
 * comments and marks, and get new oids as in PostgreSQL. What a table has of its parent alone is
 * made with the parent's, so parts of indexes get names and comments as new ones do.
 */
import type { Oid } from "../../base/ids.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addressOf } from "../describe.ts";
import type { CreateIndex, ExclusionConstraint } from "../index-statement.ts";
import { withDescendants } from "../inheritance.ts";
import type { ClassTuple } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDescription } from "../relations/pg-description.ts";
import { pgIndex } from "../relations/pg-index.ts";
import type { CheckConstraint, TableConstraint } from "../statement.ts";
import { createConstraint } from "./add-constraint.ts";
import type { DdlContext } from "./context.ts";
import { copierFor } from "./copy-index.ts";
import { type BoundIndex, bindIndex, defineIndex } from "./create-index.ts";
import { addDomainCheck } from "./domains.ts";
import { dropObjects } from "./drop.ts";
import { markClustered, markReplicaIdentity } from "./index-actions.ts";
import { isIndexConstraint } from "./index-constraints.ts";
import { constraintOver } from "./index-rows.ts";
import { lockRelation } from "./lookup.ts";
import { indexPartitions } from "./partition-indexes.ts";

type ConstraintTuple = Tuple<(typeof pgConstraint)["columns"]>;
type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

/** An index as it was, which may be a constraint's. */
interface OldIndex {
  readonly row: IndexTuple | undefined;
  readonly comment: string | undefined;
}

interface OldConstraint {
  /** 0: it is a domain's. */
  readonly table: Oid;
  readonly domain: Oid;
  readonly name: string;
  readonly statement: TableConstraint;
  readonly comment: string | undefined;
  readonly index: OldIndex;
}

export class Rebuilds {
  readonly #context: DdlContext;
  /** By oid, as they are before anything changes. */
  readonly #indexes = new Map<Oid, CreateIndex>();
  readonly #constraints = new Map<Oid, TableConstraint>();
  /** Checks of children that are made with their parents'. */
  readonly #inherited = new Set<Oid>();

  constructor(context: DdlContext) {
    this.#context = { ...context, rebuilds: true };
  }

  /** A sequence that feeds the column needs nothing; an index may be a constraint's. */
  noteRelation(oid: Oid): void {
    const { catalog, relations } = this.#context;
    const row = catalog.find(pgIndex, "key", [oid]);
    // A part of an index goes and comes with the whole.
    if (!row || catalog.find(pgClass, "key", [oid])?.relispartition) return;
    const constraint = constraintOver(this.#context, row.indrelid, oid);
    if (constraint) this.noteConstraint(constraint.oid);
    else if (!this.#indexes.has(oid)) this.#indexes.set(oid, relations.indexStatement(oid));
  }

  noteConstraint(oid: Oid): void {
    if (this.#constraints.has(oid)) return;
    const row = this.#context.catalog.find(pgConstraint, "key", [oid]);
    if (!row || row.conparentid !== NONE) return;
    if (row.conislocal) {
      const statement = this.#context.relations.constraintStatement(oid);
      this.#constraints.set(oid, statement.kind === "exclusion" ? unplaced(statement) : statement);
    } else this.#inherited.add(oid);
  }

  run(): void {
    const context = this.#context;
    // All are bound before any is dropped: what their expressions lack is said first.
    const indexes = [...this.#indexes].map(([oid, statement]) => ({
      bound: bindIndex(context, statement),
      old: this.#oldIndex(oid),
    }));
    const constraints = [...this.#constraints].map(([oid, statement]) =>
      this.#oldConstraint(oid, statement),
    );
    dropObjects(
      // They stay, to whoever looks.
      { ...context, onDrop: undefined },
      [
        ...[...this.#constraints.keys(), ...this.#inherited].map((oid) =>
          addressOf(CONSTRAINT_CLASS, oid),
        ),
        ...[...this.#indexes.keys()].map((oid) => addressOf(RELATION_CLASS, oid)),
      ],
      false,
    );
    const isKey = ({ statement }: OldConstraint) => isIndexConstraint(statement);
    for (const old of constraints.filter(isKey)) this.#makeConstraint(old);
    for (const { bound, old } of indexes) this.#makeIndex(bound, old);
    for (const old of constraints) if (!isKey(old)) this.#makeConstraint(old);
  }

  #oldIndex(oid: Oid): OldIndex {
    const row = this.#context.catalog.find(pgIndex, "key", [oid]);
    return { row, comment: this.#commentOn(RELATION_CLASS, oid) };
  }

  #oldConstraint(oid: Oid, statement: TableConstraint): OldConstraint {
    const row = this.#context.catalog.find(pgConstraint, "key", [oid]) as ConstraintTuple;
    // It may be the foreign key of another table.
    if (row.conrelid !== NONE) lockRelation(this.#context, row.conrelid, "AccessExclusive");
    return {
      table: row.conrelid,
      domain: row.contypid,
      name: row.conname,
      statement,
      comment: this.#commentOn(CONSTRAINT_CLASS, oid),
      index: this.#oldIndex(row.contype === "f" ? NONE : row.conindid),
    };
  }

  #makeConstraint({ table, domain, name, statement, comment, index }: OldConstraint): void {
    const context = this.#context;
    if (domain === NONE) createConstraint(context, table, statement, false);
    else addDomainCheck(context, domain, statement as CheckConstraint);
    const key = [table, domain, name];
    const row = context.catalog.find(pgConstraint, "conrelid_contypid_conname", key);
    if (!row) return;
    this.#comment(CONSTRAINT_CLASS, row.oid, comment);
    if (row.contype !== "f" && row.conindid !== NONE) this.#mark(row.conindid, index);
  }

  #makeIndex(bound: BoundIndex, old: OldIndex): void {
    const index = defineIndex(this.#context, bound);
    if (index === undefined) return;
    if (bound.relation.relkind === "p") {
      indexPartitions(this.#context, bound.relation, index, copierFor(this.#context));
    }
    this.#mark(index, old);
  }

  #mark(index: Oid, { row, comment }: OldIndex): void {
    const { catalog } = this.#context;
    const { indrelid } = catalog.find(pgIndex, "key", [index]) as IndexTuple;
    const table = catalog.find(pgClass, "key", [indrelid]) as ClassTuple;
    if (row?.indisclustered) markClustered(this.#context, table.oid, index);
    if (row?.indisreplident) markReplicaIdentity(this.#context, table, "i", index);
    for (const each of withDescendants(catalog, index)) {
      this.#comment(RELATION_CLASS, each, comment);
    }
  }

  #commentOn(classOid: Oid, oid: Oid): string | undefined {
    return this.#context.catalog.find(pgDescription, "key", [oid, classOid, 0])?.description;
  }

  #comment(classoid: Oid, objoid: Oid, description: string | undefined): void {
    if (description === undefined) return;
    this.#context.catalog.insert(pgDescription, { objoid, classoid, objsubid: 0, description });
  }
}

/** PostgreSQL forgets in which tablespace the index of an exclusion constraint was. */
function unplaced({ tablespace: _, ...constraint }: ExclusionConstraint): ExclusionConstraint {
  return constraint;
}

const NONE = 0 as Oid;
