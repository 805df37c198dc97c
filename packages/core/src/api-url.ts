import { misconfigured } from "./configuration-error.ts";

/**
 * Checks the address of a provider's API, and gives it without a slash at its end.
 * @throws MailError `configuration` that names the option
 */
export function checkApiUrl(address: string, option: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const plain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === "";
  if (!plain || !["http:", "https:"].includes(url.protocol))
    throw misconfigured(option, "is no http or https address", "Write https://host, or http://127.0.0.1:8025.");
  if (/\/v\d+\/*$/.test(url.pathname))
    throw misconfigured(option, "ends in a version", "Leave the version out: it is added to each request.");
  return url.href.replace(/\/+$/, "");
}
