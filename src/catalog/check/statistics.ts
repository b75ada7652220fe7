/** Statistics are of columns that are there. */
import { pgAttribute } from "../relations/pg-attribute.ts";
import { pgStatistic } from "../relations/pg-statistic.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

export function* checkStatistics(view: DatabaseView): Faults {
  for (const row of view.examined(pgStatistic)) {
    const key = [row.starelid, row.staattnum];
    const [column] = view.list(pgAttribute, ["attrelid", "attnum"], key);
    const text = rowText(pgStatistic, row);
    if (!column) yield `${text}: the relation has no column ${row.staattnum}`;
    else if (column.attisdropped) yield `${text}: column ${row.staattnum} is dropped`;
  }
}
