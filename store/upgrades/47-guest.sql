-- v46 -> v47: Whom the responsible invited is a guest for as long as the ticket has its generation
UPDATE desire SET value=substr(value, 1, length(value) - 1) || ',"guest":' || (
	SELECT ticket.generation FROM portal
	JOIN conversation ON conversation.id=portal.conversation AND conversation.portal=portal.id
	JOIN ticket ON ticket.id=conversation.ticket
	WHERE portal.id=substr(desire.room, 8)
) || '}'
WHERE room LIKE 'portal:%' AND thing LIKE 'member/%' AND (value='{"want":"invite","by":"bot"}' OR value LIKE '{"want":"invite","by":"bot","seq":%')
	AND value NOT LIKE '%"watch"%' AND value NOT LIKE '%"guest"%'
	AND EXISTS (
		SELECT 1 FROM portal
		JOIN conversation ON conversation.id=portal.conversation AND conversation.portal=portal.id
		JOIN ticket ON ticket.id=conversation.ticket
		WHERE portal.id=substr(desire.room, 8) AND ticket.state='assigned'
	);
