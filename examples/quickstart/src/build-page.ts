/** Builds the inbox's page where it is missing or older than its sources: here packages run from source. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { printNote } from "./print.ts";

const inbox = fileURLToPath(new URL("../../../packages/inbox", import.meta.url));
const built = join(inbox, "dist/ui/index.html");

function newestSourceMs(): number {
  const entries = readdirSync(join(inbox, "ui"), { recursive: true, encoding: "utf8" });
  return Math.max(...entries.map((name) => statSync(join(inbox, "ui", name)).mtimeMs));
}

const needed = !process.env.MAIL_URL && (!existsSync(built) || statSync(built).mtimeMs < newestSourceMs());
if (needed) {
  if (process.stdout.isTTY) printNote("Building the inbox's page, this once …");
  const vite = join(dirname(createRequire(`${inbox}/package.json`).resolve("vite/package.json")), "bin/vite.js");
  const args = [vite, "build", "ui", "--outDir", "../dist/ui", "--emptyOutDir"];
  const { status, stderr, error } = spawnSync(process.execPath, args, { cwd: inbox, encoding: "utf8" });
  // Mail can be sent without the page, and the address of the page then says how to build it.
  if (status !== 0) printNote(`The page could not be built: ${error?.message ?? stderr}`);
}
