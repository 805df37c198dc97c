import type { CaughtMail } from "../caught-mail.ts";
import { count, type Finding, finding } from "./finding.ts";

/** Gmail's limit for a whole mail as it is received by others; many servers allow less. */
const maxMailBytes = 25 * 1024 * 1024;

/** Gmail Help, "File types blocked in Gmail", the common ones. */
const blocked =
  /\.(?:ade|adp|apk|appx|bat|cab|chm|cmd|com|cpl|dll|dmg|exe|hta|ins|iso|isp|jar|js|jse|lib|lnk|mde|msc|msi|msix|msp|mst|nsh|pif|ps1|scr|sct|shb|sys|vb|vbe|vbs|vhd|vxd|wsc|wsf|wsh|xll)$/i;

export function checkAttachments({ attachments, size }: Pick<CaughtMail, "attachments" | "size">): readonly Finding[] {
  const names = attachments.map(({ filename }) => filename ?? "");
  const refused = names.filter((name) => blocked.test(name));
  const unnamed = attachments.filter(
    ({ filename, disposition }) => filename === undefined && disposition === "attachment",
  );
  const findings: Finding[] = [];
  if (size > maxMailBytes)
    findings.push(
      finding(
        "attachments",
        "warning",
        `Mail of ${(size / 1024 / 1024).toFixed(1)} MB`,
        "Gmail takes 25 MB; send a link instead.",
      ),
    );
  if (refused.length > 0)
    findings.push(
      finding(
        "attachments",
        "warning",
        `${count(refused.length, "attachment")} that Gmail refuses`,
        "Send a link instead.",
        refused,
      ),
    );
  if (unnamed.length > 0)
    findings.push(
      finding(
        "attachments",
        "note",
        `${count(unnamed.length, "attachment")} without a name`,
        "Readers see a made-up name.",
      ),
    );
  if (findings.length === 0 && attachments.length > 0)
    findings.push(finding("attachments", "good", count(attachments.length, "attachment")));
  return findings;
}
