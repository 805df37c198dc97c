import { tracker } from "../../../src/tracker.ts";

export const GET = (request: Request): Promise<Response> => tracker.unsubscribe(request);
export const POST = GET;
