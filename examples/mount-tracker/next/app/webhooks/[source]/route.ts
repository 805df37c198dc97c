import { tracker } from "../../../../src/tracker.ts";

export async function POST(request: Request, { params }: { params: Promise<{ source: string }> }): Promise<Response> {
  return tracker.handle(request, (await params).source);
}
