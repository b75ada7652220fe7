/**
 * THE ROLES OF A SESSION. Three of them, of which the first never changes:
 *
 *   authenticated   who connected: decides whom SET SESSION AUTHORIZATION may name
 *   session user    decides whom SET ROLE may name
 *   current user    decides everything else
 *
 * The settings `session_authorization` and `role` say by name who they are, so that ROLLBACK and
 * SET LOCAL are the settings' matter. What a role is called and whether it is a superuser is looked
 * up whenever it is asked for; only `is_superuser` says what was true when the role was taken on.
 * https://www.postgresql.org/docs/15/sql-set-role.html
 */
import type { Oid } from "../../base/ids.ts";
import { type Notice, notice, SqlError } from "../../base/sql-error.ts";
import type { SettingSource } from "../settings/definition.ts";
import type { Permission, SessionSettings } from "../settings/session-settings.ts";
import type { Connection, SessionRole, Transaction } from "./engine.ts";

const NOBODY = "none";
/** What decides about roles is not who may change a setting. */
const ANYBODY: Permission = () => true;

export class SessionRoles {
  readonly #connection: Connection;
  readonly #settings: SessionSettings;
  readonly #begun: () => Transaction | undefined;
  /** Every role that a setting was ever set to, as it was then, by the name that it had. */
  readonly #taken = new Map<string, SessionRole>();
  /** Owners of the SECURITY DEFINER routines that run, the innermost last. */
  readonly #definers: SessionRole[] = [];
  /** What was looked up last, of committed rows. */
  readonly #current = new Map<Oid, { readonly epoch: number; readonly role: SessionRole }>();

  constructor(
    connection: Connection,
    settings: SessionSettings,
    begun: () => Transaction | undefined,
  ) {
    this.#connection = connection;
    this.#settings = settings;
    this.#begun = begun;
  }

  get sessionUser(): SessionRole {
    return this.#now(this.#takenSessionUser);
  }
  /** Without a look at the catalog: other sessions ask while they run a query. */
  get sessionUserOid(): Oid {
    return this.#takenSessionUser.oid;
  }
  get user(): SessionRole {
    return this.#now(this.#takenUser);
  }
  /** A role by its oid, as it is now. */
  find(role: Oid): SessionRole | undefined {
    return this.#connection.currentRole(role, this.#begun());
  }
  /** Whether the current user has the rights of the role with this oid. */
  has(role: Oid): boolean {
    return this.#connection.hasRole(this.user, role, this.#begun());
  }
  /** Settings that only superusers may change, and whoever was granted that. */
  readonly permitted: Permission = (setting) =>
    this.#connection.maySet(this.user, setting, this.#begun());
  /** Whether the current user was a superuser when it became that. */
  get tookSuperuser(): boolean {
    return this.#takenUser.superuser;
  }

  get #takenSessionUser(): SessionRole {
    const name = this.#settings.kept("session_authorization");
    return this.#taken.get(name) ?? this.#connection.user;
  }
  get #takenUser(): SessionRole {
    const definer = this.#definers.at(-1);
    if (definer) return definer;
    const name = this.#settings.kept("role");
    return (name === NOBODY ? undefined : this.#taken.get(name)) ?? this.#takenSessionUser;
  }

  /** A role that was dropped meanwhile stays what it was. */
  #now(role: SessionRole): SessionRole {
    const transaction = this.#begun();
    const epoch = transaction?.catalogEpoch;
    const known = this.#current.get(role.oid);
    if (epoch !== undefined && known?.epoch === epoch) return known.role;
    const current = this.#connection.currentRole(role.oid, transaction) ?? role;
    if (epoch !== undefined) this.#current.set(role.oid, { epoch, role: current });
    return current;
  }

  /** Whether `start` knows the setting. */
  static isRole(setting: string): boolean {
    return /^(role|session_authorization)$/i.test(setting);
  }

  /**
   * What the session begins with, and RESET ROLE goes back to. A session user is only checked: who
   * connected has precedence. Throws as SET does.
   */
  start(setting: string, name: string, source: SettingSource): void {
    if (setting.toLowerCase() === "role") {
      this.#take(name);
      this.#settings.start(setting, name, source, ANYBODY);
    } else {
      this.#authorize(name);
    }
  }

  /** What will be wrong with the setting in sessions that begin with it. */
  foresee(setting: string, name: string): Notice | undefined {
    const isRole = setting.toLowerCase() === "role";
    if (isRole && name === NOBODY) return undefined;
    const role = this.#connection.findRole(name, this.#begun());
    if (!role) return notice(`role "${name}" does not exist`, {}, "42704");
    const what = isRole ? "role" : "session authorization";
    const mayBecome = isRole ? this.#mayBecome(role) : this.#mayAuthorize(role);
    const denied = `permission will be denied to set ${what} "${name}"`;
    return mayBecome ? undefined : notice(denied, {}, "42501");
  }

  /** A routine runs with the rights of this role, until `leave`. */
  enter(role: Oid): void {
    const found = this.find(role);
    if (!found) throw new SqlError("22023", `invalid role OID: ${role}`);
    this.#definers.push(found);
    this.#settings.roleChanged();
  }
  leave(): void {
    this.#definers.pop();
    this.#settings.roleChanged();
  }

  #refuseInDefiner(setting: string): void {
    if (this.#definers.length === 0) return;
    const message = `cannot set parameter "${setting}" within security-definer function`;
    throw new SqlError("42501", message);
  }

  /** SET ROLE; undefined = DEFAULT. Throws 22023, 42501. */
  setRole(name: string | undefined, local: boolean): void {
    this.#refuseInDefiner("role");
    if (name !== undefined) this.#take(name);
    this.#settings.set("role", name, local, ANYBODY);
  }

  #take(name: string): void {
    if (name === NOBODY) return;
    const role = this.#find(name);
    if (!this.#mayBecome(role)) {
      throw new SqlError("42501", `permission denied to set role "${name}"`);
    }
    this.#taken.set(name, role);
  }

  /**
   * SET SESSION AUTHORIZATION; undefined = DEFAULT, with which the role is the one that the session
   * began with. Throws 22023, 42501.
   */
  setSessionAuthorization(name: string | undefined, local: boolean): void {
    this.#refuseInDefiner("session_authorization");
    const role = this.#authorize(name ?? this.#connection.user.name);
    this.#settings.assign("session_authorization", role.name, local);
    this.#settings.set("role", name === undefined ? undefined : NOBODY, local, ANYBODY);
  }

  #authorize(name: string): SessionRole {
    const { user } = this.#connection;
    const role = name === user.name ? user : this.#find(name);
    if (!this.#mayAuthorize(role)) {
      throw new SqlError("42501", `permission denied to set session authorization "${name}"`);
    }
    this.#taken.set(name, role);
    return role;
  }

  #mayBecome(role: SessionRole): boolean {
    return this.#connection.isMember(this.sessionUser, role, this.#begun());
  }
  #mayAuthorize(role: SessionRole): boolean {
    const { user } = this.#connection;
    return role.oid === user.oid || user.superuser;
  }

  #find(name: string): SessionRole {
    const role = this.#connection.findRole(name, this.#begun());
    if (role === undefined) throw new SqlError("22023", `role "${name}" does not exist`);
    return role;
  }
}
