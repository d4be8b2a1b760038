import assert from "node:assert/strict";
import { test } from "node:test";
import en from "../src/call/locale/call-en";
import ru from "../src/call/locale/call-ru";
import { isAsk, isHandover } from "../src/call/popup";

test("both languages have all words and the same placeholders", () => {
  const holes = (words: unknown) => [...JSON.stringify(words).matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();
  const keys = (words: unknown): string[] => (typeof words === "object" ? Object.entries(words!).flatMap(([k, w]) => [k, ...keys(w)]).sort() : []);
  assert.deepEqual(keys(ru), keys(en));
  for (const key of Object.keys(ru) as (keyof typeof ru)[]) {
    assert.ok(ru[key] && en[key], key);
    assert.deepEqual(holes(ru[key]), holes(en[key]), key);
  }
  assert.deepEqual([ru.voice.no, ru.voice.yes, ru.video.no, ru.video.yes, ru.screen.no, ru.screen.yes, ru.noCall, ru.yesCall],
    ["Запретить", "Разрешить", "Отклонить", "Принять", "Отклонить", "Принять", "Отклонить", "Принять звонок"]);
});

test("only the two messages of the handover are understood", () => {
  assert.ok(isAsk({ frontdesk: "voice", tab: "x" }) && isHandover({ frontdesk: "session", token: "x" }));
  for (const other of [null, undefined, 5, "voice", {}, { frontdesk: "voice" }, { frontdesk: "session", token: 5 }]) {
    assert.ok(!isAsk(other) && !isHandover(other), JSON.stringify(other));
  }
});
