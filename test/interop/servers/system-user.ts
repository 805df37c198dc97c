import { execFileSync } from "node:child_process";
import type { Owner } from "./temporary-folder.ts";

/** Looks up the user that a Debian package made. */
export function systemUser(name: string): Owner {
  const idOf = (kind: "-u" | "-g") => Number(execFileSync("id", [kind, name], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}
