import { expect, test } from "vitest";
import { openWeb } from "./web.fixture.ts";

test("attachments are always downloads, of the type that the mail gives, never sniffed", async () => {
  await using web = await openWeb();
  const { id } = await web.send({
    text: "x",
    attachments: [{ filename: "page.html", contentType: "text/html", content: "<script>alert(1)</script>" }],
  });
  const answer = await web.get(`/api/v1/mails/${id}/attachments/0`);
  expect(answer.headers.get("Content-Disposition")).toMatch(/^attachment; filename="page.html"/);
  expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(answer.headers.get("Content-Security-Policy")).toMatch(/default-src 'none'.*sandbox$/);
  expect(answer.headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
  expect(await answer.text()).toBe("<script>alert(1)</script>");
});

test.each([
  ["../../etc/passwd", "_.._etc_passwd"],
  ["..\\..\\boot.ini", "_.._boot.ini"],
  ["/etc/shadow", "_etc_shadow"],
  [".bashrc", "bashrc"],
  ["a\u202egpj.exe", "agpj.exe"],
  ["...", "attachment"],
  ['a"; x="b', "a_; x=_b"],
])("no name of a file leads elsewhere: %j", async (filename, safe) => {
  await using web = await openWeb();
  const { id } = await web.send({ text: "x", attachments: [{ filename, content: "x", contentType: "text/x" }] });
  const answer = await web.get(`/api/v1/mails/${id}/attachments/0`);
  const [, encoded = ""] = /filename\*=UTF-8''(\S+)$/.exec(answer.headers.get("Content-Disposition") ?? "") ?? [];
  expect(decodeURIComponent(encoded)).toBe(safe);
});

test("a name keeps its letters in UTF-8, and its ending when it is long", async () => {
  await using web = await openWeb();
  const filename = `${"ä".repeat(300)}.pdf`;
  const { id } = await web.send({ text: "x", attachments: [{ filename, content: "x" }] });
  const disposition = (await web.get(`/api/v1/mails/${id}/attachments/0`)).headers.get("Content-Disposition") ?? "";
  expect(disposition).toMatch(/^attachment; filename="_+\.pdf"; filename\*=UTF-8''(?:%C3%A4)+\.pdf$/);
});

test("positions that are none are not found", async () => {
  await using web = await openWeb();
  const { id } = await web.send({ text: "x", attachments: [{ filename: "a.txt", content: "x" }] });
  for (const index of ["1", "-1", "0x0", "a.txt", "..%2f..%2fpackage.json", "99999999999"])
    expect([index, (await web.get(`/api/v1/mails/${id}/attachments/${index}`)).status]).toEqual([index, 404]);
});

test("no path of a request opens a file", async () => {
  await using web = await openWeb();
  for (const path of [
    "/..%2f..%2fpackage.json",
    "/assets/..%2f..%2f..%2fpackage.json",
    "/%2e%2e/package.json",
    "/.tsbuildinfo",
  ])
    expect([path, (await web.get(path)).status]).toEqual([path, 404]);
});

test("a mail that cannot be read has no attachments, and says so", async () => {
  await using web = await openWeb();
  const { id } = await web.send(`X-Large: ${"x".repeat(3_000_000)}\n\nHello`);
  expect((await web.get(`/api/v1/mails/${id}`)).status).toBe(200);
  expect((await web.get(`/api/v1/mails/${id}/attachments/0`)).status).toBe(404);
});
