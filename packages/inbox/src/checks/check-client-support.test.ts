import { expect, test } from "vitest";
import { checkClientSupport } from "./check-client-support.ts";
import { clients, features } from "./client-support-data.ts";

function titles(html: string): readonly string[] {
  return checkClientSupport({ html }).map(({ title }) => title);
}

function names(html: string): readonly string[] {
  return titles(html).map((title) => title.replace(/: not supported by .*/, ""));
}

const table = `<!doctype html><html lang="en"><head><meta charset="utf-8"><style>
  .button { background-color: #0a0; color: white; padding: 12px 24px; } /* display: grid */
</style></head><body style="margin: 0; background: #fff">
<!--[if mso]><video></video><p style="position: absolute">x</p><![endif]-->
<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="width: 600px; border-collapse: collapse">
<tr><td align="center" style="font-family: Arial, sans-serif; font-size: 16px; line-height: 1.5; text-align: center">
<a class="button" href="https://acme.example/?display:flex" target="_blank">Pay <b>now</b></a>
<img src="https://acme.example/a.png" alt="position: fixed" width="20" height="20" style="display: block; border: 0">
</td></tr></table></body></html>`;

test("a table mail with simple CSS has no finding, nor has a mail without HTML", () => {
  expect(titles(table)).toEqual([]);
  expect(checkClientSupport({})).toEqual([]);
});

test("says by client who does not support a feature and who does in part, and where it says so", () => {
  expect(checkClientSupport({ html: '<div style="display: flex">x</div>' })).toEqual([
    {
      check: "clients",
      level: "note",
      title: "display: flex: not supported by Outlook (Windows); partly by Gmail (iOS, Android)",
      detail: "From caniemail.com/features/css-display-flex/, data of 2025-09-09.",
    },
  ]);
  expect(titles('<div style="display:grid">x</div>')).toEqual([
    "display: grid: not supported by Gmail, Outlook (Windows, iOS, Android), Yahoo",
  ]);
});

test.each([
  ['<p style="DISPLAY : Grid !important">x', ["display: grid"]],
  ['<p style="position:absolute;/* */left:0">x', ["left", "position"]],
  ["<p style=\"background-image:url('a;b.png')\">x", ["background-image"]],
  ["<p style='font: 1rem/2 Arial; width: calc(-1vmin + 3px)'>x", ["calc()", "rem", "vmin"]],
  [
    '<p style="font-family: system-ui; width: fit-content; margin: var(--gap)">x',
    ["system-ui", "fit-content", "var()"],
  ],
  ['<video src="a"></video>', ["<video>"]],
  [
    '<form><INPUT TYPE="Text" required><input type="email"></form>',
    ["<form>", "<input type=text>", "required attribute"],
  ],
  ["<header>a</header><nav>b</nav>", ["<header>, <nav>"]],
  ['<link rel="stylesheet" href="a"><link rel="icon">', ["<link rel=stylesheet>"]],
  ["<style>@media (max-width: 600px) { td { color: red } }</style>", ["@media"]],
  ["<style>@media screen and (Orientation: landscape) {}</style>", ["@media (orientation)", "@media"]],
  ["<style>@font-face { font-family: x; font-stretch: 50%; src: url(x;opacity:1) }</style>", ["@font-face"]],
  ["<style><!-- @import url(x.css); --></style>", ["@import"]],
  ["<style>@media print{p{opacity:0}", ["@media", "opacity"]],
  ["<style>a{color:red;b{gap:0}}</style>", ["gap"]],
])("finds in %s what some clients lack", (html, expected) => {
  expect(names(html).toSorted()).toEqual(expected.toSorted());
});

test.each([
  "display: grid; <b>position</b>: absolute",
  "<!-- <video></video><p style='display:grid'> -->",
  '<p title="display:grid" style="color:red">x</p><p data-style="display:grid">x</p>',
  "<title><video></title><textarea-x>",
  "<style>/* p { display: grid } */ p { color: red }</style>",
  '<style>p { content: "display: grid; @media {} \\" opacity: 0"; color: red }</style>',
  "<style>p { background: url(x;opacity:0;rem) }</style>",
  "<style>.grid, #opacity, a.position:hover { color: #12e }</style>",
  '<p style="--opacity: 1; --x: 1rem; -x-opacity: 1; display: grids; color: #123ch">x</p>',
])("finds nothing in %s, which names a feature and does not use it", (html) => {
  expect(titles(html)).toEqual([]);
});

test("puts first what most clients lack, and counts what is more than 20", () => {
  const all = features.map(([, keys]) => keys.split(" ")[0] ?? "").filter((key) => /^[a-z-]+$/.test(key));
  const html = `<p style="${all.map((property) => `${property}: 1`).join(";")}">x</p>`;
  const findings = checkClientSupport({ html });
  expect(findings).toHaveLength(20);
  expect(findings.at(-1)?.title).toBe(
    `${all.length - 19} more features of HTML and CSS that some mail clients do not support`,
  );
  expect(findings.at(-1)?.items).toHaveLength(20);
  expect(names('<p style="opacity: 1; accent-color: red; display: flex">x</p>')).toEqual([
    "accent-color",
    "display: flex",
    "opacity",
  ]);
});

test("has a letter for each client and each key once", () => {
  for (const [slug, , support] of features) expect(support, slug).toMatch(new RegExp(`^[yanu]{${clients.length}}$`));
  const keys = features.flatMap(([, of]) => of.split(" "));
  expect(new Set(keys).size).toBe(keys.length);
});

const hostile = [
  "{",
  "}",
  ";",
  ":",
  "/*",
  '"',
  "'",
  '"\n',
  "\\",
  "url(",
  "url( ",
  "(",
  "@",
  "@media(",
  "@media ( ",
  "<!--",
];
const more = [" ", "-", "a", "a-", "1", "1.", "#", "!", "a:b;", "a{b:c}", "var(", "<style>", "</style>", "<p style='"];

test.each([...hostile, ...more])("reads a megabyte of %j once", (part) => {
  const much = part.repeat(1_000_000 / part.length);
  for (const html of [much, `<style>${much}`, `<style>a{b:${much}`, `<style>@media ${much}{`, `<p style='a:${much}`])
    expect(checkClientSupport({ html }).length).toBeLessThanOrEqual(20);
  expect(titles(`<p style="opacity:0">${much.replaceAll("<", "")}`)).toHaveLength(1);
});
