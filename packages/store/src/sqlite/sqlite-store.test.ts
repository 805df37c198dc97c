import { describeStore } from "../conformance/index.ts";
import { sqliteSubject } from "../subjects.fixture.ts";

describeStore("sqliteStore()", sqliteSubject);
