import { expect, test } from "vitest";
import { previewPolicy } from "./content-policy.ts";

test("a mail's own images are found by address, and at an IPv6 address, which a policy cannot name, by origin", () => {
  const sources = (attachments: string): string | undefined =>
    /img-src ([^;]*)/.exec(previewPolicy({ attachments, remoteImages: false }))?.[1];
  expect(sources("http://127.0.0.1:8025/api/v1/mails/1/attachments/")).toBe(
    "data: http://127.0.0.1:8025/api/v1/mails/1/attachments/",
  );
  expect(sources("http://[::1]:8025/api/v1/mails/1/attachments/")).toBe("data: 'self'");
});
