import { misconfigured } from "@mail/core";

/** An access key of AWS; `undefined`, as an unset environment variable gives it, is refused by name. */
export interface SesCredentials {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  /** Comes with temporary keys. */
  readonly sessionToken?: string | undefined;
}

/** Checks a key that stands in the options. @throws MailError `configuration` */
export function checkCredentials(credentials: SesCredentials): void {
  for (const name of Object.keys(credentials)) {
    if (!["accessKeyId", "secretAccessKey", "sessionToken", "expiration", "accountId"].includes(name))
      throw misconfigured(`credentials.${name}`, "is not known", "Give accessKeyId, secretAccessKey and sessionToken.");
  }
  sesKey(credentials);
}

/** An access key as the AWS SDK takes it. */
export interface SesKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The key whole; what else a function gives, such as `expiration`, is kept. @throws MailError `configuration` */
export function sesKey({ accessKeyId, secretAccessKey, sessionToken, ...others }: SesCredentials): SesKey {
  return {
    ...others,
    accessKeyId: keyText(accessKeyId, "accessKeyId"),
    secretAccessKey: keyText(secretAccessKey, "secretAccessKey"),
    ...(sessionToken !== undefined && { sessionToken: keyText(sessionToken, "sessionToken") }),
  };
}

function keyText(value: unknown, name: keyof SesCredentials): string {
  if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return value;
  const problem = value === undefined || value === "" ? "is missing" : "is no key: it has other characters";
  throw misconfigured(`credentials.${name}`, problem, "Leave `credentials` out to use the AWS credential chain.");
}
