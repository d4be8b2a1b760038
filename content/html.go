package content

// Sanitize reduces HTML to what customers may be shown: b strong i em u s del code pre a br p ul ol li blockquote, and a[href] with
// http, https, mailto or tel. Everything else loses its tags, and script, style and the like their content too.
func Sanitize(html string) string { return "" }

// FromMatrix turns a Matrix event's formatted_body into what a customer sees: mx-reply is dropped, pills become their display text,
// the rest is sanitised. html is empty when it says no more than text.
func FromMatrix(formatted string) (html, text string) { return "", "" }

// Plain gives the words of an HTML text, with line breaks where blocks end.
func Plain(html string) string { return "" }

// Escape turns plain text into HTML: escaped, line breaks kept, web and mail addresses as links.
func Escape(text string) string { return "" }
