-- v32 -> v33: Reactions to a card
CREATE INDEX event_reaction ON event (room, relates) WHERE kind = 'reaction';
