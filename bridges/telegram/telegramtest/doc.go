// Package telegramtest is Telegram for tests: a Bot API server written from the public documentation, and people who write to bots.
//
// # What it is strict about
//
// A method that does not exist, a required field that is missing, a field nobody knows or one of the wrong type is answered as Telegram
// answers it, and fails the test besides: an adapter must not send such a thing even where it would get away with it. The same goes for
// media by public address, for a download address asked with another bot's file, and for entities that Telegram would silently drop.
// Everything that can happen to a correct bot (blocked, chat not found, too long, not modified, too many requests) is answered
// only.
//
// # How to use it
//
//	s := telegramtest.New(t)
//	b := s.Bot("123:secret", "shop_bot")
//	anna := s.User(7, "Anna", "ru")
//	id := anna.Write(b, "/start")
//	m := anna.Await(b, "Здравствуйте!")
//	anna.Press(b, m.ID, m.Keyboard[0][0].Data)
//
// Programs that are no tests start it with Start and close it themselves. All methods may be called from any goroutine.
package telegramtest
