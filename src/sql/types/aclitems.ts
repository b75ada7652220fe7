/**
 * aclitem: `grantee=privileges/grantor`, shown with the roles' names and stored with their oids. *
 * after a letter = with grant option; no grantee = PUBLIC.
 * https://www.postgresql.org/docs/15/ddl-priv.html#PRIVILEGE-ABBREVS-TABLE
 */
import { type Oid, oid } from "../../base/ids.ts";
import { SqlError } from "../../base/sql-error.ts";
import { ACL_LETTERS, type AclItem, lettersOf, readItem, storedItem } from "../../catalog/acl.ts";
import { BOOTSTRAP_SUPERUSER } from "../../catalog/class-oids.ts";
import type { CatalogReader } from "../../catalog/reader.ts";
import { pgAuthid } from "../../catalog/relations/pg-authid.ts";
import { noBinaryInput, noBinaryOutput, type TypeCodec } from "./codec.ts";
import { truncateName } from "./texts.ts";

/** A role's name at `from`: plain, or in double quotes with "" for one; spaces follow it. */
function readRole(text: string, from: number): { name: string; end: number } {
  let name = "";
  let quoted = false;
  let at = from;
  for (; at < text.length; at++) {
    const char = text[at] as string;
    if (char === '"') {
      if (quoted && text[at + 1] === '"') {
        name += '"';
        at++;
      } else quoted = !quoted;
    } else if (!quoted && !/[A-Za-z0-9_\u0080-\uffff]/.test(char)) break;
    else name += char;
  }
  while (/[ \t\n\v\f\r]/.test(text[at] ?? "")) at++;
  return { name: truncateName(name), end: at };
}

function roleNamed(catalog: CatalogReader, name: string): Oid {
  const row = catalog.find(pgAuthid, "rolname", [name]);
  if (!row) throw new SqlError("42704", `role "${name}" does not exist`);
  return row.oid;
}

/** A privilege that there is no more; it is read and means nothing. */
const OLD_RULE_LETTER = "R";

function readPrivileges(text: string, from: number) {
  let privileges = 0;
  let grantOptions = 0;
  let last = 0;
  let at = from;
  for (; /[A-Za-z*]/.test(text[at] ?? ""); at++) {
    if (text[at] === "*") {
      grantOptions |= last;
      continue;
    }
    const letter = ACL_LETTERS.indexOf(text[at] as string);
    if (text[at] === OLD_RULE_LETTER) {
      last = 0;
      continue;
    }
    if (letter < 0) {
      throw new SqlError("22P02", `invalid mode character: must be one of "${ACL_LETTERS}"`);
    }
    last = 1 << letter;
    privileges |= last;
  }
  return { privileges, grantOptions, end: at };
}

function parseAclItem(text: string, catalog: CatalogReader): AclItem {
  let { name, end } = readRole(text, /\S/.exec(text)?.index ?? text.length);
  if (text[end] !== "=") {
    if (name !== "group" && name !== "user") {
      throw new SqlError("22P02", `unrecognized key word: "${name}"`, {
        hint: 'ACL key word must be "group" or "user".',
      });
    }
    ({ name, end } = readRole(text, end));
    if (name === "") {
      throw new SqlError("22P02", "missing name", {
        hint: 'A name must follow the "group" or "user" key word.',
      });
    }
  }
  if (text[end] !== "=") throw new SqlError("22P02", 'missing "=" sign');
  const granted = readPrivileges(text, end + 1);
  const grantee = name === "" ? oid(0) : roleNamed(catalog, name);
  let grantor = BOOTSTRAP_SUPERUSER;
  let rest = granted.end;
  if (text[rest] === "/") {
    const by = readRole(text, rest + 1);
    if (by.name === "") throw new SqlError("22P02", 'a name must follow the "/" sign');
    grantor = roleNamed(catalog, by.name);
    rest = by.end;
  }
  if (text.slice(rest).trim() !== "") {
    throw new SqlError("22P02", "extra garbage at the end of the ACL specification");
  }
  return { grantee, grantor, ...pick(granted) };
}

const pick = ({ privileges, grantOptions }: { privileges: number; grantOptions: number }) => ({
  privileges,
  grantOptions,
});

function roleName(catalog: CatalogReader, role: Oid): string {
  const name = catalog.find(pgAuthid, "key", [role])?.rolname;
  if (name === undefined) return String(role);
  return /^[A-Za-z0-9_]+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** As it is shown; a role that is gone by its oid. */
function formatAclItem(item: AclItem, catalog: CatalogReader): string {
  const grantee = item.grantee === 0 ? "" : roleName(catalog, item.grantee);
  return `${grantee}=${lettersOf(item)}/${roleName(catalog, item.grantor)}`;
}

export const aclitem: TypeCodec<string> = {
  storage: "text",
  parse: (text, _typmod, { catalog }) => storedItem(parseAclItem(text, catalog)),
  format: (value, { catalog }) => formatAclItem(readItem(value), catalog),
  encode() {
    throw noBinaryOutput("aclitem");
  },
  decode() {
    throw noBinaryInput("aclitem");
  },
};
