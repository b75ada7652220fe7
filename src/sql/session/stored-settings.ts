/** Settings that statements store for sessions to come, checked as this session's would be. */
import { SqlError } from "../../base/sql-error.ts";
import type { StoredSettings } from "../../catalog/ddl/context.ts";
import type { IsolationLevel } from "../parse/statement.ts";
import { splitIdentifiers } from "../settings/lists.ts";
import { grantedKey, settingKey } from "../settings/registry.ts";
import { joinValues } from "../settings/written-values.ts";
import { SessionRoles } from "./roles.ts";
import type { SessionState } from "./state.ts";
import { checkDefaultTablespace, foreseenTablespaces } from "./tablespace-settings.ts";

export function storedSettingsOf(state: SessionState): StoredSettings {
  const { settings } = state;
  const { permitted } = state.roles;
  return {
    kept: (name) => settings.kept(name),
    listed: (name) => splitIdentifiers(settings.kept(name)) ?? [],
    checkStored(name, values) {
      const value = joinValues(name, values);
      if (settingKey(name) === "transaction_isolation") {
        // It could only be the one that holds: this statement has a snapshot.
        const isolation = value.toLowerCase() as IsolationLevel;
        if (isolation !== state.block.modes.isolation) state.block.setModes({ isolation });
      }
      const foreseen = SessionRoles.isRole(name) ? state.roles.foresee(name, value) : undefined;
      if (foreseen) state.context.notice(foreseen);
      for (const each of foreseenTablespaces(settingKey(name), value, state.context.catalog)) {
        state.context.notice(each);
      }
      return { name: settings.checkStored(name, value, permitted), value };
    },
    current(name) {
      const value = settings.show(name);
      return { name: settings.checkStored(name, value, permitted), value };
    },
    checkSystem(name, values) {
      const value = values && joinValues(name, values);
      if (value !== undefined && settingKey(name) === "default_tablespace") {
        checkDefaultTablespace(value, state);
      }
      return { name: settings.checkSystem(name, value), value: value ?? "" };
    },
    checkStoredName: (name) => settings.checkStored(name, undefined, permitted),
    grantedKey,
    mayStore(name) {
      try {
        settings.checkStored(name, undefined, permitted);
        return true;
      } catch (error) {
        if (error instanceof SqlError) return false;
        throw error;
      }
    },
  };
}
