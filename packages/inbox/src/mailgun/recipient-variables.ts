import type { Address } from "@mail/core";
import { replaceBounded } from "../api/replace-bounded.ts";
import { valueText } from "../api/value-text.ts";
import type { RecipientVariables } from "./mailgun-mail.ts";

/** Puts a recipient's values into a text. */
export type Fill = (text: string) => string;

/**
 * Fills `%recipient%`, `%recipient_name%` and the like, and `%recipient.key%` from the recipient's variables; what has
 * no value stays as it is (user manual, "Batch sending" and "Template variables").
 */
export function fillFor({ name = "", address }: Address, variables: RecipientVariables): Fill {
  const own = variables.get(address.toLowerCase()) ?? {};
  const [first = "", ...others] = name.split(" ");
  const fixed: Readonly<Record<string, string>> = {
    "%recipient%": name === "" ? address : `${name} <${address}>`,
    "%recipient_email%": address,
    "%recipient_name%": name,
    "%recipient_fname%": first,
    "%recipient_lname%": others.join(" "),
  };
  return (text) =>
    replaceBounded(text, placeholder, (written, key) => {
      if (key === undefined) return fixed[written] ?? written;
      return Object.hasOwn(own, key) ? valueText(own[key]) : written;
    });
}

const placeholder = /%recipient(?:_email|_name|_fname|_lname)?%|%recipient\.([^%\s]{1,200})%/g;
