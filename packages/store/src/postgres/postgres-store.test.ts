import { Client } from "pg";
import { describeStore } from "../conformance/index.ts";
import { postgresUrl, uniqueName, whyNoServer } from "../test-servers.fixture.ts";
import { postgresStore } from "./index.ts";

const skip = await whyNoServer("PostgreSQL", postgresUrl, "postgres");

describeStore(
  "postgresStore()",
  () => {
    const schema = uniqueName();
    return {
      open: () => postgresStore({ url: postgresUrl, schema }),
      async close() {
        const client = new Client(postgresUrl);
        await client.connect();
        await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
        await client.end();
      },
    };
  },
  skip,
);
