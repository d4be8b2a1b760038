// Package markup turns Telegram's text with entities into the HTML of Matrix and back, and cuts what is too long for one message. It does no
// I/O and is told nothing but the message.
//
// # To Matrix
//
// Bold, italic, underline, strikethrough, spoiler, code, pre with its language, quotes, links and mentions of user names become HTML; what
// clients find by themselves (addresses, hashtags, commands) and what has no meaning outside of Telegram (custom emoji, mentions of people
// without a user name) stays the words it is. Entities may be nested and may overlap; offsets count UTF-16 units.
//
// # To Telegram
//
// HTML of any client is read: lists get bullets and numbers, headings become bold lines, tables lines of cells, pictures their
// descriptions, mentions of Matrix users their names. Quoted replies (mx-reply) are dropped. What comes out keeps Telegram's rules: nothing in
// code, no quote in a quote, no entity that begins or ends with white space.
package markup
