import { misconfigured } from "@mail/core";
import { requireScope } from "../new-suppression.ts";

/** The parameters of links; `token` is short because mails hold it often. */
const names = { scope: "scope", token: "t" } as const;

/** With a token of the longest address and scope, the header line has room (RFC 5322 section 2.1.1: 998 characters). */
const maxLength = 300;

/** The tracker's own address: with a scope as messages give it, and with a token as recipients get it. */
export class UnsubscribeUrl {
  readonly #base: string;
  readonly #separator: "?" | "&";

  /** @throws MailError `configuration` */
  constructor(url: string) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed?.protocol !== "https:")
      throw misconfigured(
        "unsubscribe.url",
        "is no https address",
        "Write https://app.example/unsubscribe (RFC 8058).",
      );
    const query = parsed.searchParams;
    if (parsed.hash !== "" || parsed.username !== "" || query.has(names.scope) || query.has(names.token))
      throw misconfigured(
        "unsubscribe.url",
        `has ${parsed.username === "" ? "a fragment, or a parameter of ours" : "a user name"}`,
        "Leave out what begins with #, user names, and the parameters `scope` and `t`.",
      );
    this.#base = withoutScope(parsed);
    if (this.#base.length > maxLength)
      throw misconfigured("unsubscribe.url", `has ${this.#base.length} characters`, `Use at most ${maxLength}.`);
    this.#separator = parsed.search === "" ? "?" : "&";
  }

  /** The address that stands for everybody's own link. */
  forScope(scope: string): string {
    if (scope === "") return this.#base;
    return `${this.#base}${this.#separator}${new URLSearchParams({ [names.scope]: requireScope(scope, "scope") })}`;
  }

  withToken(token: string): string {
    return `${this.#base}${this.#separator}${names.token}=${token}`;
  }

  tokenIn(url: string): string {
    return new URL(url).searchParams.get(names.token) ?? "";
  }

  /** The scope of an address of ours; `undefined` for any other address. */
  scopeIn(url: string): string | undefined {
    const parsed = new URL(url);
    const scope = parsed.searchParams.get(names.scope) ?? "";
    return withoutScope(parsed) === this.#base ? scope : undefined;
  }

  /**
   * Finds the address, with any scope, in a text or in html, where `&` may be escaped. What merely begins with it, such as
   * the address of a page below it, is another address.
   */
  pattern(kind: "text" | "html"): RegExp {
    const [ampersand, more] = kind === "html" ? ["&(?:amp;|#38;|#x26;)?", "&(?:amp;|#38;|#x26;|\\w+=)"] : ["&", "&"];
    const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&").replaceAll("&", ampersand);
    const scope = `(?:${literal(this.#separator)}${names.scope}=((?:[\\w%*+-]|\\.(?=[\\w%*+-]))*))?`;
    return new RegExp(`${literal(this.#base)}${scope}(?![\\w%*+/?#=~@$-]|[.,;:!]+[\\w%/]|${more})`, "g");
  }
}

/** The scope as it stands in an address. */
export function decodeScope(encoded = ""): string {
  return new URLSearchParams(`${names.scope}=${encoded}`).get(names.scope) ?? "";
}

function withoutScope(url: URL): string {
  const copy = new URL(url);
  copy.searchParams.delete(names.scope);
  return copy.href;
}
