import type { ComposedFile } from "../api/compose-mail.ts";
import { decodeBase64, elements, field, textField } from "../api/json-value.ts";
import { badRequest } from "./ses-provider.ts";

/** SES developer guide, "Unsupported attachment types". */
const refusedExtensions: ReadonlySet<string> = new Set(
  "ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi msp mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs vps vsmacros vss vst vsw vxd ws wsc wsf wsh xnk".split(
    " ",
  ),
);

const maxNameLength = 255;

/** `Attachments` of simple and templated content. @throws ApiRefusal */
export function readAttachments(value: unknown): readonly ComposedFile[] {
  return elements(value).map((entry) => {
    const filename = textField(entry, "FileName") ?? "";
    const content = decodeBase64(textField(entry, "RawContent") ?? "");
    if (content === undefined || field(entry, "RawContent") === undefined)
      throw badRequest("Attachment RawContent is missing or is not base64.");
    if (filename === "" || filename.length > maxNameLength)
      throw badRequest(`Attachment FileName must have 1 to ${maxNameLength} characters.`);
    checkFilename(filename);
    return {
      filename,
      content,
      contentType: textField(entry, "ContentType") ?? "application/octet-stream",
      disposition: textField(entry, "ContentDisposition") === "INLINE" ? "inline" : "attachment",
      contentId: textField(entry, "ContentId")?.replace(/^<|>$/g, ""),
    };
  });
}

/** @throws ApiRefusal for types that may carry programs */
export function checkFilename(filename: string): void {
  const extension = /\.([^.]*)$/.exec(filename)?.[1]?.toLowerCase() ?? "";
  if (refusedExtensions.has(extension)) throw badRequest(`Illegal filename '${filename}'.`);
}
