/** The server's parameters and the parts below that work with them. */
import type { Oid } from "../../base/ids.ts";
import { rwSystemParameter } from "../../catalog/relations/rw-system-parameter.ts";
import type { Storage } from "../../txn/storage.ts";
import type { VacuumLimits } from "../../txn/vacuum-limits.ts";
import type { Mutation } from "../../wal/fragment.ts";
import type { Parameters } from "../settings/parameters.ts";

/** What ALTER SYSTEM has stored, when the log has been replayed. */
export function loadParameters(parameters: Parameters, { store, sequencer }: Storage): void {
  for (const row of store.scan(rwSystemParameter.layout, 0 as Oid, sequencer.epoch)) {
    const { name, value } = rwSystemParameter.view(row);
    parameters.store(name, value);
  }
}

/** What is applied from now on changes them. */
function noteChanges(parameters: Parameters, storage: Storage): void {
  storage.onApplied(({ commits }) => {
    for (const { mutations } of commits) {
      for (const mutation of mutations) {
        if (mutation.rel === rwSystemParameter.oid) noteParameter(parameters, mutation);
      }
    }
  });
}

/** A change of a row of rw_system_parameter that was applied. */
function noteParameter(parameters: Parameters, mutation: Mutation): void {
  if (mutation.kind === "delete") {
    const [name] = mutation.key;
    parameters.store(String(name), undefined);
  } else {
    const { name, value } = rwSystemParameter.view(mutation.row);
    parameters.store(name, value);
  }
}

export const retentionMsOf = (parameters: Parameters): number =>
  parameters.get("time_travel_retention_ms");

/** As they are whenever vacuum asks. */
export const vacuumLimitsOf = (parameters: Parameters): VacuumLimits => ({
  get isOn() {
    return parameters.get("autovacuum");
  },
  get retainEpochs() {
    return parameters.get("vacuum_retain_epochs");
  },
  get retainMs() {
    return retentionMsOf(parameters);
  },
  get sliceMs() {
    return parameters.get("vacuum_slice_ms");
  },
  get pauseMs() {
    return parameters.get("vacuum_pause_ms");
  },
  get endedMin() {
    return parameters.get("autovacuum_vacuum_threshold");
  },
  get endedPart() {
    return parameters.get("autovacuum_vacuum_scale_factor");
  },
});

/** What is told of changes. */
export function followParameters(parameters: Parameters, storage: Storage): void {
  noteChanges(parameters, storage);
  storage.keepHouseEvery(parameters.get("housekeeping_interval_ms"));
  parameters.onChange("housekeeping_interval_ms", (ms) => storage.keepHouseEvery(ms));
  storage.store.trimHistory();
  parameters.onChange("ddl_history_days", () => storage.store.trimHistory());
  storage.vacuum.trimMoments();
  parameters.onChange("time_travel_retention_ms", () => storage.vacuum.trimMoments());
}
