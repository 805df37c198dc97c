import { createHmac } from "node:crypto";

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text, "utf8").digest();

/** Fixed parts of the signature (Amazon SES developer guide, "Obtaining Amazon SES SMTP credentials"). */
const date = "11111111";
const steps = ["ses", "aws4_request", "SendRawEmail"];
const version = 0x04;

/**
 * The SMTP password of an AWS secret access key. It holds for one region only; temporary credentials have none.
 * Source: Amazon SES developer guide, "Converting existing AWS credentials".
 */
export function sesSmtpPassword(secretAccessKey: string, region: string): string {
  const signature = [region, ...steps].reduce<Buffer>(hmac, hmac(`AWS4${secretAccessKey}`, date));
  return Buffer.concat([Buffer.from([version]), signature]).toString("base64");
}
