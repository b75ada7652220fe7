/** What a body is told of a plan: its columns as fields, its relations. */
import type { Oid } from "../../base/ids.ts";
import type { Field } from "../bind/field.ts";
import type { ResultColumn } from "../session/api.ts";
import type { QueryPlan } from "../session/engine.ts";

/** What it reads and writes. */
export const relationsOf = ({
  relations,
  ...plan
}: Pick<QueryPlan, "relations"> & { readonly targets?: ReadonlySet<Oid> }): Oid[] => [
  ...(plan.targets ?? []),
  ...relations.map(([relation]) => relation),
];

export const fieldOf = ({ name, type, domain, typmod, collation }: ResultColumn): Field => ({
  ...{ name, type: domain ?? type, typmod: domain ? -1 : (typmod ?? -1) },
  collation: collation ?? (0 as Oid),
});
