import { describeStore } from "../conformance/index.ts";
import { postgresSubject } from "../subjects.fixture.ts";
import { postgresUrl, whyNoServer } from "../test-servers.fixture.ts";

describeStore("postgresStore()", postgresSubject, await whyNoServer("PostgreSQL", postgresUrl, "postgres"));
