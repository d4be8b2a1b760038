-- v49 -> v50: Words beside files have numbers of their own among the parts of a message, and files those of their places
CREATE TABLE shifted (
	message TEXT PRIMARY KEY,
	pieces  BIGINT NOT NULL -- of words, which came before the files
);

INSERT INTO shifted (message, pieces)
SELECT message, parts - files FROM (
	SELECT message.id AS message, COUNT(*) AS parts, MAX(remote.part) AS highest,
-- only: postgres
		MAX(json_array_length(message.content::json->'files')) AS files
-- only: sqlite
		MAX(json_array_length(message.content, '$.files')) AS files
	FROM message JOIN remote ON remote.message=message.id
	WHERE remote.source LIKE 'telegram:%' AND remote.part<1000
	GROUP BY message.id
) AS counted
WHERE files>0 AND parts>files AND highest<500; -- others have no words of their own, or these numbers already

UPDATE remote SET part=part+10000 WHERE part<1000 AND message IN (SELECT message FROM shifted);
UPDATE remote SET part=part-9500 WHERE part>=10000 AND part-10000<(SELECT pieces FROM shifted WHERE shifted.message=remote.message);
UPDATE remote SET part=part-10000-(SELECT pieces FROM shifted WHERE shifted.message=remote.message) WHERE part>=10000;

DROP TABLE shifted;
