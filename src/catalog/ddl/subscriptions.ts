/**
 * SUBSCRIPTIONS: rows that say what would be replicated from where. Nothing here is a client of
 * logical replication, so that none is ever enabled, and none has a slot that the server made.
 * https://www.postgresql.org/docs/15/sql-createsubscription.html
 */
import type { Oid } from "../../base/ids.ts";
import { notice, notSupported, SqlError, warning } from "../../base/sql-error.ts";
import { SUBSCRIPTION_CLASS } from "../class-oids.ts";
import type {
  AlterSubscription,
  CreateSubscription,
  DropSubscription,
} from "../defined-statement.ts";
import { addOwner, removeShared } from "../dependencies.ts";
import { addressOf } from "../describe.ts";
import { isSuperuser } from "../memberships.ts";
import type { Tuple } from "../relation.ts";
import { pgReplicationOrigin } from "../relations/pg-replication-origin.ts";
import { pgSubscription } from "../relations/pg-subscription.ts";
import { lockName } from "./alter-objects.ts";
import { dropComments } from "./comment-rows.ts";
import { checkConnectionString } from "./connection-string.ts";
import type { DdlContext } from "./context.ts";
import { findNamed } from "./find-named.ts";
import { lockFound } from "./find-object.ts";
import { lockSharedName } from "./lookup.ts";
import { checkOwnership } from "./object-ownership.ts";
import { type SubscriptionOptions, subscriptionOptions } from "./subscription-options.ts";

type Subscription = Tuple<(typeof pgSubscription)["columns"]>;

const originName = (subscription: Oid): string => `pg_${subscription}`;

/** Throws 42501, 42710, 42601, 0A000 unless connect is false, and what the options throw. */
export function createSubscription(context: DdlContext, statement: CreateSubscription): void {
  const { catalog, user } = context;
  const { name } = statement;
  const options = subscriptionOptions(context, "create", statement.options);
  if (!isSuperuser(catalog, user.oid)) {
    throw new SqlError("42501", "must be superuser to create subscriptions");
  }
  lockName(context, SUBSCRIPTION_CLASS, undefined, name);
  if (catalog.find(pgSubscription, "subname", [catalog.database, name])) {
    throw new SqlError("42710", `subscription "${name}" already exists`);
  }
  checkConnectionString(statement.connection);
  checkOnce(statement.publications);
  if (options.connect !== false) throw notSupported("CREATE SUBSCRIPTION with connect = true");
  const oid = context.allocateOid();
  catalog.insert(pgSubscription, {
    ...{ oid, subdbid: catalog.database, subname: name, subowner: user.oid, subenabled: false },
    ...{ subconninfo: statement.connection, subpublications: statement.publications },
    subslotname: options.slotName === undefined ? name : options.slotName,
    subtwophasestate: options.twoPhase ? "p" : "d",
    ...stored(options),
  });
  addOwner(catalog, addressOf(SUBSCRIPTION_CLASS, oid), user.oid, true);
  addOrigin(context, oid);
  const message = "tables were not subscribed, you will have to run ALTER SUBSCRIPTION ... REFRESH";
  context.notice(warning("01000", `${message} PUBLICATION to subscribe the tables`));
}

/** What both statements set. */
function stored({ binary, streaming, disableOnError, synchronousCommit }: SubscriptionOptions) {
  return {
    ...(binary === undefined ? {} : { subbinary: binary }),
    ...(streaming === undefined ? {} : { substream: streaming }),
    ...(disableOnError === undefined ? {} : { subdisableonerr: disableOnError }),
    ...(synchronousCommit === undefined ? {} : { subsynccommit: synchronousCommit }),
  };
}

/** How far a subscription has come is kept under the first number that is free. */
function addOrigin(context: DdlContext, subscription: Oid): void {
  const { catalog } = context;
  lockSharedName(context, pgReplicationOrigin.oid, "");
  const taken = new Set([...catalog.all(pgReplicationOrigin)].map(({ roident }) => roident));
  let roident = 1 as Oid;
  while (taken.has(roident)) roident = (roident + 1) as Oid;
  catalog.insert(pgReplicationOrigin, { roident, roname: originName(subscription) });
}

function checkOnce(publications: readonly string[]): void {
  const twice = publications.find((name, at) => publications.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new SqlError("42710", `publication name "${twice}" used more than once`);
}

export function alterSubscription(context: DdlContext, statement: AlterSubscription): void {
  const { catalog } = context;
  const { name, action } = statement;
  const found = findNamed(context, "subscription", name);
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  const subscription = catalog.find(pgSubscription, "key", [found.address.oid]) as Subscription;
  catalog.update(pgSubscription, subscription, changes(context, subscription, action));
}

function changes(
  context: DdlContext,
  subscription: Subscription,
  action: AlterSubscription["action"],
): Partial<Subscription> {
  switch (action.kind) {
    case "options": {
      const options = subscriptionOptions(context, "options", action.options);
      const { slotName } = options;
      return { ...stored(options), ...(slotName === undefined ? {} : { subslotname: slotName }) };
    }
    case "connection":
      checkConnectionString(action.connection);
      return { subconninfo: action.connection };
    case "enable":
      if (subscription.subslotname === null) {
        const message = "cannot enable subscription that does not have a slot name";
        throw new SqlError("55000", message);
      }
      throw notSupported("ALTER SUBSCRIPTION … ENABLE");
    case "disable":
      return { subenabled: false };
    case "set":
    case "add":
    case "drop":
      return publicationChanges(context, subscription, action);
    case "refresh": {
      const message = "ALTER SUBSCRIPTION ... REFRESH is not allowed for disabled subscriptions";
      throw new SqlError("55000", message);
    }
    case "skip": {
      if (!isSuperuser(context.catalog, context.user.oid)) {
        throw new SqlError("42501", "must be superuser to skip transaction");
      }
      const { lsn } = subscriptionOptions(context, "skip", action.options);
      return lsn === undefined ? {} : { subskiplsn: lsn };
    }
  }
}

function publicationChanges(
  context: DdlContext,
  subscription: Subscription,
  { kind, publications, options }: Extract<AlterSubscription["action"], { publications: unknown }>,
): Partial<Subscription> {
  const { refresh } = subscriptionOptions(context, kind, options);
  checkOnce(publications);
  const subpublications = kind === "set" ? publications : merged(subscription, kind, publications);
  if (refresh !== false) {
    const message = "ALTER SUBSCRIPTION with refresh is not allowed for disabled subscriptions";
    const clause = `ALTER SUBSCRIPTION ... ${kind.toUpperCase()} PUBLICATION ...`;
    const hint = `Use ${clause} WITH (refresh = false)${kind === "set" ? "" : " instead"}.`;
    throw new SqlError("55000", message, { hint });
  }
  return { subpublications };
}

function merged(
  { subname, subpublications }: Subscription,
  kind: "add" | "drop",
  names: readonly string[],
): readonly string[] {
  for (const name of names) {
    const isThere = subpublications.includes(name);
    const self = `publication "${name}" is`;
    if (kind === "add" && isThere) {
      throw new SqlError("42710", `${self} already in subscription "${subname}"`);
    }
    if (kind === "drop" && !isThere) {
      throw new SqlError("42P17", `${self} not in subscription "${subname}"`);
    }
  }
  if (kind === "add") return [...subpublications, ...names];
  const left = subpublications.filter((name) => !names.includes(name));
  if (left.length > 0) return left;
  throw new SqlError("42P17", "cannot drop all the publications from a subscription");
}

/** Throws 42704, 42501, and 0A000 when there is a slot to be dropped elsewhere. */
export function dropSubscription(context: DdlContext, statement: DropSubscription): void {
  const { catalog } = context;
  const { name, ifExists } = statement;
  if (ifExists && !catalog.find(pgSubscription, "subname", [catalog.database, name])) {
    context.notice(notice(`subscription "${name}" does not exist, skipping`));
    return;
  }
  const found = findNamed(context, "subscription", name);
  checkOwnership(context, found.ownership);
  lockFound(context, found, "AccessExclusive");
  const subscription = catalog.find(pgSubscription, "key", [found.address.oid]) as Subscription;
  if (subscription.subslotname !== null) {
    throw new SqlError(
      "0A000",
      "DROP SUBSCRIPTION of one with a replication slot is not supported",
      {
        hint: "Use ALTER SUBSCRIPTION ... SET (slot_name = NONE) to disassociate the subscription from the slot.",
      },
    );
  }
  catalog.delete(pgSubscription, subscription);
  removeShared(catalog, found.address, true);
  dropComments(catalog, found.address);
  const origin = catalog.find(pgReplicationOrigin, "roname", [originName(subscription.oid)]);
  if (origin) catalog.delete(pgReplicationOrigin, origin);
}
