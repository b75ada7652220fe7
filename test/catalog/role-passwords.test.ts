/** What is kept of passwords. */
import { createHash } from "node:crypto";
import { expect } from "chai";
import { passwordVerifier, scramVerifier } from "../../src/catalog/ddl/role-passwords.ts";
import { saslPrepared } from "../../src/catalog/ddl/saslprep.ts";

const md5 = (text: string): string => `md5${createHash("md5").update(text).digest("hex")}`;

describe("passwords", () => {
  // https://www.rfc-editor.org/rfc/rfc7677#section-3
  it("are hashed as SCRAM-SHA-256 has it", () => {
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    expect(scramVerifier("pencil", salt, 4096)).to.equal(
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" +
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:" +
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });

  it("have a salt of their own each", () => {
    const [one = "", other = ""] = [1, 2].map(() => passwordVerifier("r", "x", "scram-sha-256"));
    expect(one).to.match(/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$.{44}:.{44}$/);
    expect(one).not.to.equal(other);
  });

  it("are hashed with the role's name where MD5 is asked for", () => {
    expect(passwordVerifier("ada", "secret", "md5")).to.equal(md5("secretada"));
  });

  it("are kept as they are when they are verifiers", () => {
    const scram = passwordVerifier("r", "x", "scram-sha-256") ?? "";
    for (const encryption of ["md5", "scram-sha-256"]) {
      expect(passwordVerifier("r", md5("x"), encryption)).to.equal(md5("x"));
      expect(passwordVerifier("r", scram, encryption)).to.equal(scram);
    }
    for (const almost of [md5("x").toUpperCase(), md5("x").slice(1), scram.replace("SCRAM", "X")]) {
      expect(passwordVerifier("r", almost, "scram-sha-256")).not.to.equal(almost);
    }
    for (const broken of [scram.slice(0, -2), scram.replace(":", ""), scram.replace("4096", "x")]) {
      expect(passwordVerifier("r", broken, "scram-sha-256")).not.to.equal(broken);
    }
  });

  it("are none when they are empty, as themselves or as a verifier", () => {
    const empty = scramVerifier("", Buffer.from("0123456789abcdef"), 4096);
    for (const text of ["", md5("ada"), empty]) {
      expect(passwordVerifier("ada", text, "scram-sha-256")).to.equal(undefined);
    }
    expect(passwordVerifier("bob", md5("ada"), "scram-sha-256")).to.equal(md5("ada"));
  });

  // https://www.rfc-editor.org/rfc/rfc4013#section-3
  it("are the same however their characters are typed", () => {
    for (const [typed, prepared] of [
      ["I\u00adX", "IX"],
      ["user", "user"],
      ["\u00aa", "a"],
      ["\u2168", "IX"],
      ["a\u00a0b", "a b"],
      ["\u0007", "\u0007"],
      ["\u0627\u0031", "\u0627\u0031"],
      ["\u0627\u0031\u0628", "\u0627\u0031\u0628"],
      ["\u00ad", "\u00ad"],
      ["\uff21\ue000", "\uff21\ue000"],
    ] as const) {
      expect(saslPrepared(typed), JSON.stringify(typed)).to.equal(prepared);
    }
  });
});
