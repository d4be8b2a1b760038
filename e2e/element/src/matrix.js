import { ClientEvent, SyncState, createClient } from "matrix-js-sdk";

/** Logs in with a token and returns when the rooms are known. */
export async function connect({ homeserver, user, device, token }) {
  const client = createClient({ baseUrl: homeserver, userId: user, deviceId: device, accessToken: token, timelineSupport: true });
  const ready = new Promise((resolve) => {
    client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && resolve());
  });
  await client.startClient({ initialSyncLimit: 20, lazyLoadMembers: false });
  await ready;
  return client;
}

/** The room, once it is joined. */
export async function room(client, id) {
  const found = () => {
    const r = client.getRoom(id);
    return r?.getMyMembership() === "join" ? r : null;
  };
  return found() ?? new Promise((resolve) => {
    const look = () => {
      if (!found()) return;
      client.off(ClientEvent.Room, look);
      client.off(ClientEvent.Sync, look);
      resolve(found());
    };
    client.on(ClientEvent.Room, look);
    client.on(ClientEvent.Sync, look);
  });
}
