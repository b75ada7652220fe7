/**
 * WHAT STANDS ON A COLUMN WHOSE TYPE CHANGES is made anew from the statements that would make it,
 * so that its expressions are bound to the new type and its operators chosen for it: indexes, keys,
 * checks, and foreign keys of this table and to it. They keep their names, comments and marks, and
 * get new oids as in PostgreSQL.
 */
import type { Oid } from "../../base/ids.ts";
import { CONSTRAINT_CLASS, RELATION_CLASS } from "../class-oids.ts";
import { addressOf } from "../describe.ts";
import type { CreateIndex } from "../index-statement.ts";
import type { ClassTuple } from "../names.ts";
import type { Tuple } from "../relation.ts";
import { pgClass } from "../relations/pg-class.ts";
import { pgConstraint } from "../relations/pg-constraint.ts";
import { pgDescription } from "../relations/pg-description.ts";
import { pgIndex } from "../relations/pg-index.ts";
import type { TableConstraint } from "../statement.ts";
import { createConstraint } from "./add-constraint.ts";
import type { DdlContext } from "./context.ts";
import { type BoundIndex, bindIndex, defineIndex } from "./create-index.ts";
import { dropObjects } from "./drop.ts";
import { markClustered, markReplicaIdentity } from "./index-actions.ts";
import { constraintOver } from "./index-rows.ts";
import { lockRelation } from "./lookup.ts";

type ConstraintTuple = Tuple<(typeof pgConstraint)["columns"]>;
type IndexTuple = Tuple<(typeof pgIndex)["columns"]>;

/** An index as it was, which may be a constraint's. */
interface OldIndex {
  readonly row: IndexTuple | undefined;
  readonly comment: string | undefined;
}

interface OldConstraint {
  readonly table: Oid;
  readonly name: string;
  readonly statement: TableConstraint;
  readonly comment: string | undefined;
  readonly index: OldIndex;
}

export class Rebuilds {
  readonly #context: DdlContext;
  readonly #table: Oid;
  /** By oid, as they are before anything changes. */
  readonly #indexes = new Map<Oid, CreateIndex>();
  readonly #constraints = new Map<Oid, TableConstraint>();

  constructor(context: DdlContext, table: Oid) {
    this.#context = context;
    this.#table = table;
  }

  /** A sequence that feeds the column needs nothing; an index may be a constraint's. */
  noteRelation(oid: Oid): void {
    const { catalog, relations } = this.#context;
    const relation = catalog.find(pgClass, "key", [oid]);
    if (relation?.relkind !== "i") return;
    const constraint = constraintOver(this.#context, this.#table, oid);
    if (constraint) this.noteConstraint(constraint.oid);
    else if (!this.#indexes.has(oid)) this.#indexes.set(oid, relations.indexStatement(oid));
  }

  noteConstraint(oid: Oid): void {
    if (this.#constraints.has(oid)) return;
    this.#constraints.set(oid, this.#context.relations.constraintStatement(oid));
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
      context,
      [
        ...[...this.#constraints.keys()].map((oid) => addressOf(CONSTRAINT_CLASS, oid)),
        ...[...this.#indexes.keys()].map((oid) => addressOf(RELATION_CLASS, oid)),
      ],
      false,
    );
    const isKey = ({ statement: { kind } }: OldConstraint) =>
      kind === "primaryKey" || kind === "unique";
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
    // The foreign key of another table.
    if (row.conrelid !== this.#table) lockRelation(this.#context, row.conrelid, "AccessExclusive");
    return {
      table: row.conrelid,
      name: row.conname,
      statement,
      comment: this.#commentOn(CONSTRAINT_CLASS, oid),
      index: this.#oldIndex(row.contype === "f" ? NONE : row.conindid),
    };
  }

  #makeConstraint({ table, name, statement, comment, index }: OldConstraint): void {
    const context = this.#context;
    createConstraint(context, table, statement, false);
    const key = [table, NONE, name];
    const row = context.catalog.find(pgConstraint, "conrelid_contypid_conname", key);
    if (!row) return;
    this.#comment(CONSTRAINT_CLASS, row.oid, comment);
    if (row.contype !== "f" && row.conindid !== NONE) this.#mark(row.conindid, index);
  }

  #makeIndex(bound: BoundIndex, old: OldIndex): void {
    const index = defineIndex(this.#context, bound, true);
    if (index !== undefined) this.#mark(index, old);
  }

  #mark(index: Oid, { row, comment }: OldIndex): void {
    const table = this.#context.catalog.find(pgClass, "key", [this.#table]) as ClassTuple;
    if (row?.indisclustered) markClustered(this.#context, table.oid, index);
    if (row?.indisreplident) markReplicaIdentity(this.#context, table, "i", index);
    this.#comment(RELATION_CLASS, index, comment);
  }

  #commentOn(classOid: Oid, oid: Oid): string | undefined {
    return this.#context.catalog.find(pgDescription, "key", [oid, classOid, 0])?.description;
  }

  #comment(classoid: Oid, objoid: Oid, description: string | undefined): void {
    if (description === undefined) return;
    this.#context.catalog.insert(pgDescription, { objoid, classoid, objsubid: 0, description });
  }
}

const NONE = 0 as Oid;
