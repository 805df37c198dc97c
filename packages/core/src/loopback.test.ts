import { expect, test } from "vitest";
import { isLoopback } from "./loopback.ts";

test.each([
  "localhost",
  "LOCALHOST",
  "localhost.",
  "127.0.0.1",
  "127.255.0.3",
  "::1",
  "[::1]",
  "0:0:0:0:0:0:0:1",
  "::ffff:127.0.0.1",
])("%s is this machine", (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each([
  "",
  "example.com",
  "localhost.example.com",
  "app.localhost",
  "127.example.com",
  "127.0.0.1.example.com",
  "127.1",
  "128.0.0.1",
  "0.0.0.0",
  "::",
  "::2",
  "[::ffff:10.0.0.1]",
  "fe80::1%lo",
  "inbox",
])("%j is not", (host) => {
  expect(isLoopback(host)).toBe(false);
});
