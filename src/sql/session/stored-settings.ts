/** Settings that statements store for sessions to come, checked as this session's would be. */
import { SqlError } from "../../base/sql-error.ts";
import type { StoredSettings } from "../../catalog/ddl/context.ts";
import { joinValues } from "../settings/written-values.ts";
import { SessionRoles } from "./roles.ts";
import type { SessionState } from "./state.ts";

export function storedSettingsOf(state: SessionState): StoredSettings {
  const { settings } = state;
  const isSuperuser = () => state.user.superuser;
  return {
    kept: (name) => settings.kept(name),
    checkStored(name, values) {
      const value = joinValues(name, values);
      const foreseen = SessionRoles.isRole(name) ? state.roles.foresee(name, value) : undefined;
      if (foreseen) state.context.notice(foreseen);
      return { name: settings.checkStored(name, value, isSuperuser()), value };
    },
    current(name) {
      const value = settings.show(name);
      return { name: settings.checkStored(name, value, isSuperuser()), value };
    },
    checkStoredName: (name) => settings.checkStored(name, undefined, isSuperuser()),
    mayStore(name) {
      try {
        settings.checkStored(name, undefined, isSuperuser());
        return true;
      } catch (error) {
        if (error instanceof SqlError) return false;
        throw error;
      }
    },
  };
}
