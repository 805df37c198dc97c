import { expect, test } from "vitest";
import { caught } from "../caught-mail.fixture.ts";
import type { CaughtMail } from "../caught-mail.ts";
import { checkMail } from "./check-mail.ts";
import { findCodes } from "./find-codes.ts";
import { findLinks } from "./find-links.ts";
import { htmlText } from "./html-text.ts";
import { isPrivateHost } from "./private-host.ts";

function titles(fields: Partial<CaughtMail>, level?: string): readonly string[] {
  const { findings } = checkMail(caught(fields));
  return findings.filter((one) => level === undefined || one.level === level).map(({ title }) => title);
}

test.each([
  ["Your code is 481920.", ["481920"]],
  ["Your verification code:\n\n481 920\n\nIt is good until 2026.", ["481 920"]],
  ["G-481920 is your code", ["G-481920"]],
  ["Use the one-time password A1B2C3 to log in", ["A1B2C3"]],
  ["Ihr Code lautet 481920", ["481920"]],
  ["Device code: WXYZ-1234", ["WXYZ-1234"]],
  ["Order 481920 has left, 24 pieces for 1200 EUR", []],
  ["Your code is below\nhttps://acme.example/481920", []],
  ["The code of conduct has changed in 2026. WELCOME", []],
  ["Call +49 30 123456 for a code", []],
])("finds the code in %j", (text, codes) => {
  expect(findCodes({ subject: "Hi", text })).toEqual(codes);
});

test("finds the code in HTML and in the subject", () => {
  expect(findCodes({ subject: "Hi", html: "<p>Your code</p><h1>481920</h1>" })).toEqual(["481920"]);
  expect(findCodes({ subject: "481920 is your code", text: "Enter it." })).toEqual(["481920"]);
});

test("finds links with their labels, in HTML before text, each once", () => {
  const html = `<a href="https://a.example/?a=1&amp;b=2">One <b>link</b></a><a href='https://b.example'><img alt="Logo"></a><!-- <a href="https://no.example">x</a> -->`;
  const text = "See (https://c.example/x_(y)). Or https://a.example/?a=1&b=2, or <https://d.example/>.";
  expect(findLinks({ html, text })).toEqual([
    { url: "https://a.example/?a=1&b=2", label: "One link", in: "html" },
    { url: "https://b.example", label: "Logo", in: "html" },
    { url: "https://c.example/x_(y)", in: "text" },
    { url: "https://d.example/", in: "text" },
  ]);
});

test("a text is what a reader sees", () => {
  expect(htmlText("<title>no</title><style>p{}</style><p>One &amp; two</p>three<br>four<script>no</script>")).toBe(
    "One & two\nthree\nfour",
  );
});

test("warns of a missing text part and an empty mail", () => {
  expect(titles({ html: "<p>Hi</p>" }, "warning")).toEqual(["No text part"]);
  expect(titles({ text: " " }, "warning")).toEqual(["The mail is empty"]);
  expect(titles({ text: "Hi", html: "<p>Hi</p>" }, "warning")).toEqual([]);
});

test("warns where Gmail clips, from the first byte behind 102 KB", () => {
  const ofBytes = (bytes: number) => titles({ text: "x", html: "x".repeat(bytes) }, "warning");
  expect(ofBytes(102 * 1024)).toEqual([]);
  expect(ofBytes(102 * 1024 + 1)).toEqual(["HTML of 102.0 KB"]);
});

test("finds what a template left behind", () => {
  const { findings } = checkMail(
    caught({ subject: "Hi {{name}}", text: "Total: undefined, %recipient.id%, <%= x %>" }),
  );
  expect(findings.find(({ check }) => check === "placeholders")?.items).toEqual([
    "{{name}}",
    "%recipient.id%",
    "<%= x %>",
    "undefined",
  ]);
});

test("sorts links by what is wrong with them", () => {
  const hrefs = [
    "https://good.example",
    "http://plain.example",
    "http://localhost:3000",
    "",
    "javascript:x",
    "/path",
    "#top",
  ];
  const html = hrefs.map((href) => `<a href="${href}">x</a>`).join("");
  expect(titles({ text: "x", html }).filter((title) => title.includes("link"))).toEqual([
    "3 links no reader can follow",
    "1 link to this machine or a private network",
    "1 link without TLS",
  ]);
});

test("sorts images by what is wrong with them", () => {
  const html = `<img src="cid:here" alt=""><img src="cid:gone" alt=""><img src="https://a.example/a.png"><img src="data:image/png;base64,x" alt="x"><img src="https://t.example/p" width=1 height=1>`;
  const attachments = [
    { index: 0, contentType: "image/png", contentId: "here", disposition: "inline" as const, size: 1 },
  ];
  const { images, findings } = checkMail(caught({ html, attachments }));
  expect(images.map(({ kind }) => kind)).toEqual(["attached", "missing", "remote", "data", "remote"]);
  expect(findings.filter(({ check }) => check === "images").map(({ title }) => title)).toEqual([
    "1 image without its attachment",
    "1 image without alternative text",
    "1 image inside the HTML",
  ]);
});

test.each([
  [undefined, undefined, "No List-Unsubscribe"],
  ["<https://a.example/u>", "List-Unsubscribe=One-Click", "List-Unsubscribe with one click"],
  ["<https://a.example/u>", undefined, "List-Unsubscribe without one click"],
  ["<mailto:u@a.example>", "List-Unsubscribe=One-Click", "One-click unsubscribe needs an https address"],
  ["https://a.example/u", undefined, "List-Unsubscribe without <…>"],
])("judges List-Unsubscribe %j with %j", (list, post, title) => {
  const headers = [
    ...(list === undefined ? [] : [{ name: "List-Unsubscribe", value: list }]),
    ...(post === undefined ? [] : [{ name: "List-Unsubscribe-Post", value: post }]),
  ];
  expect(titles({ text: "x", headers })).toContain(title);
});

test("warns of attachments that Gmail refuses", () => {
  const attachments = [
    { index: 0, filename: "setup.EXE", contentType: "x/y", disposition: "attachment" as const, size: 1 },
  ];
  expect(titles({ text: "x", attachments }, "warning")).toEqual(["1 attachment that Gmail refuses"]);
});

test.each([
  ["localhost", true],
  ["app.test", true],
  ["printer", true],
  ["10.1.2.3", true],
  ["172.32.0.1", false],
  ["192.168.0.1", true],
  ["[::1]", true],
  ["[fd00::1]", true],
  ["[::ffff:10.0.0.1]", true],
  ["8.8.8.8", false],
  ["acme.example", false],
])("%s is private: %s", (host, expected) => {
  expect(isPrivateHost(host)).toBe(expected);
});

test("reads hostile text once, however long", () => {
  const size = 300_000;
  for (const part of ["code 1", "A", "1", "123 ", "https://", "http://a).,", "{{", "<%", "<a href=x>", "&", "\n"]) {
    const text = part.repeat(size / part.length);
    expect(checkMail(caught({ subject: "code", text, html: text })).findings.length).toBeGreaterThan(0);
  }
});
