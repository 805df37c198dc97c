import { describe, expect, test } from "vitest";
import { parseEventJson, readEventBody } from "./event-body.ts";

const post = (body: BodyInit, headers: Record<string, string> = {}): Request =>
  new Request("https://app.example/", {
    method: "POST",
    body,
    headers,
    ...(body instanceof ReadableStream && { duplex: "half" }),
  });

describe("a body", () => {
  test("is read as it came", async () => {
    expect(Buffer.from(await readEventBody(post("a\r\n\u0000é"), 10)).toString()).toBe("a\r\n\u0000é");
  });

  test("may be missing", async () => {
    expect(await readEventBody(new Request("https://app.example/"), 10)).toHaveLength(0);
  });

  test("is refused by its stated size before it is read", async () => {
    const request = post("x", { "content-length": "11" });
    await expect(readEventBody(request, 10)).rejects.toMatchObject({ code: "too_large", field: "body" });
    expect(request.bodyUsed).toBe(false);
  });

  test("is read no further than allowed, and its sender told to stop", async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(10));
      },
      cancel() {
        cancelled = true;
      },
    });
    await expect(readEventBody(post(endless), 95)).rejects.toMatchObject({ code: "too_large" });
    expect(pulled).toBeLessThan(15);
    expect(cancelled).toBe(true);
  });

  test("that breaks off or was read before is malformed", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
    await expect(readEventBody(post(broken), 10)).rejects.toMatchObject({ code: "malformed" });
    const request = post("x");
    await request.text();
    await expect(readEventBody(request, 10)).rejects.toMatchObject({ code: "malformed" });
  });
});

describe("JSON", () => {
  test.each([
    ["no JSON", "{'secret'}"],
    ["empty", ""],
    ["deep", "[".repeat(65) + "]".repeat(65)],
    ["deep and unfinished", '{"a":'.repeat(100_000)],
    ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
  ])("that is %s is malformed, and the error does not quote it", (_, body) => {
    expect(() => parseEventJson(body)).toThrow(
      expect.objectContaining({ code: "malformed", message: expect.not.stringContaining("secret") }),
    );
  });

  test("with brackets in strings is not deep", () => {
    const text = `${"[".repeat(100)}"\\"{{`;
    expect(parseEventJson(JSON.stringify([text]))).toEqual([text]);
    expect(parseEventJson("[".repeat(64) + "]".repeat(64))).toHaveLength(1);
  });

  test("that never ends a string takes no time that grows with its square", () => {
    expect(() => parseEventJson(`"${'\\"'.repeat(1_000_000)}`)).toThrow("no JSON");
  });
});
