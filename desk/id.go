package desk

import "strings"

// Opaque identifiers. Those made by us are ULIDs: they identify and never order.
type (
	SiteID         string // configured slug
	QueueID        string // configured slug, unique over all sites
	CustomerID     string
	ConversationID string
	TicketID       string
	PortalID       string
	MessageID      string
	FileID         string
	EffectID       string
	TalkID         string

	UserID  string // Matrix user id of staff, a puppet or the bot
	RoomID  string // Matrix room id
	EventID string // Matrix event id
)

// RoomKey names a Matrix room of ours, before and after it exists: "<kind>:<id>" "admin" or "staff".
type RoomKey string

// Kinds of rooms.
const (
	KindSite   = "site"   // space of a site, holds its queue spaces
	KindQueue  = "queue"  // space of a queue, holds lobby and waiting tickets
	KindLobby  = "lobby"  // the queue's feed of cards
	KindPortal = "portal" // a conversation's room (or one ticket's, History ticket)
	KindDesk   = "desk"   // an operator's own space
	KindDirect = "direct" // the bot's direct chat with a member of staff
	KindAdmin  = "admin"  // notices to the administrators
	KindAdmins = "admins" // where a site's administrators are asked
	KindStaff  = "staff"  // space of the staff's own rooms
	KindRoom   = "room"   // a room of the staff among themselves
)

func SiteRoom(id SiteID) RoomKey     { return RoomKey(KindSite + ":" + string(id)) }
func QueueRoom(id QueueID) RoomKey   { return RoomKey(KindQueue + ":" + string(id)) }
func LobbyRoom(id QueueID) RoomKey   { return RoomKey(KindLobby + ":" + string(id)) }
func PortalRoom(id PortalID) RoomKey { return RoomKey(KindPortal + ":" + string(id)) }
func DeskRoom(id UserID) RoomKey     { return RoomKey(KindDesk + ":" + string(id)) }
func DirectRoom(id UserID) RoomKey   { return RoomKey(KindDirect + ":" + string(id)) }
func AdminRoom() RoomKey             { return KindAdmin }
func AdminsRoom(id SiteID) RoomKey   { return RoomKey(KindAdmins + ":" + string(id)) }
func StaffSpace() RoomKey            { return KindStaff }
func TalkRoom(id TalkID) RoomKey     { return RoomKey(KindRoom + ":" + string(id)) }

// Split gives the kind and the id of the key.
func (k RoomKey) Split() (kind, id string) {
	kind, id, _ = strings.Cut(string(k), ":")
	return kind, id
}

// Space reports whether the room is a space.
func (k RoomKey) Space() bool {
	kind, _ := k.Split()
	return kind == KindSite || kind == KindQueue || kind == KindDesk || kind == KindStaff
}

// Persona is who acts in Matrix for us: the bot, or a customer's puppet.
type Persona string

// Bot is the desk's own voice.
const Bot Persona = "bot"

// Puppet is the persona of a customer.
func Puppet(id CustomerID) Persona { return Persona("customer:" + string(id)) }

// Customer gives the customer behind the persona, or false for the bot.
func (p Persona) Customer() (CustomerID, bool) {
	id, ok := strings.CutPrefix(string(p), "customer:")
	return CustomerID(id), ok
}
