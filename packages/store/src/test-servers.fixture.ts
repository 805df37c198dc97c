import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { expect, test } from "vitest";

export const redisUrl = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";
export const postgresUrl =
  process.env["DATABASE_URL"] ?? process.env["POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";

/** A name that no other test has, for a prefix or a schema. */
export const uniqueName = (): string => `mail_test_${randomUUID().replaceAll("-", "")}`;

/** Why tests with a server have to be skipped, if they have to; with CI=true that is a failing test. */
export async function whyNoServer(name: string, url: string, service: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  const defaultPort = url.startsWith("redis") ? 6379 : 5432;
  const socket = connect({ host: hostname, port: Number(port) || defaultPort });
  const reached = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.setTimeout(15_000, () => resolve(false));
  });
  socket.destroy();
  if (reached) return undefined;
  const reason = `${name} does not answer at ${hostname}:${Number(port) || defaultPort}: run "docker compose up -d ${service}"`;
  if (process.env["CI"] === "true") test(`${name} is there`, () => expect(reason).toBe(""));
  return reason;
}
