import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage, type Act } from "../src/box";
import type { Client } from "../src/client";
import { Draft } from "../src/draft";
import { settle } from "./fake";

test("a message does not overtake the one before, whose file is still on its way to the disk", async () => {
  const acts: Act[] = [];
  let onDisk = () => {};
  const client = {
    site: undefined,
    outbox: { entries: [], putBlob: () => new Promise<void>((done) => { onDisk = done; }) },
    uploadAhead: async () => undefined,
    act: async (act: Act) => { acts.push(act); },
  };
  const draft = new Draft(client as unknown as Client, memoryStorage(), memoryStorage(), "draft");
  draft.attach([new File(["bytes"], "plan.txt", { type: "text/plain" })]);
  draft.setText("look at this");
  const first = draft.send();
  draft.setText("and tell me");
  const second = draft.send();
  await settle();
  assert.equal(acts.length, 0);
  onDisk();
  await Promise.all([first, second]);
  assert.deepEqual(acts.map((a) => (a.act === "send" ? [a.text, a.files?.length ?? 0] : [])), [["look at this", 1], ["and tell me", 0]]);
});
