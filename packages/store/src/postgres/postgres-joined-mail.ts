/** SQL for the mail of an event that does not name it by its id. */
export const joinedMail = (schema: string, event: string): string =>
  `coalesce(${schema}.named_mail(${event}.provider_name, ${event}.recipient_key),
    ${schema}.named_mail(${event}.message_name, ${event}.recipient_key))`;
