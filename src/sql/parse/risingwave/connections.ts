/** CONNECTIONS. https://docs.risingwave.com/sql/commands/sql-create-connection */
import { notSupported } from "../../../base/sql-error.ts";
import type { CreateConnection } from "../../../catalog/job-statement.ts";
import type { ObjectName } from "../../../catalog/object-name.ts";
import type { DdlStatement, QualifiedName } from "../../../catalog/statement.ts";
import { dropped, role, withOptions } from "./connectors.ts";
import type { StatementReader } from "./reader.ts";

export function createConnection(reader: StatementReader): CreateConnection {
  reader.expect("create", "connection");
  const ifNotExists = reader.accept("if", "not", "exists");
  const name = reader.name();
  const options = withOptions(reader);
  reader.expectEnd();
  return { kind: "createConnection", name, ifNotExists, options };
}

const named = (name: QualifiedName): ObjectName => ({
  ...{ kind: "qualified", noun: "connection", name },
});

export function dropConnections(reader: StatementReader): DdlStatement {
  const { names, ...rest } = dropped(reader, "connection");
  return { kind: "dropObjects", objects: names.map(named), ...rest };
}

export function alterConnection(reader: StatementReader): DdlStatement {
  reader.expect("alter", "connection");
  const object = named(reader.name());
  if (reader.accept("connector", "with")) throw notSupported("ALTER CONNECTION CONNECTOR WITH");
  const statement = (): DdlStatement => {
    if (reader.accept("rename", "to")) {
      return { kind: "renameObject", object, newName: reader.identifier() };
    }
    if (reader.accept("owner", "to")) return { kind: "objectOwner", object, owner: role(reader) };
    reader.expect("set", "schema");
    return { kind: "objectSchema", object, schema: reader.identifier() };
  };
  const read = statement();
  reader.expectEnd();
  return read;
}
