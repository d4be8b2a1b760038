// Hosts the real Element Call as a Matrix client does: in a frame, talking the widget API. Tests call `host`.
import { ClientEvent, EventType, RoomEvent, RoomStateEvent } from "matrix-js-sdk";
import { ClientWidgetApi, MatrixWidgetType, OpenIDRequestState, Widget, WidgetDriver } from "matrix-widget-api";
import { connect, room as joined } from "./matrix.js";

let client, api;
let actions = [];

const raw = (event) => event.getEffectiveEvent();

/** Lets the widget do what Element lets it do. */
class Driver extends WidgetDriver {
  constructor(roomId) {
    super();
    this.roomId = roomId;
  }

  async validateCapabilities(requested) {
    return requested;
  }

  async sendEvent(type, content, stateKey = null, roomId = null) {
    const room = roomId ?? this.roomId;
    let sent;
    if (stateKey !== null) sent = await client.sendStateEvent(room, type, content, stateKey);
    else if (type === EventType.RoomRedaction) sent = await client.redactEvent(room, content.redacts);
    else sent = await client.sendEvent(room, type, content);
    return { roomId: room, eventId: sent.event_id };
  }

  async sendDelayedEvent(delay, type, content, stateKey = null, roomId = null) {
    const room = roomId ?? this.roomId;
    const sent = stateKey === null
      ? await client._unstable_sendDelayedEvent(room, { delay }, null, type, content)
      : await client._unstable_sendDelayedStateEvent(room, { delay }, type, content, stateKey);
    return { roomId: room, delayId: sent.delay_id };
  }

  async cancelScheduledDelayedEvent(id) {
    await client._unstable_cancelScheduledDelayedEvent(id);
  }

  async restartScheduledDelayedEvent(id) {
    await client._unstable_restartScheduledDelayedEvent(id);
  }

  async sendScheduledDelayedEvent(id) {
    await client._unstable_sendScheduledDelayedEvent(id);
  }

  async sendToDevice(type, _encrypted, contents) {
    const all = new Map(Object.entries(contents).map(([user, devices]) => [user, new Map(Object.entries(devices))]));
    await client.sendToDevice(type, all);
  }

  async readRoomTimeline(roomId, type, msgtype, stateKey, limit, since) {
    const found = [];
    for (const event of [...client.getRoom(roomId).getLiveTimeline().getEvents()].reverse()) {
      if (found.length >= (limit || Infinity) || (since !== undefined && event.getId() === since)) break;
      if (event.getType() !== type || event.isState() !== (stateKey !== undefined)) continue;
      if (type === EventType.RoomMessage && msgtype && event.getContent().msgtype !== msgtype) continue;
      if (stateKey !== undefined && event.getStateKey() !== stateKey) continue;
      found.push(raw(event));
    }
    return found;
  }

  async readRoomState(roomId, type, stateKey) {
    const state = client.getRoom(roomId).currentState;
    if (stateKey === undefined) return state.getStateEvents(type).map(raw);
    const event = state.getStateEvents(type, stateKey);
    return event ? [raw(event)] : [];
  }

  async readStickyEvents() {
    return [];
  }

  async readEventRelations(eventId, roomId, relation, type, from, to, limit, dir) {
    const { events, nextBatch, prevBatch } = await client.relations(roomId ?? this.roomId, eventId, relation ?? null, type ?? null, { from, to, limit, dir });
    return { chunk: events.map(raw), nextBatch, prevBatch };
  }

  askOpenID(observer) {
    client.getOpenIdToken().then(
      (token) => observer.update({ state: OpenIDRequestState.Allowed, token }),
      () => observer.update({ state: OpenIDRequestState.Blocked }),
    );
  }

  async getRtcTransports() {
    return { rtc_transports: await client._unstable_getRTCTransports() };
  }

  async getMediaConfig() {
    return client.getMediaConfig();
  }

  getKnownRooms() {
    return client.getRooms().map((r) => r.roomId);
  }

  processError(error) {
    if (typeof error?.asWidgetApiErrorData !== "function") return undefined;
    return { matrix_api_error: error.asWidgetApiErrorData() };
  }
}

/** Tells the widget of a room what syncing brings. */
function feed(roomId) {
  client.on(RoomEvent.Timeline, (event, room, toStart) => {
    if (!toStart && room?.roomId === roomId) void api?.feedEvent(raw(event));
  });
  client.on(RoomStateEvent.Events, (event) => {
    if (event.getRoomId() === roomId) void api?.feedStateUpdate(raw(event));
  });
  client.on(ClientEvent.ReceivedToDeviceMessage, ({ message, encryptionInfo }) => void api?.feedToDevice(message, !!encryptionInfo));
}

/** Takes the widget away. */
function close() {
  api?.stop();
  api = undefined;
  actions = [];
  client.removeAllListeners(RoomEvent.Timeline);
  client.removeAllListeners(RoomStateEvent.Events);
  client.removeAllListeners(ClientEvent.ReceivedToDeviceMessage);
  document.querySelector("iframe")?.remove();
}

window.host = {
  async start(account) {
    client = await connect(account);
    return client.getUserId();
  },

  /** Opens Element Call on a room, with an intent of Element's such as "start_call_dm_voice". devices: {tone, camera, screen}. */
  async open({ room: roomId, intent, devices }) {
    await joined(client, roomId);
    close();
    window.devices = devices;
    const url = new URL("call/index.html", location.href);
    const parameters = new URLSearchParams({
      widgetId: "call", parentUrl: location.origin, roomId, userId: client.getUserId(), deviceId: client.getDeviceId(), baseUrl: client.baseUrl,
      intent, lang: "en", theme: "dark", perParticipantE2EE: "false", allowIceFallback: "false", skipLobby: "true",
    });
    url.hash = `?${parameters}`;
    const frame = Object.assign(document.createElement("iframe"), { allow: "camera;microphone;display-capture;autoplay" });
    const widget = new Widget({ id: "call", creatorUserId: client.getUserId(), type: MatrixWidgetType.Custom, url: url.href, waitForIframeLoad: false });
    document.body.append(frame);
    api = new ClientWidgetApi(widget, frame, new Driver(roomId));
    for (const action of ["io.element.join", "im.vector.hangup", "io.element.close", "io.element.device_mute", "set_always_on_screen"]) {
      api.on(`action:${action}`, (event) => {
        event.preventDefault();
        actions.push(action);
        api.transport.reply(event.detail, action === "set_always_on_screen" ? { success: true } : {});
      });
    }
    api.setViewedRoomId(roomId);
    feed(roomId);
    frame.src = url.href;
    return true;
  },

  /** Presses Element's own buttons around the widget. */
  async hangUp() {
    await api.transport.send("im.vector.hangup", {});
    return true;
  },

  /** {audio_enabled?, video_enabled?} */
  async devices(state) {
    return api.transport.send("io.element.device_mute", state);
  },

  /** What the widget has told so far, and what it shows. */
  look() {
    return { actions: [...actions], text: document.querySelector("iframe")?.contentDocument?.body?.innerText ?? "" };
  },
};
