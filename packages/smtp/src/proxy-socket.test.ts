import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { scriptedServer } from "./scripted-server.fixture.ts";
import { failure, send } from "./sending.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const loopback = "127.0.0.1";

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** Destination and credentials of each request. */
  readonly asked: (readonly [string | undefined, string | undefined])[];
}

/** Takes every connection to `port` on loopback, whatever host is asked for. */
async function proxyTo(port: number): Promise<Proxy> {
  const asked: Proxy["asked"] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connect", (request, client: Socket) => {
    asked.push([request.url, request.headers["proxy-authorization"]]);
    const upstream = connect(port, loopback, () => client.write("HTTP/1.1 200 ok\r\n\r\n"));
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => undefined));
    upstream.pipe(client).pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  return {
    url: `http://ada:pr0xy-pass@${loopback}:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

const ses = { host: "email-smtp.eu-west-1.amazonaws.com", starttls: "opportunistic" } as const;

describe("an HTTP proxy", () => {
  it("leads to the server, with its own login", async () => {
    await using server = await scriptedServer();
    await using proxy = await proxyTo(server.port);
    const receipt = await send(smtp({ host: "mail.example.com", starttls: "opportunistic", proxy: proxy.url }));
    expect(receipt.accepted).toEqual(["ada@example.com"]);
    expect(receipt.providerId).toBeUndefined();
    expect(proxy.asked).toEqual([["mail.example.com:587", `Basic ${btoa("ada:pr0xy-pass")}`]]);
  });

  it("that is not there is a connection failure", async () => {
    const proxy = await proxyTo(1);
    await proxy[Symbol.asyncDispose]();
    const error = await failure(send(smtp({ host: "mail.example.com", proxy: proxy.url })));
    expect(error).toMatchObject({ code: "connection", delivery: "not_sent" });
    expect(error.message + error.hint).not.toContain("pr0xy-pass");
  });
});

describe("the answer of Amazon SES", () => {
  it("gives the id of its events and the Message-ID that it sets", async () => {
    await using server = await scriptedServer({ body: "250 Ok 0102018b5c3c0a4f-aaaa-000000" });
    await using proxy = await proxyTo(server.port);
    expect(await send(smtp({ ...ses, proxy: proxy.url }))).toMatchObject({
      providerId: "0102018b5c3c0a4f-aaaa-000000",
      messageId: "<0102018b5c3c0a4f-aaaa-000000@eu-west-1.amazonses.com>",
    });
  });
});
