import type { Address } from "@mail/core";
import { isObject, textField } from "../api/json-value.ts";
import { mailboxOf } from "../api/mailboxes.ts";
import type { Complaint } from "./sendgrid-provider.ts";

const helpPage = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html";
/** Longest address: local part, `@` and domain. */
const maxAddressLength = 320;

/** So that a hostile request does not get an endless answer. */
const maxComplaints = 1000;

/** What is wrong with a request: SendGrid names all of it at once. */
export class Complaints {
  readonly list: Complaint[] = [];

  /** @param anchor section of the help page. Default: the field's own. */
  add(field: string, message: string, anchor: string = field.replace(/\.\d+(?=\.|$)/g, "")): undefined {
    if (this.list.length < maxComplaints) this.list.push({ message, field, help: `${helpPage}#message.${anchor}` });
  }

  /** A text with a character at least; `undefined` where absent. */
  text(value: unknown, field: string, message: string): string | undefined {
    if (value === undefined || value === null) return undefined;
    return typeof value === "string" && value !== "" ? value : this.add(field, message);
  }

  /** An object whose values are texts. */
  texts(value: unknown, field: string, message: string): Readonly<Record<string, string>> {
    if (value === undefined || value === null) return {};
    const entries = isObject(value) ? Object.entries(value) : undefined;
    if (entries?.every((entry): entry is [string, string] => typeof entry[1] === "string"))
      return Object.fromEntries(entries);
    this.add(field, message);
    return {};
  }

  /**
   * `{ email, name? }`.
   * @param role what SendGrid calls it, such as `from`
   */
  mailbox(value: unknown, field: string, role: string, anchor?: string): Address | undefined {
    const email = textField(value, "email");
    if (email === undefined) return this.add(field, `The ${role} object must at least have an ${mailboxForm}`, anchor);
    if (email.length > maxAddressLength)
      return this.add(
        `${field}.email`,
        `The ${role} email exceeds the maximum total length of 320 characters.`,
        anchor,
      );
    const known = mailboxOf(email, unquoted(textField(value, "name")));
    return known ?? this.add(`${field}.email`, addressMessage(role), anchor);
  }
}

const mailboxForm =
  '\'email\' parameter with a valid email address and may also contain a \'name\' parameter. e.g. {"email": "example@example.com"} or {"email": "example@example.com", "name": "Example Recipient"}.';

function addressMessage(role: string): string {
  return role === "from" ? "The from email does not contain a valid address." : "Does not contain a valid address.";
}

/** A name in quotes arrives without them. */
function unquoted(name: string | undefined): string | undefined {
  return name?.replace(/^"(.*)"$/s, (_, inner: string) => inner.replace(/\\(.)/gs, "$1"));
}
