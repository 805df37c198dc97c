import type { Address } from "@mail/core";
import { elements, field, type JsonObject, textField } from "../api/json-value.ts";
import { mailboxesOf } from "../api/mailboxes.ts";
import type { RequestAddresses } from "../api/provider-api.ts";
import { badRequest } from "./ses-provider.ts";

/** Over to, cc and bcc together (SES developer guide, "Quotas"). */
const maxRecipients = 50;

export interface Destination {
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
}

/** `Destination`. @throws ApiRefusal */
export function readDestination(value: unknown): Destination {
  checkRecipientCount(recipientCount(value));
  const list = (name: string): readonly Address[] => elements(field(value, name)).map(readMailbox);
  return { to: list("ToAddresses"), cc: list("CcAddresses"), bcc: list("BccAddresses") };
}

export function recipientsOf({ to, cc, bcc }: Destination): readonly string[] {
  return [...to, ...cc, ...bcc].map(({ address }) => address);
}

/** How many addresses a `Destination` has, valid or not. */
export function recipientCount(destination: unknown): number {
  return destinationLists.reduce((sum, name) => sum + elements(field(destination, name)).length, 0);
}

const destinationLists = ["ToAddresses", "CcAddresses", "BccAddresses"] as const;

/** @throws ApiRefusal */
export function checkRecipientCount(count: number): void {
  if (count > maxRecipients) throw badRequest(`Recipient count exceeds ${maxRecipients}.`);
}

/** A single mailbox. @throws ApiRefusal in the words of SES */
export function readMailbox(value: unknown): Address {
  if (typeof value !== "string" || value.trim() === "") throw badRequest("Address is missing.");
  const [mailbox, second] = mailboxesOf(value) ?? [];
  if (mailbox !== undefined && second === undefined && isAscii(mailbox.address)) return mailbox;
  const bare = /<([^<>]*)>\s*$/.exec(value)?.[1] ?? value;
  const at = bare.lastIndexOf("@");
  if (at === -1) throw badRequest("Missing final '@domain'");
  if (!isAscii(bare.slice(0, at))) throw badRequest("Local address contains illegal characters");
  if (/\p{Cc}|\s/u.test(bare)) throw badRequest("Local address contains control or whitespace");
  throw badRequest("Domain contains illegal character");
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** `FromEmailAddress`, `undefined` where absent. @throws ApiRefusal */
export function readFrom(body: JsonObject): Address | undefined {
  const from = textField(body, "FromEmailAddress");
  return from === undefined ? undefined : readMailbox(from);
}

/** @throws ApiRefusal */
export function readReplyTo(body: JsonObject): readonly Address[] {
  return elements(body["ReplyToAddresses"]).map(readMailbox);
}

/** Addresses of a request that may be wrong in every way. */
export function addressesOf(body: JsonObject): RequestAddresses {
  const destinations = [
    body["Destination"],
    ...elements(body["BulkEmailEntries"]).map((one) => field(one, "Destination")),
  ];
  const bare = (value: unknown): readonly string[] =>
    typeof value === "string" ? (mailboxesOf(value)?.map(({ address }) => address) ?? []) : [];
  return {
    from: bare(body["FromEmailAddress"])[0],
    to: destinations.flatMap((destination) =>
      destinationLists.flatMap((name) => elements(field(destination, name)).flatMap(bare)),
    ),
  };
}
