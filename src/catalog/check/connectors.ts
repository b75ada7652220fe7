/** Sources and sinks: each has its connector, and what is connected is one of them. */
import { connectionSchemas } from "../connectors/sinks.ts";
import { pgClass } from "../relations/pg-class.ts";
import { rwConnection } from "../relations/rw-connection.ts";
import { rwConnector } from "../relations/rw-connector.ts";
import { rwJob } from "../relations/rw-job.ts";
import { rwMaterialized } from "../relations/rw-materialized.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

const isConnected = (relkind: string): boolean => relkind === "x" || relkind === "s";

export function* checkConnectors(view: DatabaseView): Faults {
  for (const row of view.own(rwConnector)) {
    const self = rowText(rwConnector, row);
    const relation = view.find(pgClass, row.relid);
    if (!relation) yield `${self}: its relation is not there`;
    else if (!isConnected(relation.relkind)) {
      yield `${self}: its relation is of kind ${relation.relkind}`;
    } else if (relation.relispopulated !== row.ready) {
      yield `${self}: it is ${row.ready ? "" : "not "}ready, and its relation is otherwise`;
    }
    if ((relation?.relkind === "s") !== (row.query !== null))
      yield `${self}: only a sink has a query`;
    if (row.connection !== 0 && !view.find(rwConnection, row.connection)) {
      yield `${self}: its connection is not there`;
    }
    for (const text of [row.options, row.position]) {
      if (!isObject(text)) yield `${self}: ${text} is no JSON object`;
    }
  }
  for (const row of view.own(rwConnection)) {
    const self = rowText(rwConnection, row);
    if (!Object.hasOwn(connectionSchemas, row.type)) yield `${self}: its type is ${row.type}`;
    if (!isObject(row.options)) yield `${self}: ${row.options} is no JSON object`;
  }
  for (const relation of view.own(pgClass)) {
    if (!isConnected(relation.relkind)) continue;
    const self = rowText(pgClass, relation);
    const row = view.find(rwConnector, relation.oid);
    if (!row) {
      yield `${self}: it has no connector`;
      continue;
    }
    const jobs = [...view.own(rwJob)].filter(({ relid }) => relid === relation.oid);
    const isMade = jobs.some(({ state }) => state === "initial" || state === "creating");
    if (!row.ready && !isMade) yield `${self}: no job makes it ready`;
    const isSink = relation.relkind === "s";
    if (isSink !== (relation.relfilenode === 0)) yield `${self}: only a source has a storage`;
    if (isSink && row.ready && !view.find(rwMaterialized, relation.oid)) {
      yield `${self}: it is not known up to which epoch it has handed over`;
    }
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
