import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSE, policyFor } from "../src/closecodes";
import { Connection, type Phase } from "../src/connection";
import type { ServerFrame } from "../src/protocol";
import { FakeClock, FakeNetwork, welcome } from "./fake";

function setUp(random = 1) {
  const clock = new FakeClock();
  const net = new FakeNetwork();
  const phases: Phase[] = [];
  const frames: ServerFrame[] = [];
  let online = true;
  const connection = new Connection({
    open: net.opener, clock, random: () => random,
    hello: () => ({ t: "hello", v: 1 }),
    frame: (f) => frames.push(f),
    phase: (p) => phases.push(p),
    closed: () => {},
    online: () => online,
  });
  const goLive = () => { net.current.open(); net.current.receive(welcome()); };
  return { clock, net, phases, frames, connection, goLive, setOnline: (v: boolean) => { online = v; } };
}

test("hello is the first frame, live only after welcome", () => {
  const { net, connection } = setUp();
  connection.start();
  assert.equal(connection.phase, "connecting");
  assert.equal(connection.send({ t: "typing", on: true }), false);
  net.current.open();
  assert.deepEqual(net.current.sent, [{ t: "hello", v: 1 }]);
  net.current.receive(welcome());
  assert.equal(connection.phase, "live");
});

test("an attempt without welcome is given up after 10 s", async () => {
  const { clock, net, connection } = setUp();
  connection.start();
  net.current.open();
  await clock.advance(9_900);
  assert.equal(connection.phase, "connecting");
  await clock.advance(200);
  assert.equal(connection.phase, "waiting");
  assert.ok(net.attempts[0]!.closed);
});

test("back-off doubles from 0.3 s to 30 s and stays there", async () => {
  const { clock, net, connection, setOnline } = setUp(1);
  setOnline(false);
  connection.start();
  const delays: number[] = [];
  for (let i = 0; i < 10; i++) {
    net.current.close(1006);
    const before = clock.now();
    const count = net.attempts.length;
    while (net.attempts.length === count) await clock.advance(50);
    delays.push(clock.now() - before);
  }
  assert.deepEqual(delays, [300, 600, 1200, 2400, 4800, 9600, 19200, 30000, 30000, 30000]);
});

test("jitter spreads a reconnecting crowd over half of the delay", async () => {
  const { clock, net, connection } = setUp(0);
  connection.start();
  net.current.close(1006);
  await clock.advance(149);
  assert.equal(net.attempts.length, 1);
  await clock.advance(1);
  assert.equal(net.attempts.length, 2);
});

test("a lasting connection resets the back-off, a flapping one does not", async () => {
  const { clock, net, connection, goLive } = setUp(1);
  connection.start();
  for (let i = 0; i < 4; i++) {
    goLive();
    net.current.close(1006);
    const count = net.attempts.length;
    while (net.attempts.length === count) await clock.advance(50);
  }
  goLive();
  net.current.close(1006);
  const count = net.attempts.length;
  await clock.advance(4_700);
  assert.equal(net.attempts.length, count);
  await clock.advance(200);
  goLive();
  await clock.advance(6_000);
  net.current.receive({ t: "pong", n: 99 });
  net.current.close(1006);
  await clock.advance(300);
  assert.equal(net.attempts.length, count + 2);
});

test("one-way loss while watched is noticed and healed within 15 s, whenever it begins", async () => {
  for (let offset = 0; offset <= 12_000; offset += 500) {
    const { clock, net, connection, goLive } = setUp(1);
    net.onFrame = (t, f) => { if (f.t === "ping") t.receive({ t: "pong", n: f.n as number }); };
    connection.start();
    connection.watch(true);
    goLive();
    await clock.advance(offset);
    net.current.deaf = true;
    const began = clock.now();
    const count = net.attempts.length;
    while (net.attempts.length === count) await clock.advance(50);
    goLive();
    assert.equal(connection.phase, "live");
    assert.ok(clock.now() - began < 15_000, `offset ${offset}: ${clock.now() - began} ms`);
  }
});

test("unwatched and idle it pings once per heartbeat only", async () => {
  const { clock, net, connection, goLive } = setUp();
  net.onFrame = (t, f) => { if (f.t === "ping") t.receive({ t: "pong", n: f.n as number }); };
  connection.start();
  goLive();
  await clock.advance(101_000);
  assert.equal(net.current.sent.filter((f) => f.t === "ping").length, 4);
  assert.equal(net.attempts.length, 1);
});

test("an unanswered frame is followed by a ping after 5 s and by a reconnection after 10 s", async () => {
  const { clock, net, connection, goLive } = setUp();
  connection.start();
  goLive();
  connection.send({ t: "send", cid: "abcdefgh" }, true);
  await clock.advance(4_900);
  assert.equal(net.current.last("ping"), undefined);
  await clock.advance(200);
  assert.ok(net.current.last("ping"));
  await clock.advance(4_800);
  assert.equal(connection.phase, "live");
  await clock.advance(200);
  assert.equal(connection.phase, "waiting");
});

test("frames without an answer (typing, receipts) start no deadline", async () => {
  const { clock, connection, goLive } = setUp();
  connection.start();
  goLive();
  connection.send({ t: "typing", on: true });
  await clock.advance(20_000);
  assert.equal(connection.phase, "live");
});

test("when only our direction is dead, missing pongs end the connection although frames come in", async () => {
  const { clock, net, connection, goLive } = setUp();
  connection.start();
  connection.watch(true);
  goLive();
  for (let s = 0; s < 30 && connection.phase === "live"; s++) {
    await clock.advance(1_000);
    // Not every second, or the idle ping would never be due.
    if (s % 6 === 5) net.current.receive({ t: "typing", on: true });
  }
  assert.notEqual(connection.phase, "live");
});

test("the server's ping is answered with its number", () => {
  const { net, connection, goLive } = setUp();
  connection.start();
  goLive();
  net.current.receive({ t: "ping", n: 7 });
  assert.deepEqual(net.current.sent.at(-1), { t: "pong", n: 7 });
});

test("check: pings a live connection, and a suspicious one dies after 4 s of silence", async () => {
  const { clock, net, connection, goLive } = setUp();
  connection.start();
  goLive();
  connection.check(true);
  assert.ok(net.current.last("ping"));
  await clock.advance(4_100);
  assert.notEqual(connection.phase, "live");
});

test("check: ends the waiting at once", async () => {
  const { clock, net, connection } = setUp(1);
  connection.start();
  for (let i = 0; i < 6; i++) { net.current.close(1006); connection.check(); }
  assert.equal(net.attempts.length, 7);
  await clock.advance(0);
});

test("after a sleep the connection is probed before anything is believed", async () => {
  const { clock, net, connection, goLive } = setUp();
  net.onFrame = (t, f) => { if (f.t === "ping") t.receive({ t: "pong", n: f.n as number }); };
  connection.start();
  goLive();
  net.current.deaf = true;
  clock.sleep(3_600_000);
  await clock.advance(10);
  assert.ok(net.current.last("ping"));
  await clock.advance(4_400);
  assert.equal(net.attempts.length, 2);
});

test("close codes: the documented table", async () => {
  const stops = [CLOSE.badVersion, CLOSE.badSite, CLOSE.badOrigin, CLOSE.revoked, CLOSE.replaced];
  const returns = [1000, 1001, 1006, 1009, 1011, 4000, 4001, 4003, 4004, 4005, 4006, 4007, 4010, 4999];
  for (const code of stops) {
    const { net, connection, goLive, clock } = setUp();
    connection.start();
    goLive();
    net.current.close(code);
    await clock.advance(120_000);
    assert.equal(connection.phase, "stopped", String(code));
    assert.equal(net.attempts.length, 1, String(code));
    assert.equal(connection.lastCode, code);
  }
  for (const code of returns) {
    const { net, connection, goLive, clock } = setUp();
    connection.start();
    goLive();
    net.current.close(code);
    await clock.advance(31_000);
    assert.ok(net.attempts.length > 1, String(code));
  }
  assert.equal(policyFor(CLOSE.badToken).forget, true);
  assert.equal(policyFor(CLOSE.tooBig).dropFrame, true);
});

test("close codes: 4005 waits 30 s and 4006 10 s, even when the visitor looks again", async () => {
  for (const [code, floor] of [[4005, 30_000], [4006, 10_000]] as const) {
    const { net, connection, goLive, clock } = setUp();
    connection.start();
    goLive();
    net.current.close(code);
    await clock.advance(floor - 100);
    connection.check();
    assert.equal(net.attempts.length, 1);
    await clock.advance(500);
    assert.equal(net.attempts.length, 2);
  }
});

test("bye: `again` is a floor, -1 means never", async () => {
  const { net, connection, goLive, clock } = setUp();
  connection.start();
  goLive();
  net.current.receive({ t: "bye", code: 1001, reason: "", again: 5_000 });
  net.current.close(1001);
  await clock.advance(4_900);
  assert.equal(net.attempts.length, 1);
  await clock.advance(500);
  assert.equal(net.attempts.length, 2);
  goLive();
  net.current.receive({ t: "bye", code: 4007, reason: "", again: -1 });
  net.current.close(4007);
  assert.equal(connection.phase, "stopped");
});

test("three sockets that never got a welcome lead to polling, three polls back to sockets", async () => {
  const { net, connection } = setUp();
  connection.start();
  for (let i = 0; i < 6; i++) { net.current.close(1006); connection.check(); }
  assert.deepEqual(net.attempts.map((a) => a.carrier), ["socket", "socket", "socket", "polling", "polling", "polling", "socket"]);
});

test("being offline is no reason for polling, a forbidden socket is at once", () => {
  const a = setUp();
  a.setOnline(false);
  a.connection.start();
  for (let i = 0; i < 8; i++) { a.net.current.close(1006); a.connection.check(); }
  assert.ok(a.net.attempts.every((t) => t.carrier === "socket"));
  const b = setUp();
  b.connection.start();
  b.net.current.close(CLOSE.blocked);
  b.connection.check();
  assert.equal(b.net.current.carrier, "polling");
});

test("events of a dropped transport change nothing", async () => {
  const { net, connection, goLive, frames } = setUp();
  connection.start();
  goLive();
  const old = net.current;
  connection.restart();
  const seen = frames.length;
  old.events.data(JSON.stringify({ t: "typing", on: true }));
  old.events.close(4013);
  assert.equal(frames.length, seen);
  assert.equal(connection.phase, "connecting");
});
