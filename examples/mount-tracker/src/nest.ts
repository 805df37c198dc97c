import "reflect-metadata";
import { nodeListener } from "@mail/tracking/node";
import { All, Body, Controller, Module, Param, Post, Req, Res } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import type { Request, Response } from "express";
import { dashboard, tracker } from "./tracker.ts";

@Controller()
class MailController {
  @Post("webhooks/:source")
  webhook(@Param("source") source: string, @Req() req: Request, @Res() res: Response): void {
    nodeListener((request) => tracker.handle(request, source))(req, res);
  }

  @All("unsubscribe")
  unsubscribe(@Req() req: Request, @Res() res: Response): void {
    nodeListener(tracker.unsubscribe)(req, res);
  }

  @All("admin/mail")
  dashboard(@Req() req: Request, @Res() res: Response): void {
    nodeListener(dashboard)(req, res);
  }
}

@Controller()
class OrderController {
  @Post("orders")
  order(@Body() body: unknown): unknown {
    return { ordered: body };
  }
}

@Module({ controllers: [MailController, OrderController] })
class AppModule {}

// Signatures cover the bytes as they came, so the parser keeps them. SendGrid posts up to 768 KB.
const app = await NestFactory.create<NestExpressApplication>(AppModule, { rawBody: true });
app.useBodyParser("json", { limit: "5mb" });
await app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
console.log(await app.getUrl());
