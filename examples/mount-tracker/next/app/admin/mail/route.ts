import { dashboard } from "../../../../src/tracker.ts";

export { dashboard as GET, dashboard as POST };
