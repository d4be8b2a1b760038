import assert from "node:assert/strict";
import { test } from "node:test";
import { ended, holdForFresh } from "../src/fresh";
import { settle } from "./fake";

const AT = 1_790_000_000_000;
const old = "https://desk/w/v1/media/1/plan.pdf?exp=1789999999&sig=x";
const good = "https://desk/w/v1/media/1/plan.pdf?exp=1790003600&sig=y";

test("signed addresses end when they say", () => {
  assert.equal(ended(old, AT), true);
  assert.equal(ended(good, AT), false);
  assert.equal(ended("https://desk/w/v1/media/1/exp=5", AT), false);
});

test("a file whose address has ended is followed by a fresh one, once", async () => {
  for (const [answer, want] of [[good, good], [old, old], [undefined, old]] as const) {
    const followed: string[] = [];
    let asked = 0;
    const renew = async () => { asked++; return answer; };
    const link = { href: old, click() { if (!holdForFresh(link, AT, renew)) followed.push(link.href); } };
    link.click();
    await settle();
    assert.deepEqual(followed, [want]);
    assert.equal(asked, 1);
  }
});

test("a file whose address is good, or cannot be renewed, is followed as it is", async () => {
  const followed: string[] = [];
  const link = { href: good, click() { if (!holdForFresh(link, AT, async () => assert.fail())) followed.push(link.href); } };
  link.click();
  link.href = old;
  const broken = { href: old, click() { if (!holdForFresh(broken, AT, () => Promise.reject(new Error("offline")))) followed.push(broken.href); } };
  broken.click();
  await settle();
  assert.deepEqual(followed, [good, old]);
});
