/**
 * ACLs as stored: texts `grantee=privileges/grantor`, an empty grantee being PUBLIC.
 * https://www.postgresql.org/docs/15/ddl-priv.html
 */

/** The ACL after its object changed hands: what was the old owner's is the new one's. */
export function withOwner(
  acl: readonly string[],
  oldOwner: string,
  newOwner: string,
): readonly string[] {
  const [old, now] = [roleInAcl(oldOwner), roleInAcl(newOwner)];
  const moved = new Map<string, { grantee: string; privileges: string; grantor: string }>();
  for (const item of acl) {
    const match = /^("(?:[^"]|"")*"|[^=]*)=([a-zA-Z*]*)\/(.*)$/.exec(item);
    if (!match) continue;
    const [grantee, grantor] = [match[1], match[3]].map((role) =>
      role === old ? now : (role ?? ""),
    );
    if (grantee === undefined || grantor === undefined) continue;
    const key = `${grantee}/${grantor}`;
    const privileges = union(moved.get(key)?.privileges ?? "", match[2] ?? "");
    moved.set(key, { grantee, privileges, grantor });
  }
  return [...moved.values()].map((item) => `${item.grantee}=${item.privileges}/${item.grantor}`);
}

/** Letters in the order of their bits; * = with grant option. */
const LETTERS = "arwdDxtXUCTcsA";

function union(one: string, other: string): string {
  if (one === "") return other;
  let text = "";
  for (const letter of LETTERS) {
    if (!one.includes(letter) && !other.includes(letter)) continue;
    const option = `${letter}*`;
    text += one.includes(option) || other.includes(option) ? option : letter;
  }
  return text;
}

const roleInAcl = (name: string): string =>
  /^[A-Za-z0-9_]+$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
