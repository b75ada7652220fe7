/** WHAT EVENT TRIGGERS ARE TOLD of a statement: the rows of their two functions. */
import type { Catalog } from "../../catalog/catalog.ts";
import { type Collected, collectedOf, subjectOf } from "../../catalog/ddl/collected.ts";
import type { DdlContext } from "../../catalog/ddl/context.ts";
import type { ObjectAddress } from "../../catalog/describe.ts";
import type { DdlStatement } from "../../catalog/statement.ts";
import { temporaryOwner } from "../../catalog/temporary-names.ts";
import { identityOf, type ObjectIdentity, schemaName } from "../functions/object-identity.ts";
import type { FiredEvent } from "../functions/registry.ts";
import { encodeList } from "../types/array-value.ts";
import type { Scalar } from "../types/scalar.ts";
import type { NameScope } from "../types/visibility.ts";

export interface ToldEvents {
  /** When it is over. */
  facts(): Omit<FiredEvent, "event">;
  /** The context that the statement is to run with. */
  readonly context: DdlContext;
}

export function toldOf(
  ddl: DdlContext,
  statement: DdlStatement,
  tag: string,
  scope: NameScope,
): ToldEvents {
  const { catalog } = ddl;
  const subject = subjectOf(ddl, statement);
  const before = catalog.transaction.overlay.mark;
  const dropped: (readonly Scalar[])[] = [];
  const commands = () => {
    const changes = catalog.transaction.overlay.changesSince(before);
    return collectedOf(statement, tag, subject, changes).flatMap((each) => {
      const row = commandRow(scope, each);
      return row ? [row] : [];
    });
  };
  const context: DdlContext = {
    ...ddl,
    onDrop: (object, { original, normal }) => {
      const row = droppedRow(catalog, scope, object, original, normal);
      if (row) dropped.push(row);
    },
  };
  return { facts: () => ({ commands: commands(), dropped }), context };
}

const NO = 0n;
const truth = (value: boolean): bigint => (value ? 1n : 0n);
/** pg_ddl_command, which nobody can read. */
const COMMAND = "";

function commandRow(scope: NameScope, { tag, object, type }: Collected) {
  if (!object) return [null, null, null, tag, type ?? null, null, null, NO, COMMAND];
  const found = identityOf(scope, object);
  if (!found) return undefined;
  return [
    ...addressValues(object),
    tag,
    found.type,
    found.isPart ? null : schemaOf(scope, found),
    found.identity,
    NO,
    COMMAND,
  ];
}

const addressValues = ({ classOid, oid, subId }: ObjectAddress): readonly Scalar[] => [
  BigInt(classOid),
  BigInt(oid),
  BigInt(subId),
];

const schemaOf = (scope: NameScope, { namespace }: ObjectIdentity): Scalar =>
  namespace === undefined ? null : schemaName(scope, namespace);

/** Undefined: nobody is told of it. */
function droppedRow(
  catalog: Catalog,
  scope: NameScope,
  object: ObjectAddress,
  original: boolean,
  normal: boolean,
): readonly Scalar[] | undefined {
  const found = identityOf(scope, object);
  if (!found) return undefined;
  const owner = found.namespace === undefined ? "nobody" : temporaryOwner(catalog, found.namespace);
  if (owner === "other") return undefined;
  return [
    ...addressValues(object),
    ...[original, normal, owner === "own"].map(truth),
    found.type,
    schemaOf(scope, found),
    found.name ?? null,
    found.identity,
    encodeList(found.names),
    encodeList(found.args),
  ];
}
