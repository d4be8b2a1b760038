import { useDesk } from "./context";

/** The topics on offer, as long as they are. One that was pressed stays so until the desk has it. */
export function Topics({ chosen }: { chosen(): void }) {
  const { client, texts } = useDesk();
  const { topics } = client.store.state;
  if (!topics) return null;
  const pending = client.outbox.entries.find((e) => e.act === "choose");
  return (
    <div class="fd-topics" role="group" aria-label={texts.topics}>
      {topics.map(({ id, name }) => (
        <button type="button" key={id} dir="auto" aria-pressed={pending?.act === "choose" && pending.topic === id} aria-disabled={pending !== undefined}
          onClick={() => {
            if (pending) return;
            void client.act({ act: "choose", topic: id });
            chosen();
          }}>{name}</button>
      ))}
    </div>
  );
}
