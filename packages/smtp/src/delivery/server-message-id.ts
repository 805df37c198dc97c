/** Microsoft 365 and Outlook.com: `250 2.0.0 OK <id@host.prod.outlook.com> [Hostname=…]`. */
const outlookReply = /^250 2\.0\.0 OK (<[^<>\s]+\.prod\.outlook\.com>)/i;
/** Amazon SES: `250 Ok 0100018b5c3c0a4f-…-000000`, which is the local part. */
const sesReply = /^250 Ok ([0-9a-f]+(?:-[0-9a-f]+)+)$/i;
/** `email-smtp.eu-west-1.amazonaws.com`, or an endpoint of one's own network under it. */
const sesHost = /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d+)\.(?:.*\.)?(?:amazonaws|awsapps)\.com\.?$/;

/** The Message-ID that the server put in place of ours, where its answer to the mail tells it. */
export function serverMessageId(response: string, host: string): string | undefined {
  const text = response.trim();
  const outlook = outlookReply.exec(text)?.[1];
  if (outlook !== undefined) return outlook;
  const local = sesReply.exec(text)?.[1];
  const region = sesHost.exec(host.toLowerCase())?.[1];
  if (local === undefined || region === undefined) return undefined;
  return `<${local.toLowerCase()}@${region === "us-east-1" ? "email" : region}.amazonses.com>`;
}
