import { tracker } from "../../../src/tracker.ts";

const { unsubscribe } = tracker;

export { unsubscribe as GET, unsubscribe as POST };
