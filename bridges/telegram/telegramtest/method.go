package telegramtest

import (
	"encoding/json"
	"strconv"
	"strings"
)

// method is a method of the Bot API.
type method struct {
	name     string
	required map[string]string // name to kind
	optional map[string]string
	waits    bool // runs without the server's lock
	run      func(*call) (any, *Error)
}

// Fields that many methods have in common.
const (
	sending = "business_connection_id:text message_thread_id:int direct_messages_topic_id:int disable_notification:bool protect_content:bool " +
		"allow_paid_broadcast:bool message_effect_id:text suggested_post_parameters:object reply_parameters:object reply_markup:object "
	captioned = "caption:text caption_entities:array parse_mode:text "
	placed    = "show_caption_above_media:bool has_spoiler:bool "
	editing   = "business_connection_id:text inline_message_id:text reply_markup:object "
)

// methods are those this server knows, by name in lower case.
var methods = map[string]*method{}

func init() {
	for _, group := range [][]*method{botMethods(), sendMethods(), mediaMethods(), changeMethods()} {
		for _, m := range group {
			methods[strings.ToLower(m.name)] = m
		}
	}
}

// fields reads "name:kind name:kind".
func fields(spec string) map[string]string {
	out := map[string]string{}
	for _, f := range strings.Fields(spec) {
		name, kind, _ := strings.Cut(f, ":")
		out[name] = kind
	}
	return out
}

func newMethod(name, required, optional string, run func(*call) (any, *Error)) *method {
	return &method{name: name, required: fields(required), optional: fields(optional), run: run}
}

func botMethods() []*method {
	getUpdates := newMethod("getUpdates", "", "offset:int limit:int timeout:int allowed_updates:array", (*call).getUpdates)
	getUpdates.waits = true
	setWebhook := newMethod("setWebhook", "url:address",
		"certificate:file ip_address:text max_connections:int allowed_updates:array drop_pending_updates:bool secret_token:text", (*call).setWebhook)
	setWebhook.waits = true
	deleteWebhook := newMethod("deleteWebhook", "", "drop_pending_updates:bool", (*call).deleteWebhook)
	deleteWebhook.waits = true
	return []*method{
		newMethod("getMe", "", "", func(c *call) (any, *Error) { return c.bot.me(), nil }),
		getUpdates, setWebhook, deleteWebhook,
		newMethod("getWebhookInfo", "", "", (*call).getWebhookInfo),
		newMethod("setMyCommands", "commands:array", "scope:object language_code:text", (*call).setMyCommands),
		newMethod("deleteMyCommands", "", "scope:object language_code:text", (*call).deleteMyCommands),
		newMethod("getFile", "file_id:text", "", (*call).getFile),
		newMethod("getChat", "chat_id:int", "", (*call).getChat),
		newMethod("leaveChat", "chat_id:int", "", (*call).leaveChat),
		newMethod("getUserProfilePhotos", "user_id:int", "offset:int limit:int", (*call).getUserProfilePhotos),
	}
}

func sendMethods() []*method {
	return []*method{
		newMethod("sendMessage", "chat_id:int text:text", sending+"parse_mode:text entities:array link_preview_options:object", (*call).sendMessage),
		newMethod("sendLocation", "chat_id:int latitude:float longitude:float",
			sending+"horizontal_accuracy:float live_period:int heading:int proximity_alert_radius:int", (*call).sendLocation),
		newMethod("sendVenue", "chat_id:int latitude:float longitude:float title:text address:text",
			sending+"foursquare_id:text foursquare_type:text google_place_id:text google_place_type:text", (*call).sendVenue),
		newMethod("sendContact", "chat_id:int phone_number:text first_name:text", sending+"last_name:text vcard:text", (*call).sendContact),
		newMethod("sendChatAction", "chat_id:int action:text", "business_connection_id:text message_thread_id:int", (*call).sendChatAction),
		newMethod("setMessageReaction", "chat_id:int message_id:int", "reaction:array is_big:bool", (*call).setMessageReaction),
		newMethod("answerCallbackQuery", "callback_query_id:text", "text:text show_alert:bool url:text cache_time:int", (*call).answerCallbackQuery),
	}
}

func mediaMethods() []*method {
	return []*method{
		newMethod("sendPhoto", "chat_id:int photo:file", sending+captioned+placed, media("photo")),
		newMethod("sendVideo", "chat_id:int video:file",
			sending+captioned+placed+"duration:int width:int height:int thumbnail:file cover:file start_timestamp:int supports_streaming:bool", media("video")),
		newMethod("sendAnimation", "chat_id:int animation:file", sending+captioned+placed+"duration:int width:int height:int thumbnail:file", media("animation")),
		newMethod("sendAudio", "chat_id:int audio:file", sending+captioned+"duration:int performer:text title:text thumbnail:file", media("audio")),
		newMethod("sendDocument", "chat_id:int document:file", sending+captioned+"thumbnail:file disable_content_type_detection:bool", media("document")),
		newMethod("sendVoice", "chat_id:int voice:file", sending+captioned+"duration:int", media("voice")),
		newMethod("sendVideoNote", "chat_id:int video_note:file", sending+"duration:int length:int thumbnail:file", media("video_note")),
		newMethod("sendSticker", "chat_id:int sticker:file", sending+"emoji:text", media("sticker")),
		newMethod("sendMediaGroup", "chat_id:int media:array", strings.ReplaceAll(sending, "reply_markup:object", ""), (*call).sendMediaGroup),
	}
}

func changeMethods() []*method {
	return []*method{
		newMethod("editMessageText", "chat_id:int message_id:int text:text",
			editing+"parse_mode:text entities:array link_preview_options:object", (*call).editMessageText),
		newMethod("editMessageCaption", "chat_id:int message_id:int", editing+captioned+"show_caption_above_media:bool", (*call).editMessageCaption),
		newMethod("editMessageMedia", "chat_id:int message_id:int media:object", editing, (*call).editMessageMedia),
		newMethod("editMessageReplyMarkup", "chat_id:int message_id:int", editing, (*call).editMessageReplyMarkup),
		newMethod("deleteMessage", "chat_id:int message_id:int", "", (*call).deleteMessage),
		newMethod("deleteMessages", "chat_id:int message_ids:array", "", (*call).deleteMessages),
	}
}

// missing are Telegram's words for fields that are not there.
var missing = map[string]string{
	"text": "message text is empty", "message_id": "message identifier is not specified", "file_id": "file_id not specified",
	"action": "wrong parameter action in request", "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
}

// check holds a call against the table.
func (m *method) check(s *Server, p params) *Error {
	var refused *Error
	for name, kind := range m.required {
		if p.has(name, kind) {
			continue
		}
		s.complain("%s without %s", m.name, name)
		words := missing[name]
		switch {
		case words != "":
		case kind == "file":
			words = "there is no " + strings.ReplaceAll(name, "_", " ") + " in the request"
		default:
			words = name + " is empty"
		}
		refused = bad("%s", words)
	}
	for name, value := range p.values {
		kind := m.required[name]
		if kind == "" {
			kind = m.optional[name]
		}
		if !fits(kind, value) {
			s.complain("%s: the field %s (%s) is %.100q", m.name, name, kind, value)
			refused = bad("wrong field %s", name)
		}
	}
	if missing := m.checkNested(s, p); missing != nil {
		refused = missing
	}
	if p.values["parse_mode"] != "" {
		s.complain("%s: parse_mode, formatting goes by entities", m.name)
		refused = bad("unsupported parse_mode")
	}
	return refused
}

// has tells whether a required field is there.
func (p params) has(name, kind string) bool {
	value, ok := p.values[name]
	_, uploaded := p.files[name]
	switch kind {
	case "address":
		return ok
	case "file":
		return uploaded || value != ""
	case "int":
		return value != "" && value != "0"
	}
	return value != ""
}

// fits tells whether a value is of a kind; the kind "" is an unknown field's.
func fits(kind, value string) bool {
	var err error
	switch kind {
	case "int":
		_, err = strconv.ParseInt(value, 10, 64)
	case "float":
		_, err = strconv.ParseFloat(value, 64)
	case "bool":
		_, err = strconv.ParseBool(value)
	case "array":
		err = json.Unmarshal([]byte(value), new([]any))
	case "object":
		err = json.Unmarshal([]byte(value), new(map[string]any))
	case "text", "file", "address":
	default:
		return false
	}
	return err == nil
}

func (c *call) int(name string) int64 {
	n, _ := strconv.ParseInt(c.p.values[name], 10, 64)
	return n
}

func (c *call) float(name string) float64 {
	f, _ := strconv.ParseFloat(c.p.values[name], 64)
	return f
}

func (c *call) bool(name string) bool {
	b, _ := strconv.ParseBool(c.p.values[name])
	return b
}
