import { readFileSync } from "node:fs";
import { MailEventError } from "@mail/core";
import { describe, expect, test } from "vitest";
import { signer } from "./sns.fixture.ts";
import { snsPublicKey } from "./sns-public-key.ts";
import { UnverifiedError } from "./unverified-error.ts";

const vectors: { readonly otherKeys: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(new URL("sns-vectors.json", import.meta.url), "utf8"),
);
const day = 86_400_000;
const daysFromNow = (days: number): Date => new Date(Date.now() + days * day);

function thrownBy(pem: string): unknown {
  try {
    return snsPublicKey(pem);
  } catch (error) {
    return error;
  }
}

test("the key of a certificate is good until its end", async () => {
  const notAfterDate = new Date(Math.floor(daysFromNow(3).getTime() / 1000) * 1000);
  const { pem } = await signer({ notAfterDate });
  const { key, validUntil } = snsPublicKey(pem);
  expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(validUntil).toBe(notAfterDate.getTime());
});

describe("a certificate is refused", () => {
  test.each([
    ["with a key on a curve", { keyType: "ec" }, "has no RSA key"],
    ["with a small key", { keySize: 1024 }, "has an RSA key of 1024 bits"],
    ["that has expired", { notBeforeDate: daysFromNow(-9), notAfterDate: daysFromNow(-1) }, "has expired"],
    ["that is not valid yet", { notBeforeDate: daysFromNow(1), notAfterDate: daysFromNow(9) }, "is not valid yet"],
  ] as const)("%s", async (_, wanted, problem) => {
    const error = thrownBy((await signer(wanted)).pem);
    expect(error).toMatchObject({ code: "invalid_signature", message: expect.stringContaining(problem) });
    expect(error).not.toBeInstanceOf(UnverifiedError);
  });

  test.each(Object.entries(vectors.otherKeys))("with a key for %s", (_, pem) => {
    expect(thrownBy(pem)).toMatchObject({ code: "invalid_signature", message: expect.stringContaining("no RSA key") });
  });
});

test.each([
  ["empty", ""],
  ["a page", "<html>Log in to the network</html>"],
  ["cut off", "-----BEGIN CERTIFICATE-----\nMIIB"],
  ["a key", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n"],
])("what is no certificate but %s says nothing of the message", (_, pem) => {
  expect(thrownBy(pem)).toBeInstanceOf(UnverifiedError);
  expect(MailEventError.is(thrownBy(pem))).toBe(true);
});
