/** A server over a fake service, and clients of it, closed after each test. */
import { afterEach } from "mocha";
import type { WireLimits } from "../../src/pgwire/limits.ts";
import { createServer, type Server, type ServerOptions } from "../../src/pgwire/server.ts";
import { WireClient } from "../support/wire-client.ts";
import { FakeService } from "./fake-service.ts";

export interface Logged {
  readonly fields: { readonly err?: unknown };
  readonly message: string;
}

export interface Running {
  readonly server: Server;
  readonly service: FakeService;
  readonly port: number;
  readonly logged: Logged[];
  /** A connection that has said nothing. */
  connect(): WireClient;
  /** A connection with a session. */
  open(): Promise<WireClient>;
}

const running: { server: Server; clients: WireClient[] }[] = [];

afterEach(async () => {
  for (const { server, clients } of running.splice(0)) {
    for (const client of clients) client.close();
    await server.close();
  }
});

export async function startServer(
  limits: Partial<WireLimits> = {},
  options: Partial<ServerOptions> = {},
): Promise<Running> {
  const service = new FakeService();
  const logged: Logged[] = [];
  const log = (fields: object, message: string) => {
    logged.push({ fields, message });
  };
  const logger = { error: log, warn: log };
  const server = createServer({ service, limits, logger, ...options });
  const { port } = await server.listen("127.0.0.1:0");
  const clients: WireClient[] = [];
  running.push({ server, clients });
  const connect = () => {
    const client = new WireClient(port);
    clients.push(client);
    return client;
  };
  const open = async () => {
    const client = connect();
    await client.start({ user: "u", database: "d" });
    return client;
  };
  return { server, service, port, logged, connect, open };
}

/** Waits until a condition holds; fails after a second. */
export async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never came true: ${condition}`);
}
