import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { LinkAsking } from "./ask-link.ts";
import { followLinks } from "./follow-links.ts";
import { isPublicAddress } from "./public-address.ts";

interface Site {
  readonly url: string;
  readonly port: number;
  /** Method and path of what was asked. */
  readonly asked: readonly string[];
}

async function siteAt(host: string, answer: RequestListener): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, port, asked };
}

const site = (answer: RequestListener): Promise<Site> => siteAt("127.0.0.1", answer);
const anywhere: LinkAsking = { mayReach: () => true, timeoutMs: 10_000, signal: new AbortController().signal };
/** As if 127.0.0.1 were public and the rest of loopback were not. */
const oneAlone: LinkAsking = { ...anywhere, mayReach: (address) => address === "127.0.0.1" };
const redirectTo =
  (location: string): RequestListener =>
  (_, response) =>
    response.writeHead(302, { location }).end();

test("tells the status of each web page once, in order, by HEAD", async () => {
  const { url, asked } = await site(({ url: path }, response) =>
    response.writeHead(path === "/gone" ? 404 : 200).end(),
  );
  const urls = [`${url}/a`, `${url}/gone`, "mailto:ada@example.com", "javascript:alert(1)", `${url}/a`, "half a link"];
  expect(await followLinks(urls, anywhere)).toEqual([
    { url: `${url}/a`, status: 200, redirects: [] },
    { url: `${url}/gone`, status: 404, redirects: [] },
  ]);
  expect(asked.toSorted()).toEqual(["HEAD /a", "HEAD /gone"]);
});

test("asks by GET where a server knows no HEAD, and reads no body", async () => {
  const { url, asked } = await site(({ method }, response) => {
    if (method === "HEAD") response.writeHead(405).end();
    else response.writeHead(200).write("a body without end");
  });
  expect(await followLinks([url], anywhere)).toEqual([{ url, status: 200, redirects: [] }]);
  expect(asked).toEqual(["HEAD /", "GET /"]);
});

test("follows redirects, and gives up on a circle", async () => {
  const { url, asked } = await site(({ url: path }, response) => {
    const location = path === "/one" ? "/two" : "/circle";
    if (path === "/two") response.writeHead(200).end();
    else response.writeHead(301, { location }).end();
  });
  expect(await followLinks([`${url}/one`], anywhere)).toEqual([
    { url: `${url}/one`, status: 200, redirects: [`${url}/two`] },
  ]);
  const [circle] = await followLinks([`${url}/circle`], anywhere);
  expect(circle).toMatchObject({ status: 301, error: "more than 5 redirects" });
  expect(asked).toHaveLength(8);
});

test.each([
  ["no web page", "file:///etc/passwd"],
  ["no address", "http://["],
])("follows no redirect to %s", async (_, location) => {
  const { url } = await site(redirectTo(location));
  expect(await followLinks([url], anywhere)).toEqual([
    { url, status: 302, redirects: [location], error: "a redirect leads to no web page" },
  ]);
});

test("asks no private address, however it is written", async () => {
  const { port, asked } = await site((_, response) => response.end());
  const hosts = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"];
  const urls = hosts.map((host) => `http://${host}:${port}/`);
  const followed = await followLinks(urls, { ...anywhere, mayReach: isPublicAddress });
  expect(followed).toHaveLength(hosts.length);
  for (const { status, error } of followed)
    expect([status, error]).toEqual([undefined, expect.stringContaining("is no public address, so it was not asked")]);
  expect(asked).toEqual([]);
});

test("follows no redirect to a private address", async () => {
  const secret = await siteAt("127.0.0.2", (_, response) => response.end());
  const { url, asked } = await site(redirectTo(`${secret.url}/latest/meta-data`));
  expect(await followLinks([url], oneAlone)).toEqual([
    {
      url,
      redirects: [`${secret.url}/latest/meta-data`],
      error: "127.0.0.2 is no public address, so it was not asked",
    },
  ]);
  expect([asked, secret.asked]).toEqual([["HEAD /"], []]);
});

test("asks no name that has a private address beside a public one, nor one that changes its address", async () => {
  const { port, asked } = await site((_, response) => response.end());
  const both: LookupFunction = (_host, _options, callback) =>
    callback(null, [
      { address: "127.0.0.1", family: 4 },
      { address: "127.0.0.2", family: 4 },
    ]);
  let lookups = 0;
  const changing: LookupFunction = (_host, _options, callback) =>
    callback(null, [{ address: lookups++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }]);
  const url = `http://rebinding.example:${port}/`;
  const [first] = await followLinks([url], { ...oneAlone, lookup: both });
  expect(first?.error).toContain("127.0.0.2 is no public address");
  expect(asked).toEqual([]);
  expect(await followLinks([url], { ...oneAlone, lookup: changing })).toEqual([{ url, status: 200, redirects: [] }]);
  const [second] = await followLinks([url], { ...oneAlone, lookup: changing });
  expect(second?.error).toContain("127.0.0.2 is no public address");
  expect(asked).toEqual(["HEAD /"]);
});

test("says what is wrong with a server that does not answer", async () => {
  const { url } = await site(() => undefined);
  const [silent] = await followLinks([url], { ...anywhere, timeoutMs: 50 });
  expect(silent).toEqual({ url, redirects: [], error: "no answer within 50 ms" });
  const [deaf] = await followLinks(["http://127.0.0.1:1/"], anywhere);
  expect(deaf?.error).toContain("ECONNREFUSED");
});

test("asks no more than 100 links, and none once the client is gone", async () => {
  const { url, asked } = await site((_, response) => response.end());
  const many = Array.from({ length: 150 }, (_, n) => `${url}/${n}`);
  expect(await followLinks(many, anywhere)).toHaveLength(100);
  expect(await followLinks(many, { ...anywhere, signal: AbortSignal.abort() })).toEqual([]);
  expect(asked).toHaveLength(100);
});
