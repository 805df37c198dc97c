import type { Transport } from "@mail/core";

export type Provider = "sendgrid" | "mailgun" | "ses";

export const domain = "mg.acme.example";
export const apiKey = "SG.benchmark.benchmark-benchmark-benchmark-benchmark";
export const region = "eu-west-1";
export const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG" };

/** Our adapters, for the sink at `url`. */
export const transports: Readonly<Record<Provider, (url: string) => Promise<Transport>>> = {
  sendgrid: async (baseUrl) => (await import("@mail/sendgrid")).sendgrid({ apiKey, baseUrl }),
  mailgun: async (baseUrl) => (await import("@mail/mailgun")).mailgun({ apiKey, domain, baseUrl }),
  ses: async (endpoint) => (await import("@mail/ses")).ses({ region, credentials, endpoint }),
};
