import { expect, test } from "vitest";
import { checkApiUrl } from "./api-url.ts";

test.each([
  ["https://api.example", "https://api.example"],
  ["http://127.0.0.1:8025/", "http://127.0.0.1:8025"],
  ["https://proxy.example/mail//", "https://proxy.example/mail"],
  ["HTTPS://Proxy.Example/v3/mail", "https://proxy.example/v3/mail"],
])("%s is an address, written as %s", (address, written) => {
  expect(checkApiUrl(address, "baseUrl")).toBe(written);
});

test.each([
  "api.example",
  "localhost:8025",
  "ftp://api.example",
  "https://user:password@api.example",
  "https://api.example?key=1",
  "https://api.example/#top",
  "https://api.example/v3",
  "https://api.example/v2/",
  "",
])("%j is refused, naming the option", (address) => {
  const check = () => checkApiUrl(address, "endpoint");
  expect(check).toThrow(expect.objectContaining({ code: "configuration", field: "endpoint" }));
});
