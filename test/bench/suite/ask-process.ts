import { fork } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What the processes compiled is kept between them, as otherwise each would carry the compiler that strips types, and
 * its 17 MB of memory.
 */
const compileCache = join(tmpdir(), "mail-bench-compiled");
const limitMs = 30 * 60_000;

/** Starts `file` as a process that runs the built packages, gives it one order, and waits for its answer and its end. */
export async function askProcess<Result>(
  file: URL,
  order: object,
  { execArgv = [] }: { readonly execArgv?: readonly string[] } = {},
): Promise<Result> {
  const child = fork(file, { execArgv: [...execArgv], env: { ...process.env, NODE_COMPILE_CACHE: compileCache } });
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const tooLong = setTimeout(() => child.kill(), limitMs);
  let answer: { readonly result: Result } | { readonly error: string } | undefined;
  child.on("message", (message) => {
    answer = message as NonNullable<typeof answer>;
  });
  child.once("error", reject);
  child.once("exit", (code, signal) => {
    clearTimeout(tooLong);
    if (answer !== undefined && "result" in answer) resolve(answer.result);
    else reject(new Error(answer?.error ?? `${file.pathname} ended without an answer: ${code ?? signal}`));
  });
  child.send(order);
  return promise;
}
