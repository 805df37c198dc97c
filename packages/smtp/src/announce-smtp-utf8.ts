import type SMTPConnection from "nodemailer/lib/smtp-connection";

/** How nodemailer writes each command; not in its types. */
interface CommandWriter {
  _sendCommand(command: string, logged?: string): void;
}

/**
 * nodemailer says SMTPUTF8 for the envelope's addresses alone, but those in headers need it too (RFC 6531 section 3.2).
 * It has no option for that, so the keyword is added where the command is written.
 */
export function announceSmtpUtf8(connection: SMTPConnection, isNeeded: () => boolean): void {
  const writer = connection as SMTPConnection & CommandWriter;
  const write = writer._sendCommand;
  writer._sendCommand = (command, logged) => {
    const missing = isNeeded() && /^MAIL FROM:<[^>]*>(?!.* SMTPUTF8\b)/.test(command);
    write.call(writer, missing ? `${command} SMTPUTF8` : command, logged);
  };
}
