/** The live rows of one session's state. */

import { PG_READ_ALL_STATS } from "../../catalog/memberships.ts";
import type { SettingRow } from "../settings/session-settings.ts";
import { formatSetting } from "../settings/value.ts";
import type { Scalar } from "../types/scalar.ts";
import { type Activity, activityRow, type LiveRows, lockRow } from "./live-rows.ts";
import type { SessionState } from "./state.ts";

const bool = (value: boolean): Scalar => (value ? 1n : 0n);

export function liveRowsOf(state: SessionState, activities: () => Iterable<Activity>): LiveRows {
  return {
    *settings() {
      for (const row of state.settings.rows()) yield settingRow(row);
    },
    *preparedStatements() {
      for (const each of state.prepared.named()) {
        const { name, text, preparedAt, fromSql } = each;
        const types = JSON.stringify(each.parameterTypes);
        yield [name, text, preparedAt, types, bool(fromSql), BigInt(each.uses), 0n];
      }
    },
    *cursors() {
      for (const { name, text, hold, cursor, createdAt } of state.portals.visible()) {
        const isScrollable = cursor?.scroll ?? false;
        yield [
          name,
          text,
          bool(hold),
          bool(cursor?.binary ?? false),
          bool(isScrollable),
          createdAt,
        ];
      }
    },
    *channels() {
      for (const channel of state.notifications.channels) yield [channel];
    },
    get notifyUsage() {
      return state.notifications.queueUsage;
    },
    *locks() {
      for (const row of state.connection.locks()) yield lockRow(row);
    },
    *activity(processId) {
      for (const activity of activities()) {
        if (processId !== undefined && activity.processId !== processId) continue;
        const { roles } = state;
        yield activityRow(activity, roles.has(activity.user) || roles.has(PG_READ_ALL_STATS));
      }
    },
  };
}

/** Columns of pg_show_all_settings, in its order. */
function settingRow({ definition, value, resetValue, source }: SettingRow): readonly Scalar[] {
  const isNumber = definition.type === "integer" || definition.type === "real";
  const shown = (kept: string) =>
    isNumber ? formatSetting({ ...definition, unit: undefined } as never, kept) : kept;
  const limit = (number: number) => shown(String(number));
  return [
    definition.name,
    shown(value),
    isNumber ? (definition.unit ?? null) : null,
    definition.category,
    definition.description,
    definition.detail ?? null,
    definition.context,
    definition.type,
    source,
    isNumber ? limit(definition.min) : null,
    isNumber ? limit(definition.max) : null,
    definition.type === "enum" ? JSON.stringify(definition.values) : null,
    shown(definition.initial),
    shown(resetValue),
    null,
    null,
    0n,
  ];
}
