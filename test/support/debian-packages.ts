/** Packages of Debian that a test's client needs, unpacked where nobody needs to be root. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "./client-program.ts";

const CACHE = join(import.meta.dirname, "../../node_modules/.cache/catalogd/debian");

/** The folder of the package's, as the system has it, else from a package downloaded once. */
export async function folderOfPackage(name: string, folder: string, holds: string) {
  const unpacked = join(CACHE, name);
  for (const root of ["/", unpacked]) {
    if (existsSync(join(root, folder, holds))) return join(root, folder);
  }
  mkdirSync(CACHE, { recursive: true });
  const directory = mkdtempSync(join(CACHE, "download-"));
  try {
    await run(name, "apt-get", ["download", name], directory);
    const [file = ""] = readdirSync(directory);
    await run(name, "dpkg-deb", ["-x", file, "unpacked"], directory);
    renameSync(join(directory, "unpacked"), unpacked);
  } finally {
    rmSync(directory, { recursive: true });
  }
  return join(unpacked, folder);
}

async function run(
  name: string,
  program: string,
  parameters: readonly string[],
  directory: string,
): Promise<void> {
  const failed = (why: string): Error =>
    new Error(
      `${name} is neither installed nor to be had from apt-get: on Debian or Ubuntu, ` +
        `sudo apt-get update, sudo apt-get install -y ${name}\n${why}`,
    );
  const { code, err } = await runProgram(program, parameters, { directory }).catch(
    (error: unknown) => {
      throw failed(String(error));
    },
  );
  if (code !== 0) throw failed(err);
}
