import { expect, test } from "vitest";
import { previewHtml } from "./preview-html.ts";
import { openWeb } from "./web.fixture.ts";

const base = "http://127.0.0.1:8025/api/v1/mails/1/attachments/";

function preview(html: string, ids: readonly string[] = [], dark = false): string {
  const attachments = ids.map((contentId, index) => ({
    index,
    contentId,
    contentType: "image/png",
    disposition: "inline" as const,
    size: 1,
  }));
  return previewHtml(html, attachments, { attachments: base, dark }).replace(/^<!doctype html><meta[^>]*>/, "");
}

test("the preview runs nothing, loads its own attachments alone and is sandboxed also without a frame", async () => {
  await using web = await openWeb();
  const { id } = await web.send({ html: "<script>1</script>" });
  const { headers } = await web.get(`/preview/${id}`);
  const policy = new Map(
    (headers.get("Content-Security-Policy") ?? "").split("; ").map((part) => [part.split(" ")[0], part]),
  );
  expect(policy.get("default-src")).toBe("default-src 'none'");
  expect(policy.get("script-src")).toBeUndefined();
  expect(policy.get("img-src")).toBe(`img-src data: ${web.inbox.urls.web}/api/v1/mails/${id}/attachments/`);
  expect(policy.get("form-action")).toBe("form-action 'none'");
  expect(policy.get("base-uri")).toBe("base-uri 'none'");
  expect(policy.get("frame-ancestors")).toBe("frame-ancestors 'self'");
  expect(policy.get("sandbox")).toBe("sandbox allow-popups allow-popups-to-escape-sandbox");
});

test("remote images load only when asked for", async () => {
  await using web = await openWeb();
  const { id } = await web.send({ html: "<img src='https://images.acme.example/a.png'>" });
  const policy = async (query: string) =>
    (await web.get(`/preview/${id}${query}`)).headers.get("Content-Security-Policy");
  expect(await policy("")).not.toContain("https:");
  expect(await policy("?images=0")).not.toContain("https:");
  expect(await policy("?images=1")).toMatch(/img-src [^;]* http: https:;/);
});

test("the images that a mail brings along are shown", async () => {
  await using web = await openWeb();
  const { id } = await web.send({
    html: '<img src="cid:logo@acme">',
    attachments: [{ filename: "logo.png", content: "png", contentType: "image/png", cid: "logo@acme" }],
  });
  const [, url = ""] = /<img src="([^"]+)"/.exec(await (await web.get(`/preview/${id}`)).text()) ?? [];
  const image = await fetch(url);
  expect(await image.text()).toBe("png");
  expect(image.headers.get("Cross-Origin-Resource-Policy")).toBe("cross-origin");
});

test.each([
  ['<img src="cid:a">', `<img src="${base}0">`],
  ["<img src=cid:a>", `<img src="${base}0">`],
  ["<td background='CID:a'>", `<td background="${base}0">`],
  ['<p style="background:url(cid:a)">', `<p style="background:url(${base}0)">`],
  ["<style>p{background:url(cid:a)}</style>", `<style>p{background:url(${base}0)}</style>`],
  ['<img src="cid:unknown">', '<img src="cid:unknown">'],
])("points %s at the attachment", (html, shown) => {
  expect(preview(html, ["a"])).toBe(shown);
});

test.each([
  [
    '<a href="https://a.example" target="_top">',
    '<a href="https://a.example" target="_blank" rel="noopener noreferrer">',
  ],
  ['<a href="javascript:alert(1)">', '<a target="_blank" rel="noopener noreferrer">'],
  ['<a href="java\tscript:alert(1)">', '<a target="_blank" rel="noopener noreferrer">'],
  ["<a href='data:text/html,x'>", '<a target="_blank" rel="noopener noreferrer">'],
  ["<a href='&#106;avascript:x'>", '<a target="_blank" rel="noopener noreferrer">'],
  [`<a href='x"onclick="y'>`, '<a target="_blank" rel="noopener noreferrer">'],
])("a link opens a new tab or nothing: %j", (html, shown) => {
  expect(preview(html)).toBe(shown);
});

test.each(["<", "<<<<", "<a", '<a href="', "<!--", "</iframe>", "<style>", "<a href=x =y='", "a < b", "<é>"])(
  "half a tag is no trouble: %j",
  (html) => {
    expect(preview(html)).toEqual(expect.any(String));
  },
);

test.each([
  ['<iframe src="https://a.example"></iframe>', '<x-iframe src="https://a.example"></x-iframe>'],
  ["<FRAMESET><Frame/src=//a.example></FRAMESET>", "<x-FRAMESET><x-Frame/src=//a.example></x-FRAMESET>"],
  ["<noscript><iframe\nsrc=//a.example>", "<noscript><x-iframe\nsrc=//a.example>"],
  ["<link rel=preconnect href=//a.example>", "<x-link rel=preconnect href=//a.example>"],
  ["<linked><frames>", "<linked><frames>"],
])("nothing is left that makes a browser connect before it asks the policy: %j", (html, shown) => {
  expect(preview(html)).toBe(shown);
});

test("decides the colour scheme of the style sheet", () => {
  const css = "<style>@media (prefers-color-scheme: dark){p{}}:root{color-scheme:light dark}</style>";
  expect(preview(css, [], true)).toBe("<style>@media (min-width: 0){p{}}:root{color-scheme: dark}</style>");
  expect(preview(css, [], false)).toBe("<style>@media (max-width: 0){p{}}:root{color-scheme: light}</style>");
});

test("reads hostile markup once, however long", () => {
  const size = 200_000;
  for (const part of ["<", "<a ", "<!--", "<style>", "<a href='", "&#", "cid:", "</style"])
    expect(preview(part.repeat(size / part.length))).toEqual(expect.any(String));
});
