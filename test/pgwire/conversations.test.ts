import { readdirSync } from "node:fs";
import { runConversation } from "../support/pgtest.ts";
import { startServer } from "./harness.ts";

const folder = new URL("conversations/", import.meta.url).pathname;

describe("recorded conversations", () => {
  for (const file of readdirSync(folder)) {
    it(`are had again: ${file}`, async () => {
      const { port } = await startServer();
      await runConversation(`${folder}${file}`, { port, user: "root", database: "dev" });
    });
  }
});
