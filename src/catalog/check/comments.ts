/** Comments and the like: on objects that are there, each where its kind's belong. */
import type { Oid } from "../../base/ids.ts";
import { isCover } from "../../pages/layout.ts";
import { relationByOid } from "../all-relations.ts";
import { pgDescription } from "../relations/pg-description.ts";
import { pgInitPrivs } from "../relations/pg-init-privs.ts";
import { pgSeclabel } from "../relations/pg-seclabel.ts";
import { pgShdescription } from "../relations/pg-shdescription.ts";
import { objectExists, objectText } from "./objects.ts";
import { rowText } from "./values.ts";
import { type DatabaseView, type Faults, textOf } from "./view.ts";

export function* checkComments(view: DatabaseView): Faults {
  for (const row of view.examined(pgDescription)) {
    const self = rowText(pgDescription, row);
    yield* orphan(view, self, row.classoid, row.objoid, row.objsubid);
    if (relationByOid(row.classoid)?.layout.shared) yield `${self}: the object is shared`;
  }
  for (const row of view.examined(pgSeclabel)) {
    yield* orphan(view, rowText(pgSeclabel, row), row.classoid, row.objoid, row.objsubid);
  }
  for (const row of view.examined(pgInitPrivs)) {
    yield* orphan(view, rowText(pgInitPrivs, row), row.classoid, row.objoid, row.objsubid);
  }
  for (const row of view.examined(pgShdescription)) {
    const self = rowText(pgShdescription, row);
    yield* orphan(view, self, row.classoid, row.objoid, 0);
    if (!relationByOid(row.classoid)?.layout.shared) yield `${self}: the object is not shared`;
    if (row.description === "") yield `${self}: it is empty`;
  }
}

/** An empty comment is there only to hide one that belongs to every database. */
export function* checkCovers(view: DatabaseView): Faults {
  const builtIn = view.cluster
    .stored(pgDescription, 0 as Oid)
    .map((row) => textOf(pgDescription.keyOf(row)));
  const hidden = new Set(builtIn);
  for (const row of view.own(pgDescription)) {
    if (!isCover(pgDescription.layout, row.values)) continue;
    if (hidden.has(textOf(pgDescription.keyOf(row.values)))) continue;
    yield `${rowText(pgDescription, row)}: it hides nothing`;
  }
}

function* orphan(view: DatabaseView, self: string, classOid: Oid, oid: Oid, subId: number): Faults {
  if (objectExists(view, classOid, oid, subId)) return;
  yield `${self}: there is no ${objectText(classOid, oid, subId)}`;
}
