import {
  addressKey,
  type BatchRecipient,
  type BatchRequest,
  escapeHtml,
  invalidField,
  type Placeholder,
  type PreparedMessage,
  type Segments,
} from "@mail/core";
import { isScope } from "../new-suppression.ts";
import { type UnsubscribeTokens, uuidForm } from "./unsubscribe-token.ts";
import { decodeScope, type UnsubscribeUrl } from "./unsubscribe-url.ts";

/** Puts each recipient's own link where a mail has the tracker's address. */
export class UnsubscribeLinks {
  readonly #url: UnsubscribeUrl;
  readonly #tokens: UnsubscribeTokens;

  constructor(url: UnsubscribeUrl, tokens: UnsubscribeTokens) {
    this.#url = url;
    this.#tokens = tokens;
  }

  link(address: string, scope: string, mailId?: string): string {
    if (!isScope(scope))
      throw invalidField(
        "unsubscribe.url",
        "has a scope that is no tag",
        "Make it with tracker.unsubscribe.url({ scope }).",
      );
    const id = mailId !== undefined && uuidForm.test(mailId) ? mailId : undefined;
    return this.#url.withToken(this.#tokens.seal({ address: addressKey(address), scope, mailId: id }));
  }

  /**
   * A mail whose `unsubscribe.url` is the tracker's, with its recipient's link in headers, html, text and amp; any other
   * mail as it is.
   * @throws MailError `invalid_message` where it has several recipients, who would unsubscribe each other
   */
  forMail(mail: PreparedMessage): PreparedMessage {
    const scope = this.#scopeOf(mail);
    if (scope === undefined || mail.unsubscribe === undefined) return mail;
    const { unsubscribe, envelope, headers, text, html, amp } = mail;
    const [recipient = ""] = envelope.to;
    if (envelope.to.length !== 1) throw severalRecipients(envelope.to.length);
    const linkOf = (own: string): string => this.link(recipient, own, mail.id);
    const fill = (kind: "text" | "html", body: string): string =>
      body.replace(this.#url.pattern(kind), (_match, encoded: string | undefined) => {
        const link = linkOf(decodeScope(encoded));
        return kind === "html" ? escapeHtml(link) : link;
      });
    return Object.freeze({
      ...mail,
      unsubscribe: { ...unsubscribe, url: linkOf(scope) },
      headers: mapListUnsubscribe(headers, (value) => fill("text", value)),
      ...(text !== undefined && { text: fill("text", text) }),
      ...(html !== undefined && { html: fill("html", html) }),
      ...(amp !== undefined && { amp: fill("html", amp) }),
    });
  }

  /**
   * The same for a mail merge: placeholders stand for the links, so that whoever merges puts in each recipient's own.
   * @throws MailError `invalid_message` where `amp` has the address, which is not merged
   */
  forBatch(batch: BatchRequest): BatchRequest {
    const { mail, recipients } = batch;
    if (this.#scopeOf(mail) === undefined) return batch;
    if (mail.amp !== undefined && this.#url.pattern("html").test(mail.amp))
      throw invalidField(
        "amp",
        "has the unsubscribe address, and amp is the same for all recipients of a mail merge",
        "Leave the address out of amp: it stands in the headers, too. Or send one mail to each, with sendMany.",
      );
    const links = new LinkPlaceholders(recipients[0]?.values ?? {});
    const { headers, text, html } = mail;
    const fill = (kind: "text" | "html", segments: Segments): Segments =>
      links.putInto(segments, this.#url.pattern(kind));
    const filled = Object.freeze({
      ...mail,
      headers: mapListUnsubscribe(headers, (segments) => fill("text", segments)),
      ...(text !== undefined && { text: fill("text", text) }),
      ...(html !== undefined && { html: fill("html", html) }),
    });
    return { mail: filled, recipients: recipients.map((recipient) => this.#withLinks(recipient, links)) };
  }

  #withLinks(recipient: BatchRecipient, { names }: LinkPlaceholders): BatchRecipient {
    const { to, id } = recipient;
    const links = Array.from(names, ([scope, name]) => [name, this.link(to.address, scope, id)] as const);
    return Object.freeze({
      ...recipient,
      values: { ...recipient.values, ...Object.fromEntries(links) },
      htmlValues: {
        ...recipient.htmlValues,
        ...Object.fromEntries(links.map(([name, link]) => [name, escapeHtml(link)])),
      },
    });
  }

  #scopeOf({ unsubscribe }: Pick<PreparedMessage, "unsubscribe">): string | undefined {
    return unsubscribe?.url === undefined ? undefined : this.#url.scopeIn(unsubscribe.url);
  }
}

/** The placeholders that stand for links, one for each scope. */
class LinkPlaceholders {
  /** By scope. */
  readonly names = new Map<string, string>();
  readonly #taken: object;

  constructor(taken: object) {
    this.#taken = taken;
  }

  putInto(segments: Segments, pattern: RegExp): Segments {
    return segments.flatMap((segment, index) =>
      typeof segment === "string" ? this.#split(segment, pattern, index === segments.length - 1) : [segment],
    );
  }

  #split(text: string, pattern: RegExp, isLast: boolean): Segments {
    const parts: (string | Placeholder)[] = [];
    let position = 0;
    for (const match of text.matchAll(pattern)) {
      const end = match.index + match[0].length;
      // It goes on with the value of a placeholder, and is another address.
      if (end === text.length && !isLast) continue;
      parts.push(text.slice(position, match.index), { name: this.#nameFor(decodeScope(match[1])), raw: false });
      position = end;
    }
    return [...parts, text.slice(position)].filter((part) => part !== "");
  }

  #nameFor(scope: string): string {
    let name = this.names.get(scope) ?? `unsubscribe-link-${this.names.size + 1}`;
    while (Object.hasOwn(this.#taken, name)) name += "-";
    this.names.set(scope, name);
    return name;
  }
}

function mapListUnsubscribe<Value>(
  headers: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      name.toLowerCase() === "list-unsubscribe" ? change(value) : value,
    ]),
  );
}

function severalRecipients(count: number): Error {
  return invalidField(
    "unsubscribe.url",
    `is a link for one recipient each, and the mail has ${count}`,
    "Send one mail to each, with sendMany or sendBulk, so that nobody unsubscribes others.",
  );
}
