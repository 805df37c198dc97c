import type { SESv2Client } from "@aws-sdk/client-sesv2";
import { checkApiUrl, isLoopback, misconfigured, type OptionRules, timeLimitRule, urlParts } from "@mail/core";
import { checkCredentials, type SesCredentials } from "./ses-credentials.ts";

export interface SesOptions {
  /** AWS region, such as `eu-west-1`. Default: what the AWS SDK finds (`AWS_REGION`, the shared config file). */
  readonly region?: string | undefined;
  /** A key, or a function that gives one. Default: the credential chain of the AWS SDK. */
  readonly credentials?: SesCredentials | (() => Promise<SesCredentials>) | undefined;
  /** Another address of the API, such as `http://localhost:4566`. Default: the region's. */
  readonly endpoint?: string | undefined;
  /** Longest time for one request in milliseconds, connecting and uploading included. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Longest time for making a connection in milliseconds, TLS included. Default 10,000. */
  readonly connectionTimeoutMs?: number | undefined;
  /** Connections at once; further mails wait for a free one, within `timeoutMs`. Default 50. */
  readonly maxConnections?: number | undefined;
  /** Configuration set for all mails; `providerOptions.ses.configurationSetName` goes before it. */
  readonly configurationSetName?: string | undefined;
  /** A client of your own. Retries, timeouts, region and credentials are then yours to set (`maxAttempts: 1`). */
  readonly client?: Pick<SESv2Client, "send"> | undefined;
}

export const sesRules: OptionRules<SesOptions> = {
  region: { type: "string" },
  credentials: { type: ["object", "function"] },
  endpoint: { type: "string" },
  timeoutMs: timeLimitRule,
  connectionTimeoutMs: timeLimitRule,
  maxConnections: { type: "integer", min: 1 },
  configurationSetName: { type: "string" },
  client: { type: "object" },
};

const ownedByClient = [
  "region",
  "credentials",
  "endpoint",
  "timeoutMs",
  "connectionTimeoutMs",
  "maxConnections",
] as const;

/** Checks what the rules cannot say. @throws MailError `configuration` */
export function checkSesOptions(options: SesOptions): void {
  const { region, endpoint, client } = options;
  if (client !== undefined) {
    const other = ownedByClient.find((name) => options[name] !== undefined);
    if (typeof client.send !== "function")
      throw misconfigured("client", "has no method send", "Pass an SESv2Client of @aws-sdk/client-sesv2.");
    if (other !== undefined)
      throw misconfigured(other, "is given beside a client", `Set ${other} on the client, or leave the client out.`);
  }
  if (region !== undefined && endpoint === undefined && !/^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/.test(region))
    throw misconfigured("region", `is ${JSON.stringify(region)}, which is no AWS region`, "Write it like eu-west-1.");
  if (endpoint !== undefined) checkApiUrl(endpoint, "endpoint");
  if (typeof options.credentials === "object") checkCredentials(options.credentials);
}

/** `ses://KEYID:SECRET@default?region=eu-west-1`; without a user part the AWS credential chain is used. */
export function sesOptionsFromUrl(url: URL): SesOptions {
  const { user, password, host, port } = urlParts(url);
  if (url.pathname !== "" && url.pathname !== "/")
    throw misconfigured("url", "has a path", "Write ses://default?region=eu-west-1.");
  if ((user === undefined) !== (password === undefined))
    throw misconfigured(
      "url",
      user === undefined ? "has a secret, but no key id" : "has a key id, but no secret",
      "Write ses://KEYID:SECRET@default?region=eu-west-1, or leave both out to use the AWS credential chain.",
    );
  return {
    credentials:
      user === undefined || password === undefined ? undefined : { accessKeyId: user, secretAccessKey: password },
    endpoint: endpointOf(host, port),
  };
}

/** A host other than `default` is another endpoint: in clear text on this machine or network, by TLS elsewhere. */
function endpointOf(host: string | undefined, port: number | undefined): string | undefined {
  const wanted = "Write ses://default?region=eu-west-1, or ses://localhost:4566?region=eu-west-1 for a local endpoint.";
  if (host === undefined) throw misconfigured("url", "has no host", wanted);
  if (host === "default") {
    if (port === undefined) return undefined;
    throw misconfigured("url", "has a port, but `default` is no host", wanted);
  }
  const local = isLoopback(host);
  const oneLabel = !host.includes(".") && !host.startsWith("[");
  if (oneLabel && !local && port === undefined)
    throw misconfigured(
      "url",
      `has the host ${JSON.stringify(host)}, which is neither \`default\` nor an endpoint`,
      wanted,
    );
  return `${local || oneLabel ? "http" : "https"}://${host}${port === undefined ? "" : `:${port}`}`;
}

/** What must never be seen in an error. */
export function sesSecrets({ credentials }: SesOptions): readonly (string | undefined)[] {
  return typeof credentials === "object"
    ? [credentials.secretAccessKey, credentials.sessionToken, credentials.accessKeyId]
    : [];
}
