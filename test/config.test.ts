import { readFileSync } from "node:fs";
import { expect } from "chai";
import { ConfigError, givenParameters, readConfig, settings } from "../src/config.ts";

describe("the configuration", () => {
  it("has a default for everything", () => {
    const { origins, ...values } = readConfig({}, {});
    expect(new Set(Object.values(origins))).to.deep.equal(new Set(["default"]));
    expect(values).to.deep.equal({
      data: "./data",
      listen: { host: "127.0.0.1", port: 4566 },
      database: "dev",
      maxConnections: 100,
      busyPollMicros: 100,
      ddlHistoryDays: 90,
      logLevel: "info",
    });
  });

  it("takes the environment before the default, and the flag before both", () => {
    const environment = { CATALOGD_DATA: "/srv/a", CATALOGD_MAX_CONNECTIONS: "7" };
    const config = readConfig({ data: "/srv/b" }, environment);
    expect(config.data).to.equal("/srv/b");
    expect(config.maxConnections).to.equal(7);
    expect(givenParameters(config)).to.deep.equal([
      { name: "max_connections", value: "7", source: "environment variable" },
      { name: "busy_poll_micros", value: "100", source: "default" },
      { name: "ddl_history_days", value: "90", source: "default" },
      { name: "log_level", value: "info", source: "default" },
    ]);
  });

  it("understands loopback addresses of both families", () => {
    const listen = (text: string) => readConfig({ listen: text }, {}).listen;
    expect(listen("127.0.0.1:0")).to.deep.equal({ host: "127.0.0.1", port: 0 });
    expect(listen("127.8.9.10:5432")).to.deep.equal({ host: "127.8.9.10", port: 5432 });
    expect(listen("localhost:65535")).to.deep.equal({ host: "localhost", port: 65535 });
    expect(listen("[::1]:4566")).to.deep.equal({ host: "::1", port: 4566 });
  });

  for (const [name, flags, message] of [
    [
      "an address without port",
      { listen: "127.0.0.1" },
      /--listen: "127.0.0.1" is not ADDRESS:PORT/,
    ],
    ["a port that is none", { listen: "127.0.0.1:65536" }, /--listen: .* is not ADDRESS:PORT/],
    ["an address that others can reach", { listen: "0.0.0.0:4566" }, /not a loopback address/],
    ["every interface by name", { listen: "[::]:4566" }, /not a loopback address/],
    [
      "a count that is no number",
      { maxConnections: "many" },
      /--max-connections: "many" is not a whole/,
    ],
    ["no connections", { maxConnections: "0" }, /--max-connections: /],
    ["half a connection", { maxConnections: "1.5" }, /--max-connections: /],
    ["a database without a name", { database: "" }, /--database: /],
    ["a name that is too long", { database: "ä".repeat(32) }, /is longer than 63 bytes/],
    ["an unknown level", { logLevel: "loud" }, /--log-level: /],
    ["no directory", { data: "" }, /--data: /],
  ] as const) {
    it(`refuses ${name}, and says where it stood`, () => {
      expect(() => readConfig(flags, {})).to.throw(ConfigError, message);
    });
  }

  it("names the environment variable when the value came from there", () => {
    const environment = { CATALOGD_LISTEN: "example.com:1" };
    expect(() => readConfig({}, environment)).to.throw(ConfigError, /^CATALOGD_LISTEN: /);
  });

  it("tells of every bad value at once", () => {
    const flags = { listen: "x", maxConnections: "x" };
    expect(() => readConfig(flags, {})).to.throw(ConfigError, /--listen.*\n.*--max-connections/);
  });

  it("is described whole in docs/operations.md", () => {
    const operations = readFileSync(new URL("../docs/operations.md", import.meta.url), "utf8");
    for (const { flag, env, default: value } of Object.values(settings)) {
      const row = operations.split("\n").find((line) => line.includes(`\`${flag}\``)) ?? "";
      expect(row, flag).to.include(`\`${env}\``).and.to.include(`\`${value}\``);
    }
  });
});
