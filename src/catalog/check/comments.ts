/** Comments and the like: on objects that are there. */
import type { Oid } from "../../base/ids.ts";
import { pgDescription } from "../relations/pg-description.ts";
import { pgInitPrivs } from "../relations/pg-init-privs.ts";
import { pgSeclabel } from "../relations/pg-seclabel.ts";
import { pgShdescription } from "../relations/pg-shdescription.ts";
import { objectExists, objectText } from "./objects.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

export function* checkComments(view: DatabaseView): Faults {
  for (const row of view.examined(pgDescription)) {
    yield* orphan(view, rowText(pgDescription, row), row.classoid, row.objoid, row.objsubid);
  }
  for (const row of view.examined(pgSeclabel)) {
    yield* orphan(view, rowText(pgSeclabel, row), row.classoid, row.objoid, row.objsubid);
  }
  for (const row of view.examined(pgInitPrivs)) {
    yield* orphan(view, rowText(pgInitPrivs, row), row.classoid, row.objoid, row.objsubid);
  }
  for (const row of view.examined(pgShdescription)) {
    yield* orphan(view, rowText(pgShdescription, row), row.classoid, row.objoid, 0);
  }
}

function* orphan(view: DatabaseView, self: string, classOid: Oid, oid: Oid, subId: number): Faults {
  if (objectExists(view, classOid, oid, subId)) return;
  yield `${self}: there is no ${objectText(classOid, oid, subId)}`;
}
