/**
 * The hosts of SNS: `sns`, a region, `amazonaws.com` (China: `.cn`). The region is held to its form, because the host of
 * somebody's S3 bucket can be `sns.s3-us-west-2.amazonaws.com`. Texts are compared as they stand, so there is no second
 * way to read them: nothing but what SNS itself writes fits.
 */
const origin = String.raw`https://sns\.[a-z]{2,4}(?:-[a-z]{1,20}){1,2}-\d{1,2}\.amazonaws\.com(?:\.cn)?`;
const certificateAddress = new RegExp(String.raw`^${origin}/[A-Za-z0-9_-]{1,100}\.pem$`);
const subscribeAddress = new RegExp(String.raw`^(${origin})/\?[\x21-\x7e]*$`);

export function isCertificateAddress(address: string): boolean {
  return certificateAddress.test(address);
}

/** Where SNS takes a confirmation, such as `https://sns.eu-west-1.amazonaws.com`; `undefined` for any other address. */
export function confirmationOrigin(subscribeUrl: string): string | undefined {
  return subscribeAddress.exec(subscribeUrl)?.[1];
}
