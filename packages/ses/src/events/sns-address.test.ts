import { describe, expect, test } from "vitest";
import { certificateUrl, subscribeUrl } from "./sns.fixture.ts";
import { confirmationOrigin, isCertificateAddress } from "./sns-address.ts";

const host = "sns.eu-west-1.amazonaws.com";
const file = "SimpleNotificationService-0123abcd.pem";

test.each([
  certificateUrl,
  `https://sns.us-east-1.amazonaws.com/${file}`,
  `https://sns.us-gov-west-1.amazonaws.com/${file}`,
  `https://sns.ap-southeast-7.amazonaws.com/${file}`,
  `https://sns.cn-north-1.amazonaws.com.cn/${file}`,
])("%s is an address of a certificate", (address) => {
  expect(isCertificateAddress(address)).toBe(true);
});

const lookAlikes = [
  ["another scheme", `http://${host}/${file}`],
  ["a scheme in capitals", `HTTPS://${host}/${file}`],
  ["no scheme", `//${host}/${file}`],
  ["a file", `file://${host}/${file}`],
  ["data", "data:application/x-pem-file,sns.eu-west-1.amazonaws.com/x.pem"],
  ["a domain behind", `https://${host}.evil.example/${file}`],
  ["a domain in front", `https://evil.example/${host}/${file}`],
  ["a label in front", `https://evil.${host}/${file}`],
  ["a longer first label", `https://evilsns.eu-west-1.amazonaws.com/${file}`],
  ["another first label", `https://sqs.eu-west-1.amazonaws.com/${file}`],
  ["a hyphen for the dot", `https://sns-eu-west-1.amazonaws.com/${file}`],
  ["no region", `https://sns.amazonaws.com/${file}`],
  ["an empty region", `https://sns..amazonaws.com/${file}`],
  ["a label more", `https://sns.eu-west-1.evil.amazonaws.com/${file}`],
  ["the bucket sns of S3", `https://sns.s3.amazonaws.com/${file}`],
  ["the bucket sns of S3 in a region", `https://sns.s3-us-west-2.amazonaws.com/${file}`],
  ["the bucket sns of S3 as a website", `https://sns.s3-website-us-west-2.amazonaws.com/${file}`],
  ["the bucket sns of S3 by dual stack", `https://sns.s3.dualstack.us-west-2.amazonaws.com/${file}`],
  ["a machine of EC2", `https://sns.compute-1.amazonaws.com/${file}`],
  ["another domain", `https://sns.eu-west-1.amazonaws.com.evil/${file}`],
  ["another domain of China", `https://sns.cn-north-1.amazonaws.com.cn.evil.example/${file}`],
  ["a domain that ends alike", `https://sns.eu-west-1.evilamazonaws.com/${file}`],
  ["a digit for a letter", `https://sns.eu-west-1.amaz0naws.com/${file}`],
  ["another top level", `https://sns.eu-west-1.amazonaws.co/${file}`],
  ["any character for a dot", `https://sns.eu-west-1xamazonaws.com/${file}`],
  ["a Cyrillic letter", `https://sns.eu-west-1.am\u0430zonaws.com/${file}`],
  ["a full-width dot", `https://sns.eu-west-1\uff0eamazonaws.com/${file}`],
  ["a dot at the end", `https://${host}./${file}`],
  ["capitals", `https://SNS.eu-west-1.amazonaws.com/${file}`],
  ["a user", `https://${host}@evil.example/${file}`],
  ["a user before the host", `https://evil@${host}/${file}`],
  ["a user and password", `https://${host}:x@evil.example/${file}`],
  ["a port", `https://${host}:8443/${file}`],
  ["the default port, which SNS does not write", `https://${host}:443/${file}`],
  ["a host in the query", `https://evil.example/?${host}/${file}`],
  ["a host in the fragment", `https://evil.example/#${host}/${file}`],
  ["a backslash", `https://evil.example\\${host}/${file}`],
  ["a backslash after the host", `https://${host}\\@evil.example/${file}`],
  ["a tab", `https://${host}\t.evil.example/${file}`],
  ["a line break", `https://${host}/${file}\n`],
  ["a space in front", ` https://${host}/${file}`],
  ["a NUL", `https://${host}\0.evil.example/${file}`],
  ["an encoded slash", `https://evil.example%2f${host}/${file}`],
  ["an address", `https://127.0.0.1/${file}`],
  ["an address of the cloud's own", "http://169.254.169.254/latest/meta-data/x.pem"],
  ["an IPv6 address", `https://[::1]/${file}`],
  ["no path", `https://${host}`],
  ["another ending", `https://${host}/x.pem.exe`],
  ["a query for an ending", `https://${host}/?Action=GetTopic&x=.pem`],
  ["a query behind", `https://${host}/${file}?x=1`],
  ["a fragment", `https://${host}/x#.pem`],
  ["a folder", `https://${host}/x/${file}`],
  ["a way up", `https://${host}/../${file}`],
  ["a parameter", `https://${host}/x;.pem`],
  ["an encoded ending", `https://${host}/x%2epem`],
  ["a name without end", `https://${host}/${"x".repeat(10_000)}.pem`],
  ["a region without end", `https://sns.${"us-".repeat(10_000)}east-1.amazonaws.com/${file}`],
  ["nothing", ""],
] as const;

describe("no address of a certificate is one with", () => {
  test.each(lookAlikes)("%s", (_, address) => {
    expect(isCertificateAddress(address)).toBe(false);
  });
});

describe("the host that takes a confirmation", () => {
  test("is that of the SubscribeURL", () => {
    expect(confirmationOrigin(subscribeUrl)).toBe(`https://${host}`);
    expect(confirmationOrigin("https://sns.cn-north-1.amazonaws.com.cn/?Action=ConfirmSubscription")).toBe(
      "https://sns.cn-north-1.amazonaws.com.cn",
    );
  });

  const asked = lookAlikes.filter(([what, address]) => address.includes(file) && what !== "a query behind");
  test.each(asked)("is none of an address with %s", (_, address) => {
    expect(confirmationOrigin(address.replace(file, "?Action=ConfirmSubscription&Token=t"))).toBeUndefined();
  });

  test.each([
    `https://${host}`,
    `https://${host}/`,
    `https://${host}/x?Action=ConfirmSubscription`,
    `${subscribeUrl}\r\n`,
  ])("is none of %j", (address) => {
    expect(confirmationOrigin(address)).toBeUndefined();
  });
});
