import { afterAll, describe, test } from "vitest";
import { isInstalled, listens, OwnServer, type ServerProgram } from "./own-server.fixture.ts";

/**
 * Tests that need a server: the one that an environment variable names, else the one at its usual address, else one of
 * their own. Without any they are skipped, and fail with CI=true.
 */
export async function withServer(
  name: string,
  {
    variables,
    usual,
    program,
  }: { readonly variables: readonly string[]; readonly usual: string; readonly program: ServerProgram },
  tests: (url: string) => void,
): Promise<void> {
  const named = variables.map((variable) => process.env[variable]).find((url) => url !== undefined && url !== "");
  if (named !== undefined || (await isThere(usual))) return tests(named ?? usual);
  await withProgram(name, program, (server) => tests(server.url), `docker compose up -d ${program.service}\`, or \``);
}

/** Tests that need a server of their own, which they may kill. */
export async function withProgram(
  name: string,
  program: ServerProgram,
  tests: (server: OwnServer) => void,
  otherwise = "",
): Promise<void> {
  if (await isInstalled(program)) {
    const server = await OwnServer.start(program);
    afterAll(() => server[Symbol.asyncDispose]());
    return tests(server);
  }
  const sentence = `needs ${name}: run \`${otherwise}sudo bash test/install-programs.sh\``;
  describe(name, () => {
    test.skipIf(process.env["CI"] !== "true")(sentence, () => {
      throw new Error(`${program.path} is not there.`);
    });
  });
}

async function isThere(usual: string): Promise<boolean> {
  const { port, hostname } = new URL(usual);
  return await listens(Number(port), hostname);
}
