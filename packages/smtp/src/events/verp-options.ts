import { misconfigured, type OptionRules, parseAddress } from "@mail/core";

/** A return path for each recipient (variable envelope return path), signed so that nobody else can make one up. */
export interface VerpOptions {
  /** Where bounces arrive, such as `bounces@acme.example`: mail to `bounces+…@acme.example` must come there too. */
  readonly address: string | undefined;
  /** At least 16 characters. Several for rotation: the first one signs, all are accepted. */
  readonly secret: string | readonly (string | undefined)[] | undefined;
}

/** Options that were checked. */
export interface VerpSettings {
  /** Before the `+`, in lower case. */
  readonly localPart: string;
  readonly domain: string;
  readonly secrets: readonly [string, ...string[]];
}

export const verpRules: OptionRules<VerpOptions> = {
  address: { type: "string", required: true },
  secret: { type: ["string", "array"], required: true },
};

/** What a local part of 64 bytes (RFC 5321 section 4.5.3.1.1) leaves beside `+` and 48 characters. */
const maxLocalPart = 15;
const minSecretLength = 16;

/**
 * @param options checked by `verpRules`
 * @param prefix of the names in errors
 * @throws MailError `configuration` that names the option; never shows the secret
 */
export function verpSettings({ address = "", secret }: VerpOptions, prefix = ""): VerpSettings {
  const parsed = parseAddress(address, `${prefix}address`, "configuration").address.toLowerCase();
  const at = parsed.lastIndexOf("@");
  const localPart = parsed.slice(0, at);
  if (!/^[a-z0-9._-]+$/.test(localPart) || localPart.length > maxLocalPart)
    throw misconfigured(
      `${prefix}address`,
      `has more than ${maxLocalPart} characters, or others than letters, digits, "." "_" and "-", before the @`,
      "Write a short one, such as bounces@acme.example; what tells the mails apart is put after it.",
    );
  const [first, ...others] = [secret].flat().map((value, index) => {
    if (typeof value === "string" && value.length >= minSecretLength) return value;
    const field = Array.isArray(secret) ? `${prefix}secret[${index}]` : `${prefix}secret`;
    throw weak(field, `has less than ${minSecretLength} characters`);
  });
  if (first === undefined) throw weak(`${prefix}secret`, "is empty");
  return { localPart, domain: parsed.slice(at + 1), secrets: [first, ...others] };
}

function weak(field: string, problem: string): Error {
  return misconfigured(field, problem, "Make one with: openssl rand -base64 32");
}
