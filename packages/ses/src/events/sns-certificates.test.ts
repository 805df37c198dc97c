import type { ServerResponse } from "node:http";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { getFromSns } from "./get-from-sns.ts";
import { certificateUrl, refused, type SnsServer, signer, snsServer } from "./sns.fixture.ts";
import { type FetchCertificate, SnsCertificates } from "./sns-certificates.ts";
import { UnverifiedError } from "./unverified-error.ts";

const { pem } = await signer();
const timeoutMs = 10_000;

function certificatesOf(server: SnsServer, limitMs = timeoutMs): SnsCertificates {
  return new SnsCertificates((url, signal) => getFromSns(server.fetch, url, signal), limitMs);
}

const numbered = (number: number): string => certificateUrl.replace(".pem", `-${number}.pem`);

describe("a certificate", () => {
  test("is fetched once, by all who ask at the same time", async () => {
    await using server = await snsServer((response) => response.end(pem));
    const certificates = certificatesOf(server);
    const keys = await Promise.all(Array.from({ length: 20 }, () => certificates.key(certificateUrl)));
    await certificates.key(certificateUrl);
    expect(new Set(keys).size).toBe(1);
    expect(server.requests).toEqual(["GET /SimpleNotificationService-0123abcd.pem"]);
  });

  test("is fetched anew after a day", async () => {
    const fetchCertificate = vi.fn<FetchCertificate>(() => pem);
    const certificates = new SnsCertificates(fetchCertificate, timeoutMs);
    await certificates.key(certificateUrl);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 23 * 3_600_000 });
    try {
      await certificates.key(certificateUrl);
      expect(fetchCertificate).toHaveBeenCalledTimes(1);
      vi.setSystemTime(Date.now() + 2 * 3_600_000);
      await certificates.key(certificateUrl);
      expect(fetchCertificate).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test("that ends within the day is not used for longer", async () => {
    const ending = await signer({ notAfterDate: new Date(Date.now() + 3_600_000) });
    const certificates = new SnsCertificates(() => ending.pem, timeoutMs);
    await certificates.key(certificateUrl);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_700_000 });
    try {
      expect((await refused(certificates.key(certificateUrl))).message).toContain("has expired");
    } finally {
      vi.useRealTimers();
    }
  });

  test("makes way for a newer one beyond a hundred", async () => {
    const fetchCertificate = vi.fn<FetchCertificate>(() => pem);
    const certificates = new SnsCertificates(fetchCertificate, timeoutMs);
    for (let number = 0; number <= 100; number += 1) await certificates.key(numbered(number));
    await certificates.key(numbered(100));
    await certificates.key(numbered(1));
    expect(fetchCertificate).toHaveBeenCalledTimes(101);
    await certificates.key(numbered(0));
    expect(fetchCertificate).toHaveBeenCalledTimes(102);
  });

  test("that could not be fetched is asked for again the next time", async () => {
    let broken = true;
    await using server = await snsServer((response) => {
      if (broken) response.writeHead(500);
      response.end(pem);
    });
    const certificates = certificatesOf(server);
    expect(await refused(certificates.key(certificateUrl))).toBeInstanceOf(UnverifiedError);
    broken = false;
    expect((await certificates.key(certificateUrl)).asymmetricKeyType).toBe("rsa");
  });
});

describe("a server of certificates", () => {
  test.each([301, 302, 303, 307, 308])("that redirects with %i is not followed", async (status) => {
    await using elsewhere = await snsServer((response) => response.end(pem));
    const { port } = new URL((await elsewhere.fetch(certificateUrl, {})).url);
    await using server = await snsServer((response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${port}/other.pem` }).end();
    });
    expect(await refused(certificatesOf(server).key(certificateUrl))).toBeInstanceOf(UnverifiedError);
    expect(elsewhere.requests).toHaveLength(1);
  });

  test.each<[string, (response: ServerResponse) => unknown]>([
    ["that does not answer", () => undefined],
    ["that begins and goes no further", (response) => response.write("-----BEGIN")],
    ["that sends a byte now and then", (response) => drip(response)],
  ])("%s is given up on, and its connection ended", async (_, answer) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const closed = Promise.withResolvers<void>();
    await using server = await snsServer((response) => {
      // Time passes once the server is asked, however long this machine takes to get there.
      const time = setInterval(() => vi.advanceTimersByTime(50), 10);
      response.on("close", () => {
        clearInterval(time);
        closed.resolve();
      });
      answer(response);
    });
    const error = await refused(certificatesOf(server, 500).key(certificateUrl));
    expect(error).toBeInstanceOf(UnverifiedError);
    expect(error.cause).toMatchObject({ name: "TimeoutError" });
    await closed.promise;
  });

  test("that never stops sending is not read to its end", async () => {
    let sent = 0;
    const closed = Promise.withResolvers<void>();
    await using server = await snsServer((response) => {
      response.on("close", closed.resolve);
      const pour = (): void => {
        do sent += 65_536;
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "A")));
      };
      response.on("drain", pour);
      pour();
    });
    const error = await refused(certificatesOf(server).key(certificateUrl));
    expect(error.cause).toMatchObject({ message: expect.stringContaining("larger than 65536 bytes") });
    await closed.promise;
    expect(sent).toBeLessThan(50_000_000);
  });

  test.each([404, 403, 500])("that answers %i has no certificate", async (status) => {
    await using server = await snsServer((response) => response.writeHead(status).end(pem));
    expect(await refused(certificatesOf(server).key(certificateUrl))).toBeInstanceOf(UnverifiedError);
  });

  test("that resets connections has none", async () => {
    await using server = await snsServer((response) => response.destroy());
    expect(await refused(certificatesOf(server).key(certificateUrl))).toBeInstanceOf(UnverifiedError);
  });
});

describe("a function that fetches certificates", () => {
  test("that never ends is given up on, though it does not listen", async () => {
    const certificates = new SnsCertificates(() => new Promise(() => undefined), 20);
    expect(await refused(certificates.key(certificateUrl))).toBeInstanceOf(UnverifiedError);
  });

  test.each<[string, FetchCertificate]>([
    [
      "throws",
      () => {
        throw new Error("no proxy");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no proxy"))],
    ["gives a long text", () => "A".repeat(65_537)],
    ["gives no text", () => JSON.parse("null")],
  ])("that %s gives none", async (_, fetchCertificate) => {
    const certificates = new SnsCertificates(fetchCertificate, timeoutMs);
    expect(await refused(certificates.key(certificateUrl))).toBeInstanceOf(UnverifiedError);
  });

  test("is not called for more than fifty at a time", async () => {
    const release = Promise.withResolvers<string>();
    const fetchCertificate = vi.fn<FetchCertificate>(() => release.promise);
    const certificates = new SnsCertificates(fetchCertificate, timeoutMs);
    const keys = Array.from({ length: 50 }, (_, number) => certificates.key(numbered(number)));
    expect(await refused(certificates.key(numbered(50)))).toBeInstanceOf(UnverifiedError);
    const shared = certificates.key(numbered(7));
    release.resolve(pem);
    await Promise.all([...keys, shared]);
    expect(fetchCertificate).toHaveBeenCalledTimes(50);
    await certificates.key(numbered(50));
  });
});

/** A byte each time the other side may have read the one before. */
function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write("A"), 10);
  response.on("close", () => clearInterval(timer));
}
