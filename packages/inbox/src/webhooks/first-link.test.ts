import { expect, test } from "vitest";
import { firstLink } from "./first-link.ts";

test.each([
  ["a link", { html: '<a href="https://a.example/">x</a>' }, "https://a.example/"],
  ["single quotes", { html: "<A class=x HREF = 'http://a.example/?b=\"'>x</A>" }, 'http://a.example/?b="'],
  ["entities", { html: '<a href="https://a.example/?b=1&amp;c=2&#38;d=3">x</a>' }, "https://a.example/?b=1&c=2&d=3"],
  [
    "other schemes first",
    { html: '<a href="mailto:a@b.example">x</a><a href="https://a.example/">y</a>' },
    "https://a.example/",
  ],
  ["an image's address", { html: '<img src="https://a.example/x.png">', text: "" }, "https://example.com/"],
  ["text alone", { text: "Go to <https://a.example/x>, please" }, "https://a.example/x"],
  ["no link", { text: "Hello" }, "https://example.com/"],
])("%s", (_, mail, link) => {
  expect(firstLink(mail)).toBe(link);
});
