/** The id of the mail that all samples are about. */
export const mailId = "019b1c2d-3e4f-7a5b-8c6d-7e8f9a0b1c2d";
export const messageId = `<${mailId}@acme.example>`;

export const originalHeaders: string = [
  "Return-Path: <bounces@acme.example>",
  "From: Acme <app@acme.example>",
  "To: Ada <ada@example.com>",
  "Subject: Hello",
  `X-Mail-Id: ${mailId}`,
  `Message-ID: ${messageId}`,
  "Date: Thu, 1 Jan 2026 10:00:00 +0000",
].join("\n");

export interface ReportParts {
  readonly headers?: readonly string[];
  /** The text for people. */
  readonly text?: string;
  /** Media type and content of the part for machines. */
  readonly report: readonly [type: string, content: string];
  readonly original?: readonly [type: string, content: string] | undefined;
}

/** Lines of a `multipart/report` (RFC 6522), ended by CRLF. */
export function reportMail({ headers = [], text = "Sorry.", report, original }: ReportParts): string {
  const parts = [["text/plain", text], report, original ?? ["text/rfc822-headers", originalHeaders]];
  const lines = [
    ...headers,
    "From: Mail Delivery System <mailer-daemon@mx.example.com>",
    "To: bounces@acme.example",
    "Date: Thu, 1 Jan 2026 12:00:00 +0000",
    "Message-ID: <report-1@mx.example.com>",
    "MIME-Version: 1.0",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"',
    "",
    ...parts.flatMap(([type, content]) => ["--=_b", `Content-Type: ${type}`, "", content]),
    "--=_b--",
    "",
  ];
  return crlf(lines.join("\n"));
}

/** A delivery status notification about one recipient, of these fields. */
export function statusMail(fields: readonly string[], parts: Partial<ReportParts> = {}): string {
  const content = ["Reporting-MTA: dns; mx.example.com", "", ...fields, ""].join("\n");
  return reportMail({ report: ["message/delivery-status", content], ...parts });
}

/** A complaint of these fields. */
export function feedbackMail(fields: readonly string[], parts: Partial<ReportParts> = {}): string {
  return reportMail({ report: ["message/feedback-report", `${fields.join("\n")}\n`], ...parts });
}

export function plainMail(headers: readonly string[], body: string): string {
  return crlf([...headers, "", body, ""].join("\n"));
}

function crlf(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}

/** As Gmail writes it: replies of several lines, folded, and the answer quoted. */
export const gmailBounce: string = reportMail({
  headers: ["X-Failed-Recipients: ada@example.com", "Auto-Submitted: auto-replied"],
  report: [
    "message/delivery-status",
    `Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; app@acme.example
Arrival-Date: Thu, 01 Jan 2026 02:00:00 -0800 (PST)
X-Original-Message-ID: ${messageId}

Final-Recipient: rfc822; ada@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.com. (192.0.2.1, the server for the domain example.com.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos or
 550 5.1.1 unnecessary spaces. - gsmtp
Last-Attempt-Date: Thu, 01 Jan 2026 02:00:02 -0800 (PST)
`,
  ],
  original: ["message/rfc822", `${originalHeaders}\n\n----- Message truncated -----\n`],
});

/** As Exchange Online writes it: fields of its own, types in capitals, no space after the semicolon. */
export const exchangeBounce: string = reportMail({
  headers: ["X-MS-Exchange-Message-Is-Ndr: ", "Auto-Submitted: auto-replied"],
  report: [
    "message/delivery-status",
    `Reporting-MTA: dns;AM0PR01MB0000.eurprd01.prod.exchangelabs.com
Received-From-MTA: dns;mail.acme.example
Arrival-Date: Thu, 1 Jan 2026 10:00:01 +0000

Final-Recipient: RFC822;ada@example.com
Action: FAILED
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@example.com not found by
 SMTP address lookup
X-Display-Name: Ada
`,
  ],
  original: ["message/rfc822", `Received: from mail.acme.example\n${originalHeaders}\nContent-Type: text/plain\n`],
});

/** The qmail-send Bounce Message Format, two recipients. */
export const qmailBounceMail: string = plainMail(
  [
    "Return-Path: <>",
    "Delivered-To: bounces@acme.example",
    "Date: 1 Jan 2026 12:00:00 -0000",
    "From: MAILER-DAEMON@mx.example.com",
    "To: bounces@acme.example",
    "Subject: failure notice",
  ],
  `Hi. This is the qmail-send program at mx.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@example.com>:
Sorry, no mailbox here by that name. (#5.1.1)

<bob@example.com>:
192.0.2.1 does not like recipient.
Remote host said: 550 not here, 5.1.1 says nothing
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

${originalHeaders}

<carol@example.com>:
What stands in the mail itself. (#5.1.1)`,
);

/** As Exim wrote it before 4.83. */
export const oldEximBounce: string = plainMail(
  [
    "Return-path: <>",
    "X-Failed-Recipients: ada@example.com,",
    "  bob@example.com",
    "Auto-Submitted: auto-replied",
    "From: Mail Delivery System <Mailer-Daemon@mx.example.com>",
    "To: bounces@acme.example",
    "Subject: Mail delivery failed: returning message to sender",
    "Message-Id: <E1abcde-0000aa-Bc@mx.example.com>",
    "Date: Thu, 01 Jan 2026 12:00:00 +0000",
  ],
  `This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@example.com
    SMTP error from remote mail server after RCPT TO:<ada@example.com>:
    host mx.example.com [192.0.2.1]: 550 5.1.1 User unknown
  bob@example.com
    mailbox is full

------ This is a copy of the message, including all the headers. ------
------ The body of the message is 109434 characters long; only the first
------ 106496 or so are included here.

${originalHeaders}

Hello`,
);
