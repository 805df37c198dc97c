import { describeStore } from "../conformance/index.ts";
import { redisSubject } from "../subjects.fixture.ts";
import { redisUrl, whyNoServer } from "../test-servers.fixture.ts";

describeStore("redisStore()", redisSubject, await whyNoServer("Redis", redisUrl, "redis"));
