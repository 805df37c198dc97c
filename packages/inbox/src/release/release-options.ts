import { misconfigured, parseAddress, type Transport } from "@mail/core";

/** Where caught mails may be sent on to: a transport of the app's or one by its address, for these recipients alone. */
export type ReleaseOptions = {
  /** Addresses, or `*@domain` for all of a domain. */
  readonly allow: readonly string[];
} & (
  | { readonly transport: Transport; readonly url?: undefined }
  /** A `MAIL_URL`; the package of its provider must be installed. */
  | { readonly url: string; readonly transport?: undefined }
);

/** @throws MailError `configuration` that names the option */
export function checkRelease(release: ReleaseOptions): void {
  const { transport, url, allow, ...unknown }: Partial<ReleaseOptions> = release;
  const [odd] = Object.keys(unknown);
  if (odd !== undefined) throw misconfigured(`release.${odd}`, "is no option", "Options: transport, url, allow.");
  if ((transport === undefined) === (url === undefined))
    throw misconfigured(
      "release",
      "needs either transport or url",
      'Write { url: "smtp://…", allow: ["*@acme.example"] }.',
    );
  if (transport !== undefined && typeof transport.send !== "function")
    throw misconfigured("release.transport", "is no transport", "Pass what an adapter makes, such as smtp({ … }).");
  if (url !== undefined && (typeof url !== "string" || url.trim() === ""))
    throw misconfigured("release.url", "must be a text that is not empty", "Write it like smtp://user:pass@host:587.");
  allowList(allow);
}

/**
 * In the form in which recipients are compared: domains in ASCII, all in lower case.
 * @throws MailError `configuration` for an entry that is neither an address nor `*@domain`
 */
export function allowList(allow: unknown): readonly string[] {
  const hint = 'Write addresses, or all of a domain as in ["ada@acme.example", "*@acme.example"].';
  if (!Array.isArray(allow) || allow.length === 0)
    throw misconfigured("release.allow", "must be a list that allows somebody", hint);
  return allow.map((entry: unknown, index) => {
    const address = typeof entry === "string" ? addressIn(entry.trim()) : undefined;
    if (address === undefined) throw misconfigured(`release.allow[${index}]`, "is no address", hint);
    return address;
  });
}

const anyone = /^\*(?=@)/;

function addressIn(entry: string): string | undefined {
  try {
    const { address } = parseAddress(entry.replace(anyone, "anyone"), "allow");
    return (anyone.test(entry) ? address.replace("anyone", "*") : address).toLowerCase();
  } catch {
    return undefined;
  }
}

/** Whether all of `allowed`, as made by {@link allowList}, lets mails go to the address. */
export function isAllowed(address: string, allowed: readonly string[]): boolean {
  const wanted = address.toLowerCase();
  return allowed.includes(wanted) || allowed.includes(`*${wanted.slice(wanted.lastIndexOf("@"))}`);
}
