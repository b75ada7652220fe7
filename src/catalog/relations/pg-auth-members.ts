/**
 * Which role is a member of which.
 * https://www.postgresql.org/docs/15/catalog-pg-auth-members.html
 */
import { boolColumn, defineRelation, oidColumn } from "../relation.ts";

export const pgAuthMembers = defineRelation({
  name: "pg_auth_members",
  oid: 1261,
  shared: true,
  columns: {
    roleid: oidColumn({ references: "pg_authid" }),
    member: oidColumn({ references: "pg_authid" }),
    grantor: oidColumn({ references: "pg_authid" }),
    admin_option: boolColumn({ initial: false }),
  },
  key: ["roleid", "member"],
  unique: { member_role: ["member", "roleid"] },
});
