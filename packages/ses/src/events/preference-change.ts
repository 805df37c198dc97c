import { isEventRecord, type MailEvent, type MailEventType } from "@mail/core";
import { type JsonObject, listAt, objectAt, textAt } from "./json.ts";

/**
 * Whether somebody left or joined with the subscription page of SES. Of several changes at once a topic that was left
 * counts; where nothing changed, it is `unknown`, so that nobody is mailed again who only looked. `detail` names those
 * topics, or the contact list where it was left or joined as a whole.
 */
export function preferenceChange(part: JsonObject): { readonly type: MailEventType } & Pick<MailEvent, "detail"> {
  const [before, after] = [objectAt(part, "oldTopicPreferences"), objectAt(part, "newTopicPreferences")];
  const changedTo = (status: string): readonly string[] => {
    const already = new Set(topics(before, status));
    return topics(after, status).filter((topic) => !already.has(topic));
  };
  const leftAll = after["unsubscribeAll"] === true;
  const joinedAll = after["unsubscribeAll"] === false && before["unsubscribeAll"] !== false;
  const left = leftAll ? [] : changedTo("OptOut");
  const joined = changedTo("OptIn");
  const isUnsubscribed = leftAll || left.length > 0;
  const isSubscribed = joinedAll || joined.length > 0;
  const type = isUnsubscribed ? "unsubscribed" : isSubscribed ? "subscribed" : "unknown";
  const changed = isUnsubscribed ? left : joined;
  const detail = changed.length > 0 ? changed.join(", ") : textAt(part, "contactList");
  return detail === undefined ? { type } : { type, detail };
}

function topics(preferences: JsonObject, status: string): readonly string[] {
  return listAt(preferences, "topicSubscriptionStatus")
    .filter(isEventRecord)
    .filter((topic) => textAt(topic, "subscriptionStatus") === status)
    .flatMap((topic) => textAt(topic, "topicName") ?? []);
}
