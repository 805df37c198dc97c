import { expect, test } from "vitest";
import { inboxName, inboxNames } from "./inbox-name.ts";

const origin = { inbox: "key", from: "app@Acme.Example", to: ["ada@test-1.example", "bob@test-2.example"] };

test("is that of the login, of the sender's domain or of the first recipient's domain", () => {
  expect(inboxName("login", origin)).toBe("key");
  expect(inboxName("sender-domain", origin)).toBe("acme.example");
  expect(inboxName("recipient-domain", origin)).toBe("test-1.example");
});

test("is the domain that an API asks for rather than that of the address", () => {
  expect(inboxName("sender-domain", { ...origin, domain: "MG.acme.example" })).toBe("mg.acme.example");
  expect(inboxName("recipient-domain", { ...origin, domain: "mg.acme.example" })).toBe("test-1.example");
});

test("is the same for both spellings of an international domain", () => {
  const names = ["a@bücher.example", "a@xn--bcher-kva.example"].map((from) => inboxName("sender-domain", { from }));
  expect(names).toEqual(["xn--bcher-kva.example", "xn--bcher-kva.example"]);
});

test("is that of the login where there is no domain", () => {
  expect(inboxName("sender-domain", { inbox: "key", from: "" })).toBe("key");
  expect(inboxName("sender-domain", { from: "postmaster" })).toBe("default");
  expect(inboxName("recipient-domain", { inbox: "key", to: [] })).toBe("key");
  expect(inboxName("login", {})).toBe("default");
});

test("are all that a request may fill", () => {
  expect(inboxNames("recipient-domain", origin)).toEqual(["test-1.example", "test-2.example"]);
  expect(inboxNames("sender-domain", { inbox: "key" })).toEqual([]);
});
