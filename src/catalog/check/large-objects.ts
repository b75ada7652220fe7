/** Pages of large objects are numbered from 0 and no longer than a page. */
import { PAGE_BYTES } from "../large-object-pages.ts";
import { pgLargeobject } from "../relations/pg-largeobject.ts";
import type { DatabaseView, Faults } from "./view.ts";

export function* checkLargeObjects(view: DatabaseView): Faults {
  for (const { loid, pageno, data } of view.examined(pgLargeobject)) {
    const text = `${pgLargeobject.name} ${loid}, page ${pageno}`;
    if (pageno < 0) yield `${text}: it has no such page`;
    if (data.length > PAGE_BYTES) yield `${text}: it has ${data.length} bytes`;
  }
}
