-- v34 -> v35: Words of messages in the databases' own indexes
DROP TABLE search_hit;
DROP TABLE search_word;

-- only: sqlite for next 2 lines
-- docid is search_message.id
CREATE VIRTUAL TABLE search_words USING fts4(words, tokenize=simple, matchinfo=fts3, order=desc);

-- only: postgres for next 2 lines
ALTER TABLE search_message ADD COLUMN words TSVECTOR NOT NULL DEFAULT '';
CREATE INDEX search_message_words ON search_message USING GIN (words) WITH (gin_pending_list_limit = 512);
