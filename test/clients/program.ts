import { type ExecFileException, execFile, spawnSync } from "node:child_process";
import { skipWithout } from "../skip-without.ts";

const installCommand = "sudo bash test/install-programs.sh";

/** Whether tests with a program can run. Where it is missing that is a visible skip, and in CI a failure. */
export function isInstalled(name: string, probe: readonly [string, ...string[]]): boolean {
  const [file, ...args] = probe;
  const installed = spawnSync(file, args).status === 0;
  return !skipWithout(installed ? undefined : `${name} is not installed: run ${installCommand}`);
}

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without the proxies of this machine. */
export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ProgramResult> {
  const withoutProxies = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:https?|all|no)_proxy$/i.test(name)),
  );
  return new Promise((resolve) => {
    const onEnd = (error: ExecFileException | null, stdout: string, stderr: string): void =>
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : 1, stdout, stderr });
    execFile(file, args, { env: { ...withoutProxies, ...env }, timeout: 60_000 }, onEnd);
  });
}
