import { networkInterfaces } from "node:os";
import { expect } from "chai";
import { SqlError } from "../../src/base/sql-error.ts";
import { isLoopback, parseAddress } from "../../src/pgwire/address.ts";
import { say, WireClient } from "../support/wire-client.ts";
import { startServer } from "./harness.ts";

describe("addresses", () => {
  it("are loopback or not", () => {
    const near = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", null];
    const far = ["10.0.0.1", "::ffff:10.127.0.1", "1127.0.0.1", "fe80::1", "128.0.0.1", ""];
    for (const address of near) expect(isLoopback(address), String(address)).to.equal(true);
    for (const address of far) expect(isLoopback(address), address).to.equal(false);
  });

  it("are read as host and port", () => {
    expect(parseAddress("127.0.0.1:4566")).to.deep.equal({ host: "127.0.0.1", port: 4566 });
    expect(parseAddress("[::1]:0")).to.deep.equal({ host: "::1", port: 0 });
    expect(parseAddress("localhost:5432")).to.deep.equal({ host: "localhost", port: 5432 });
    for (const wrong of ["", "4566", "a:b:1", "::1:5432", "h:99999", "h:"]) {
      expect(() => parseAddress(wrong), wrong).to.throw(SqlError, "invalid listen address");
    }
  });

  it("outside loopback are refused unless they are trusted", async () => {
    const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const own = all.find(({ internal, family }) => !internal && family === "IPv4")?.address;
    // A machine without a network has no such address to come from.
    if (own === undefined) return;
    for (const trustRemote of [false, true]) {
      const { server } = await startServer({}, { trustRemote });
      const { port } = await server.listen(`${own}:0`);
      const client = new WireClient(port, own);
      client.send(say.Startup({ user: "u", database: "d" }));
      expect(await client.next()).to.equal(
        trustRemote
          ? "Authentication 0"
          : `ErrorResponse FATAL 28000 "no pg_hba.conf entry for host \\"${own}\\", ` +
              'user \\"u\\", database \\"d\\", no encryption"',
      );
      client.close();
    }
  });
});
