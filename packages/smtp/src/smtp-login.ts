import { createPrivateKey } from "node:crypto";
import { misconfigured } from "@mail/core";
import type { SMTPConnectionAuth } from "nodemailer/lib/smtp-connection";
import { sesSmtpPassword } from "./ses-smtp-password.ts";
import type { SmtpDkim, SmtpOAuth2, SmtpOptions } from "./smtp-options.ts";

/** How to log in; a token login shares one token among all connections. */
export type SmtpLogin =
  | { readonly kind: "password"; readonly user: string; readonly pass: string }
  | { readonly kind: "token"; readonly oauth2: SmtpOAuth2 };

const authKeys = ["user", "pass", "awsSecretAccessKey"];
const oauth2Keys = [
  "user",
  "clientId",
  "clientSecret",
  "refreshToken",
  "accessToken",
  "expires",
  "accessUrl",
  "scope",
  "serviceClient",
  "privateKey",
  "customParams",
];
const dkimKeys = ["domainName", "keySelector", "privateKey", "headerFieldNames", "skipFields"];

/** @throws MailError `configuration` that names the field */
export function loginOf({ auth, oauth2, region }: SmtpOptions): SmtpLogin | undefined {
  if (auth !== undefined && oauth2 !== undefined)
    throw misconfigured("oauth2", "is given beside auth", "Give one of them.");
  if (oauth2 !== undefined) return tokenLogin(oauth2);
  if (auth === undefined) return undefined;
  refuseUnknown("auth", auth, authKeys);
  const { user, pass, awsSecretAccessKey } = auth;
  requireText("auth.user", user);
  if (awsSecretAccessKey === undefined) {
    requireText("auth.pass", pass);
    return { kind: "password", user, pass };
  }
  if (pass !== undefined) throw misconfigured("auth.pass", "is given beside awsSecretAccessKey", "Give one of them.");
  requireText("auth.awsSecretAccessKey", awsSecretAccessKey);
  if (region === undefined)
    throw misconfigured("region", "is missing, and the password depends on it", "Give the region, such as eu-west-1.");
  return { kind: "password", user, pass: sesSmtpPassword(awsSecretAccessKey, region) };
}

function tokenLogin(oauth2: SmtpOAuth2): SmtpLogin {
  refuseUnknown("oauth2", oauth2, oauth2Keys);
  requireText("oauth2.user", oauth2.user);
  const { accessToken, refreshToken, serviceClient, privateKey } = oauth2;
  if (serviceClient !== undefined) requireText("oauth2.privateKey", privateKey);
  else if (accessToken === undefined && refreshToken === undefined)
    throw misconfigured("oauth2.refreshToken", "is missing", "Give refreshToken, accessToken or serviceClient.");
  return { kind: "token", oauth2 };
}

/** What is needed to sign a mail. */
export interface DkimKey extends SmtpDkim {
  readonly domainName: string;
  readonly keySelector: string;
  readonly privateKey: string;
}

/** @throws MailError `configuration` that names the field */
export function dkimKeyOf(dkim: SmtpOptions["dkim"]): DkimKey | undefined {
  if (dkim === undefined) return undefined;
  refuseUnknown("dkim", dkim, dkimKeys);
  const { domainName, keySelector, privateKey } = dkim;
  requireText("dkim.domainName", domainName);
  requireText("dkim.keySelector", keySelector);
  requireText("dkim.privateKey", privateKey);
  try {
    createPrivateKey(privateKey);
  } catch {
    throw misconfigured("dkim.privateKey", "is no private key", "Give it in PEM, line breaks included.");
  }
  return { ...dkim, domainName, keySelector, privateKey };
}

function refuseUnknown(option: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw misconfigured(`${option}.${unknown}`, "is not known", `Known in ${option}: ${known.join(", ")}.`);
}

function requireText(field: string, value: unknown): asserts value is string {
  if (typeof value === "string" && value !== "") return;
  throw misconfigured(field, "is missing or empty", `Set ${field}; an environment variable may be empty.`);
}

/** Makes nodemailer's form of the login, once for each transport. */
export async function connectionAuth(login: SmtpLogin): Promise<() => SMTPConnectionAuth> {
  if (login.kind === "password") {
    const { user, pass } = login;
    return () => ({ user, credentials: { user, pass } });
  }
  const { default: XOAuth2 } = await import("nodemailer/lib/xoauth2");
  const { user } = login.oauth2;
  const oauth2 = new XOAuth2({ ...login.oauth2, requestTimeout: tokenTimeoutMs });
  return () => ({ type: "OAUTH2", user, oauth2, method: "XOAUTH2" });
}

/** How long the token endpoint may take. */
const tokenTimeoutMs = 30_000;
