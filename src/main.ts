#!/usr/bin/env node
/** argv → command. The commands decide nothing that is not on the command line. */
import { Command } from "commander";
import { DataCorrupted } from "./base/assert.ts";
import { ConfigError, type SettingName, settings } from "./config.ts";
import { DirectoryInUse } from "./sql/engine/engine.ts";

/** SQLite's words for a disk that is full, or fails. */
const isOfDisk = (error: Error): boolean =>
  "code" in error && /^SQLITE_(FULL|IOERR|CANTOPEN|READONLY)/.test(String(error.code));

/**
 * What a command says when it cannot go on; everything else is a fault of ours and keeps its stack.
 */
function explain(error: unknown): never {
  const known =
    error instanceof ConfigError ||
    error instanceof DataCorrupted ||
    error instanceof DirectoryInUse ||
    (error instanceof Error && ("syscall" in error || isOfDisk(error)));
  const text = error instanceof Error ? (known ? error.message : error.stack) : String(error);
  process.stderr.write(`catalogd: ${text}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}

const program = new Command("catalogd")
  .description("A catalog server that speaks the PostgreSQL wire protocol.")
  .showHelpAfterError();

const serve = program.command("serve").description("open the data directory and serve clients");
for (const { flag, env, about, default: value } of Object.values(settings)) {
  serve.option(flag, `${about} (${env}; default ${value})`);
}
serve.action(async (flags: Partial<Record<SettingName, string>>) => {
  const { serve: run } = await import("./commands/serve.ts");
  await run(flags, process.env).catch(explain);
});

program
  .command("waldump")
  .description("print the log of a data directory, which no server may be using")
  .argument("<directory>", "data directory")
  .option("--from <lsn>", "first position")
  .action(async (directory: string, options: { from?: string }) => {
    const { waldump } = await import("./commands/waldump.ts");
    await waldump(directory, options.from).catch(explain);
  });

program
  .command("restore")
  .description("make a data directory from a backup")
  .argument("<backup>", "directory that BACKUP has made")
  .argument("<directory>", "data directory: missing, or empty")
  .action(async (backup: string, directory: string) => {
    const { restore } = await import("./commands/restore.ts");
    await restore(backup, directory).catch(explain);
  });

program
  .command("verify")
  .description("check log, pages and catalog of a backup, or a data directory that nobody uses")
  .argument("<directory>", "data directory, or backup")
  .action(async (directory: string) => {
    const { verify } = await import("./commands/verify.ts");
    const faults = await verify(directory).catch(explain);
    if (faults > 0) process.exit(1);
  });

await program.parseAsync().catch(explain);
