package telegramtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"frontdesk/bridges/telegram/telegramtest"
)

const token = "123:secret"

func open(t *testing.T) (*telegramtest.Server, *telegramtest.Bot, *telegramtest.User, *bot.Bot) {
	t.Helper()
	s := telegramtest.New(t)
	b := s.Bot(token, "shop_bot")
	api, err := bot.New(token, bot.WithServerURL(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	u := s.User(7, "Anna", "ru")
	u.Write(b, "/start")
	return s, b, u, api
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestLibrarySends(t *testing.T) {
	_, b, u, api := open(t)
	ctx := t.Context()
	m, err := api.SendMessage(ctx, &bot.SendMessageParams{
		ChatID: u.ID, Text: "hello world", Entities: []models.MessageEntity{{Type: "bold", Offset: 6, Length: 5}},
		ReplyMarkup: &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "Sales", CallbackData: "topic:1"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := u.Await(b, "hello world")
	if seen.ID != m.ID || len(seen.Entities) != 1 || seen.Entities[0].Type != "bold" || seen.Keyboard[0][0].Data != "topic:1" {
		t.Errorf("%+v", seen)
	}
	query := u.Press(b, m.ID, "topic:1")
	if _, err := api.AnswerCallbackQuery(ctx, &bot.AnswerCallbackQueryParams{CallbackQueryID: query, Text: "noted"}); err != nil {
		t.Error(err)
	}
	if text, ok := u.Answered(b, query); !ok || text != "noted" {
		t.Errorf("the press is answered %q, %v", text, ok)
	}
	if _, err := api.EditMessageText(ctx, &bot.EditMessageTextParams{ChatID: u.ID, MessageID: m.ID, Text: "edited"}); err != nil {
		t.Error(err)
	}
	if seen := u.Await(b, "edited"); seen.ID != m.ID || seen.Edits != 1 || len(seen.Keyboard) != 0 || len(seen.Entities) != 0 {
		t.Errorf("%+v", seen)
	}
	reaction := []models.ReactionType{{Type: models.ReactionTypeTypeEmoji, ReactionTypeEmoji: &models.ReactionTypeEmoji{Emoji: "👍"}}}
	if _, err := api.SetMessageReaction(ctx, &bot.SetMessageReactionParams{ChatID: u.ID, MessageID: m.ID, Reaction: reaction}); err != nil {
		t.Error(err)
	}
	if seen := u.Await(b, "edited"); !slices.Equal(seen.Reactions, []string{"👍"}) {
		t.Errorf("%+v", seen.Reactions)
	}
	if _, err := api.SendChatAction(ctx, &bot.SendChatActionParams{ChatID: u.ID, Action: models.ChatActionTyping}); err != nil || !u.Typing(b) {
		t.Errorf("typing: %v, %v", u.Typing(b), err)
	}
	keys := &models.ReplyKeyboardMarkup{Keyboard: [][]models.KeyboardButton{{{Text: "My phone", RequestContact: true}}}, ResizeKeyboard: true}
	if _, err := api.SendMessage(ctx, &bot.SendMessageParams{ChatID: u.ID, Text: "phone?", ReplyMarkup: keys}); err != nil {
		t.Error(err)
	}
	if shown := u.Keys(b); u.Typing(b) || len(shown) != 1 || !shown[0][0].Contact {
		t.Errorf("typing %v, keys %v", u.Typing(b), shown)
	}
	if _, err := api.DeleteMessage(ctx, &bot.DeleteMessageParams{ChatID: u.ID, MessageID: m.ID}); err != nil || !u.Chat(b)[1].Deleted {
		t.Errorf("delete: %v", err)
	}
}

func TestLibrarySendsMedia(t *testing.T) {
	_, b, u, api := open(t)
	ctx := t.Context()
	image := picture(t)
	upload := func(name string, data []byte) *models.InputFileUpload {
		return &models.InputFileUpload{Filename: name, Data: bytes.NewReader(data)}
	}
	m, err := api.SendPhoto(ctx, &bot.SendPhotoParams{ChatID: u.ID, Photo: upload("a.png", image), Caption: "look",
		CaptionEntities: []models.MessageEntity{{Type: "italic", Length: 4}}, ReplyParameters: &models.ReplyParameters{MessageID: u.Chat(b)[0].ID}})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Photo) != 2 || m.Photo[1].Width != 300 || m.ReplyToMessage == nil {
		t.Errorf("%+v", m)
	}
	seen := u.Await(b, "look")
	if seen.Media == nil || seen.Media.Kind != "photo" || !bytes.Equal(seen.Media.Data, image) || seen.ReplyTo == 0 {
		t.Errorf("%+v", seen)
	}
	if _, err := api.SendVoice(ctx, &bot.SendVoiceParams{ChatID: u.ID, Voice: upload("v.oga", []byte("OggS")), Duration: 4}); err != nil {
		t.Error(err)
	}
	if _, err := api.SendDocument(ctx, &bot.SendDocumentParams{ChatID: u.ID, Document: &models.InputFileString{Data: m.Photo[1].FileID}}); err != nil {
		t.Error(err)
	}
	group, err := api.SendMediaGroup(ctx, &bot.SendMediaGroupParams{ChatID: u.ID, Media: []models.InputMedia{
		&models.InputMediaPhoto{Media: "attach://one.png", Caption: "two", MediaAttachment: bytes.NewReader(image)},
		&models.InputMediaVideo{Media: "attach://two.mp4", MediaAttachment: strings.NewReader("film"), Width: 4, Height: 3},
	}})
	if err != nil {
		t.Fatal(err)
	}
	all := u.Chat(b)
	if last := all[len(all)-1]; len(group) != 2 || last.Group == "" || last.Group != all[len(all)-2].Group || string(last.Media.Data) != "film" {
		t.Errorf("%s", telegramtest.Transcript(all))
	}
	if _, err := api.EditMessageMedia(ctx, &bot.EditMessageMediaParams{ChatID: u.ID, MessageID: m.ID,
		Media: &models.InputMediaDocument{Media: "attach://new.txt", MediaAttachment: strings.NewReader("words")}}); err != nil {
		t.Error(err)
	}
	if now := u.Chat(b)[1]; now.ID != m.ID || now.Media.Kind != "document" || now.Text != "" {
		t.Errorf("%+v", now)
	}
}

func TestLibraryUnderstandsErrors(t *testing.T) {
	s, b, u, api := open(t)
	send := func() error {
		_, err := api.SendMessage(t.Context(), &bot.SendMessageParams{ChatID: u.ID, Text: "hello"})
		return err
	}
	s.Fail("sendMessage", 1, http.StatusTooManyRequests, 7)
	var slow *bot.TooManyRequestsError
	if err := send(); !errors.As(err, &slow) || slow.RetryAfter != 7 {
		t.Errorf("%v", err)
	}
	s.CutAfter("sendMessage", 1)
	if err := send(); err == nil || !slices.Equal(u.Texts(b), []string{"hello"}) {
		t.Errorf("%v, the user sees %q", err, u.Texts(b))
	}
	u.Block(b)
	if err := send(); !errors.Is(err, bot.ErrorForbidden) {
		t.Errorf("%v", err)
	}
	b.Revoke()
	if err := send(); !errors.Is(err, bot.ErrorUnauthorized) {
		t.Errorf("%v", err)
	}
}

// poll asks for all updates as the library reads them.
func poll(t *testing.T, s *telegramtest.Server) []models.Update {
	t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet,
		s.URL+`/bot`+token+`/getUpdates`, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var r struct{ Result []models.Update }
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r.Result
}

func TestLibraryReadsWhatUsersDo(t *testing.T) {
	data := []byte("bytes")
	for _, c := range []struct {
		name string
		act  func(*telegramtest.User, *telegramtest.Bot)
		is   func(models.Update) bool
	}{
		{"text", func(u *telegramtest.User, b *telegramtest.Bot) { u.Write(b, "see https://x.example/a.") }, func(x models.Update) bool {
			return x.Message.Text == "see https://x.example/a." && x.Message.From.LanguageCode == "ru" && x.Message.Chat.Type == "private" &&
				slices.Equal(x.Message.Entities, []models.MessageEntity{{Type: "url", Offset: 4, Length: 19}})
		}},
		{"command", func(u *telegramtest.User, b *telegramtest.Bot) { u.Write(b, "/start abc") }, func(x models.Update) bool {
			return x.Message.Entities[0].Type == "bot_command" && x.Message.Entities[0].Length == 6
		}},
		{"reply", func(u *telegramtest.User, b *telegramtest.Bot) { u.Reply(b, u.Chat(b)[0].ID, "yes") }, func(x models.Update) bool {
			return x.Message.ReplyToMessage.Text == "/start"
		}},
		{"edit", func(u *telegramtest.User, b *telegramtest.Bot) { u.Edit(b, u.Chat(b)[0].ID, "new") }, func(x models.Update) bool {
			return x.EditedMessage.Text == "new" && x.EditedMessage.EditDate != 0
		}},
		{"photo", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendPhoto(b, data, "look") }, func(x models.Update) bool {
			return x.Message.Caption == "look" && len(x.Message.Photo) == 2 && x.Message.Photo[1].FileSize == 5
		}},
		{"video", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendVideo(b, data, "") }, func(x models.Update) bool {
			return x.Message.Video.Duration == 3 && x.Message.Video.MimeType == "video/mp4" && x.Message.Video.Thumbnail != nil
		}},
		{"animation", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendAnimation(b, data, "") }, func(x models.Update) bool {
			return x.Message.Animation.Width == 320 && x.Message.Document != nil
		}},
		{"audio", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendAudio(b, data, "Song", "Band") }, func(x models.Update) bool {
			return x.Message.Audio.Title == "Song" && x.Message.Audio.Performer == "Band"
		}},
		{"document", func(u *telegramtest.User, b *telegramtest.Bot) {
			u.SendDocument(b, "a.pdf", "application/pdf", data, "")
		}, func(x models.Update) bool {
			return x.Message.Document.FileName == "a.pdf" && x.Message.Animation == nil
		}},
		{"voice", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendVoice(b, data, 9) }, func(x models.Update) bool {
			return x.Message.Voice.Duration == 9 && x.Message.Voice.MimeType == "audio/ogg"
		}},
		{"video note", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendVideoNote(b, data, 6) }, func(x models.Update) bool {
			return x.Message.VideoNote.Length == 240 && x.Message.VideoNote.Duration == 6
		}},
		{"animated sticker", func(u *telegramtest.User, b *telegramtest.Bot) {
			u.SendSticker(b, "👋", "application/x-tgsticker", data)
		}, func(x models.Update) bool {
			return x.Message.Sticker.IsAnimated && x.Message.Sticker.Emoji == "👋" && x.Message.Sticker.Thumbnail != nil
		}},
		{"location", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendLocation(b, 55.7, 37.6) }, func(x models.Update) bool {
			return x.Message.Location.Latitude == 55.7
		}},
		{"venue", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendVenue(b, 55.7, 37.6, "Shop", "Street 1") }, func(x models.Update) bool {
			return x.Message.Venue.Title == "Shop" && x.Message.Location != nil
		}},
		{"contact", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendContact(b, "+7900", "Ivan", "") }, func(x models.Update) bool {
			return x.Message.Contact.PhoneNumber == "+7900" && x.Message.Contact.UserID == 0
		}},
		{"own contact", func(u *telegramtest.User, b *telegramtest.Bot) { u.ShareContact(b, "+7901") }, func(x models.Update) bool {
			return x.Message.Contact.UserID == x.Message.From.ID
		}},
		{"dice", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendDice(b, "🎲", 4) }, func(x models.Update) bool { return x.Message.Dice.Value == 4 }},
		{"poll", func(u *telegramtest.User, b *telegramtest.Bot) { u.SendPoll(b, "Tea?", "yes", "no") }, func(x models.Update) bool {
			return x.Message.Poll.Question == "Tea?" && x.Message.Poll.Options[1].Text == "no"
		}},
		{"forward", func(u *telegramtest.User, b *telegramtest.Bot) {
			u.Forward(b, map[string]any{"type": "hidden_user", "sender_user_name": "Olga"}, "words")
		}, func(x models.Update) bool {
			return x.Message.ForwardOrigin.MessageOriginHiddenUser.SenderUserName == "Olga"
		}},
		{"block", func(u *telegramtest.User, b *telegramtest.Bot) { u.Block(b) }, func(x models.Update) bool {
			return x.MyChatMember.NewChatMember.Banned != nil && x.MyChatMember.OldChatMember.Member != nil
		}},
		{"unknown kind", func(u *telegramtest.User, b *telegramtest.Bot) {
			u.SendRaw(b, map[string]any{"gift": map[string]any{"gift": map[string]any{}}})
		}, func(x models.Update) bool { return x.Message.Text == "" && x.Message.From != nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, b, u, _ := open(t)
			c.act(u, b)
			all := poll(t, s)
			if len(all) != 2 || !c.is(all[1]) {
				t.Errorf("%+v", all[len(all)-1])
			}
		})
	}
}

func TestAlbumsAreSeveralMessages(t *testing.T) {
	s, b, u, _ := open(t)
	u.Album(b, "both", telegramtest.Media{Kind: "photo", Data: []byte("a")}, telegramtest.Media{Kind: "video", Data: []byte("b")})
	all := poll(t, s)
	if len(all) != 3 || all[1].Message.MediaGroupID == "" || all[1].Message.MediaGroupID != all[2].Message.MediaGroupID ||
		all[1].Message.Caption != "both" || all[2].Message.Caption != "" {
		t.Errorf("%+v", all)
	}
}
