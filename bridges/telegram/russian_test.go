package telegram_test

import (
	"testing"

	"frontdesk/desk"
)

// Whose Telegram is Russian is spoken to in Russian from the greeting to the end.
func TestInRussian(t *testing.T) {
	h := open(t, quick, topics, terms)
	u := h.server.User(7, "Иван", "ru")
	const consent = "Нам нужно Ваше согласие, прежде чем мы прочтём сообщение. Нажимая кнопку, Вы подтверждаете согласие на обработку Ваших персональных " +
		"данных (закон №152-ФЗ \"О персональных данных\").\nhttps://shop.example/privacy"
	const hello, choose = "Здравствуйте! Напишите нам сюда, и мы здесь же Вам ответим.", "Выберите, пожалуйста, тему обращения."
	u.Write(h.bot, "/start")
	asked := u.Await(h.bot, hello+"\n\n"+consent)
	answered(t, h, u, u.Press(h.bot, asked.ID, button(t, asked, "Подтверждаю согласие")))
	offered := u.Await(h.bot, "Спасибо. Напишите нам сюда.\n"+choose)
	returns := button(t, offered, "Returns")
	answered(t, h, u, u.Press(h.bot, offered.ID, returns))
	u.Await(h.bot, "Спасибо за обращение! Пожалуйста, подождите, мы скоро ответим Вам.")
	if keys := u.Keys(h.bot); len(keys) != 1 || keys[0][0].Text != "Сообщить мой номер телефона" {
		t.Errorf("the keys are %+v", keys)
	}
	if text := answered(t, h, u, u.Press(h.bot, offered.ID, returns)); text != "Ваше обращение уже передано специалистам, выбирать тему больше не нужно." {
		t.Errorf("a late press is answered %q", text)
	}
	u.ShareContact(h.bot, "79001234567")
	u.Await(h.bot, "Спасибо, мы записали Ваш номер телефона.")
	room := h.accept(u)
	u.Await(h.bot, "Вам отвечает Anna Petrova.")
	h.say(room, "!close")
	end := u.Await(h.bot, "Конец диалога. Оцените качество")
	if text := answered(t, h, u, u.Press(h.bot, end.ID, end.Keyboard[0][4].Data)); text != "Спасибо за оценку!" {
		t.Errorf("the stars are answered %q", text)
	}
	u.Await(h.bot, "Хотите добавить пару слов? Ответьте на это сообщение.")
	u.Write(h.bot, "Ещё вопрос")
	h.matrix.Post(t, "what opens the next ticket", func(p desk.Post) bool { return p.Text == "Ещё вопрос" })
	h.say(h.accept(u), "!block yes spam")
	u.Write(h.bot, "Алло?")
	u.Await(h.bot, "К сожалению, Вы больше не можете писать нам здесь.")
}
