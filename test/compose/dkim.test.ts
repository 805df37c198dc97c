import { generateKeyPairSync } from "node:crypto";
import { type Message, prepareMessage } from "@mail/core";
import { dkimVerify } from "mailauth";
import { expect, test } from "vitest";
import { toSmtpRequest } from "../../packages/smtp/src/to-smtp-request.ts";
import { bytesOf } from "./bytes-of.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const dkim = {
  domainName: "acme.example",
  keySelector: "s1",
  privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
};
const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;
/** The only key there is. */
const resolver = async (name: string, type: string): Promise<string[][]> => {
  expect([name, type]).toEqual(["s1._domainkey.acme.example", "TXT"]);
  return [[record]];
};

/** How the one signature of a mail is judged. */
async function judged(source: Buffer): Promise<string | undefined> {
  const { results } = await dkimVerify(source, { resolver });
  expect(results).toHaveLength(1);
  return results[0]?.status.result;
}

async function signed(message: Partial<Message>): Promise<Buffer> {
  const mail = prepareMessage({ from: "Acme <hello@acme.example>", to: "ada@example.com", text: "Hello", ...message });
  const request = await toSmtpRequest(mail, dkim);
  const bytes = await bytesOf(request);
  expect(request.size).toBe(bytes.byteLength);
  return bytes;
}

test.each<[string, Partial<Message>]>([
  ["a short text", {}],
  ["no text", { text: "" }],
  ["blank lines and white space at line ends", { text: "one  \n\t\n\n  two \n\n\n" }],
  ["a text in base64", { text: "こんにちは\r".repeat(100) }],
  [
    "names and a subject beyond ASCII",
    { from: { name: "Müller, „Ada“", address: "ada@acme.example" }, subject: "Grüße ".repeat(40) },
  ],
  ["a local part beyond ASCII", { to: "jürgen@example.com" }],
  [
    "text, html, an inline image and a file",
    { html: "<img src=cid:a>", attachments: [{ content: new Uint8Array(90_000), contentId: "a" }, { content: "x" }] },
  ],
  [
    "a file of 3 MB that is read while it is signed",
    { attachments: [{ content: () => new Blob([Buffer.alloc(3_000_000, "abc ")]).stream() }] },
  ],
])("the signature of a mail with %s is good, and covers all of it", async (_, message) => {
  const source = await signed(message);
  expect(await judged(source)).toBe("pass");
  expect(await judged(Buffer.concat([source, Buffer.from("more\r\n")]))).not.toBe("pass");
  const changed = Buffer.from(source.toString("latin1").replace(/^From: /m, "From: X"), "latin1");
  expect(await judged(changed)).not.toBe("pass");
});
