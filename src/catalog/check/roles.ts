/** Roles, who is a member of whom, and what sessions start with. Over all databases at once. */
import { FIRST_USER_OID, type Oid } from "../../base/ids.ts";
import { BOOTSTRAP_SUPERUSER } from "../class-oids.ts";
import { PG_DATABASE_OWNER } from "../memberships.ts";
import { pgAuthMembers } from "../relations/pg-auth-members.ts";
import { pgAuthid } from "../relations/pg-authid.ts";
import { pgDbRoleSetting } from "../relations/pg-db-role-setting.ts";
import { rowText } from "./values.ts";
import type { DatabaseView, Faults } from "./view.ts";

/** What a password is kept as: never as itself. */
const VERIFIER = /^(md5[0-9a-f]{32}|SCRAM-SHA-256\$\d+:[^$:]*\$[^$:]+:[^$:]+)$/;

export function* checkRoles(view: DatabaseView): Faults {
  if (!view.find(pgAuthid, BOOTSTRAP_SUPERUSER)?.rolsuper) {
    yield "pg_authid: the bootstrap role is no superuser";
  }
  for (const row of view.all(pgAuthid)) {
    const self = rowText(pgAuthid, row);
    if (row.rolconnlimit < -1) yield `${self}: its connection limit is ${row.rolconnlimit}`;
    if (row.rolpassword !== null && !VERIFIER.test(row.rolpassword)) {
      yield `${self}: its password is no verifier`;
    }
    const isReserved = /^(pg_.*|public|none)$/.test(row.rolname);
    if (isReserved && row.oid >= FIRST_USER_OID) yield `${self}: ${row.rolname} is reserved`;
  }
}

/** Nobody is, by whatever way, a member of itself. */
export function* checkMemberships(view: DatabaseView): Faults {
  const rolesOf = new Map<Oid, Oid[]>();
  for (const row of view.all(pgAuthMembers)) {
    const { roleid, member } = row;
    rolesOf.set(member, [...(rolesOf.get(member) ?? []), roleid]);
    if (roleid === PG_DATABASE_OWNER || member === PG_DATABASE_OWNER) {
      yield `${rowText(pgAuthMembers, row)}: pg_database_owner has the one member that is implied`;
    }
  }
  for (const member of rolesOf.keys()) {
    const reached = new Set<Oid>(rolesOf.get(member));
    for (const role of reached) for (const next of rolesOf.get(role) ?? []) reached.add(next);
    if (reached.has(member)) yield `pg_authid ${member}: it is a member of itself`;
  }
}

/** `name=value`, each name once; a row that says nothing is not there. */
export function* checkStoredSettings(view: DatabaseView): Faults {
  for (const row of view.all(pgDbRoleSetting)) {
    const self = rowText(pgDbRoleSetting, row);
    const entries = row.setconfig ?? [];
    if (entries.length === 0) yield `${self}: it has no settings`;
    const names = entries.map((entry) => entry.slice(0, Math.max(entry.indexOf("="), 0)));
    if (names.includes("")) yield `${self}: a setting has no name`;
    if (new Set(names).size < names.length) yield `${self}: a setting is there twice`;
  }
}
