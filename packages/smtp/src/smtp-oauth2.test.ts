import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { scriptedServer } from "./scripted-server.fixture.ts";
import { failure, send, verify } from "./sending.fixture.ts";
import type { SmtpOAuth2 } from "./smtp-options.ts";
import { smtp } from "./smtp-transport.ts";

const host = "127.0.0.1";
const ehlo = "250-test\r\n250 AUTH XOAUTH2";

interface TokenEndpoint extends AsyncDisposable {
  readonly accessUrl: string;
  readonly requests: string[];
}

async function tokenEndpoint(answer: object, status = 200): Promise<TokenEndpoint> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push(Buffer.concat(chunks).toString());
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    accessUrl: `http://${host}:${(server.address() as AddressInfo).port}/token`,
    requests,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

const credentials = {
  user: "ada@acme.example",
  clientId: "id",
  clientSecret: "cl1ent-secret",
  refreshToken: "r3fresh",
};
const bearer = (token: string): string =>
  Buffer.from(`user=ada@acme.example\u0001auth=Bearer ${token}\u0001\u0001`).toString("base64");

describe("a login by token", () => {
  it("fetches one token for all connections", async () => {
    await using endpoint = await tokenEndpoint({ access_token: "t0ken-one", expires_in: 3600 });
    await using server = await scriptedServer({ ehlo });
    const transport = smtp({ host, port: server.port, oauth2: { ...credentials, accessUrl: endpoint.accessUrl } });
    await Promise.all([send(transport), send(transport)]);
    await verify(transport);
    expect(endpoint.requests).toHaveLength(1);
    expect(endpoint.requests[0]).toContain("grant_type=refresh_token");
    expect(server.lines.filter((line) => line === `AUTH XOAUTH2 ${bearer("t0ken-one")}`)).toHaveLength(3);
  });

  it("uses a given token as it is", async () => {
    await using server = await scriptedServer({ ehlo });
    await send(smtp({ host, port: server.port, oauth2: { user: credentials.user, accessToken: "g1ven" } }));
    expect(server.lines).toContain(`AUTH XOAUTH2 ${bearer("g1ven")}`);
  });

  it("that the endpoint refuses is `authentication`", async () => {
    await using endpoint = await tokenEndpoint({ error: "invalid_grant", error_description: "revoked" }, 400);
    await using server = await scriptedServer({ ehlo });
    const transport = smtp({ host, port: server.port, oauth2: { ...credentials, accessUrl: endpoint.accessUrl } });
    const error = await failure(send(transport));
    expect(error).toMatchObject({ code: "authentication", retryable: false, delivery: "not_sent" });
    expect(error.hint).toMatch(/token endpoint/);
  });

  it("whose endpoint is out of reach is no wrong password", async () => {
    const endpoint = await tokenEndpoint({});
    await endpoint[Symbol.asyncDispose]();
    await using server = await scriptedServer({ ehlo });
    const transport = smtp({ host, port: server.port, oauth2: { ...credentials, accessUrl: endpoint.accessUrl } });
    const error = await failure(send(transport));
    expect(error).toMatchObject({ code: "connection", retryable: true, delivery: "not_sent" });
    expect(error.hint).toMatch(/no wrong password/);
  });

  it("that the mail server refuses is `authentication`", async () => {
    await using server = await scriptedServer({ ehlo, auth: "535 5.7.8 bad token" });
    const oauth2: SmtpOAuth2 = { user: credentials.user, accessToken: "expired-t0ken" };
    const error = await failure(send(smtp({ host, port: server.port, oauth2 })));
    expect(error).toMatchObject({ code: "authentication", response: { smtpCode: 535 } });
  });

  it("shows no token to the logger", async () => {
    await using endpoint = await tokenEndpoint({ access_token: "t0ken-one", expires_in: 3600 });
    await using server = await scriptedServer({ ehlo });
    const lines: string[] = [];
    const write = (fields: object, text: string): void => void lines.push(`${JSON.stringify(fields)} ${text}`);
    const logger = { debug: write, info: write, warn: write, error: write };
    await send(smtp({ host, port: server.port, logger, oauth2: { ...credentials, accessUrl: endpoint.accessUrl } }));
    expect(lines.join("\n")).toMatch(/AUTH XOAUTH2 \*\*\*/);
    for (const secret of ["t0ken-one", "cl1ent-secret", "r3fresh", bearer("t0ken-one")])
      expect(lines.join("\n")).not.toContain(secret);
  });
});
