import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Sha256 } from "./sha-256.ts";

const bytes = fc.uint8Array({ maxLength: 200 });

test("gives what Node's own hash gives, of parts too", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(bytes), async (parts) => {
      const ours = new Sha256();
      const nodes = createHash("sha256");
      for (const part of parts) {
        ours.update(part);
        nodes.update(part);
      }
      expect(await ours.digest()).toEqual(nodes.digest());
    }),
  );
});

test("gives what Node's own HMAC gives, for keys of any length and texts in UTF-8", async () => {
  await fc.assert(
    fc.asyncProperty(bytes, fc.string({ unit: "binary" }), bytes, async (key, text, data) => {
      const ours = new Sha256(key);
      ours.update("forgotten");
      ours.reset();
      ours.update(text);
      ours.update(data.buffer);
      expect(await ours.digest()).toEqual(createHmac("sha256", key).update(text).update(data).digest());
    }),
  );
});
