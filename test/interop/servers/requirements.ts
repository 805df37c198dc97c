import { accessSync, constants } from "node:fs";

const installCommand = "sudo bash test/install-programs.sh";

/** Says in words what keeps a mail server from being started here, or nothing. */
export function missingRequirement(server: string, programs: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return `${server} is started by root alone: run the tests as root`;
  const missing = programs.find((program) => !isExecutable(program));
  return missing === undefined ? undefined : `${server} is not installed: run ${installCommand}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
