package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"frontdesk/content"
)

// answer is what the bot answers to a command: words, and a file where the words would be too many.
type answer struct {
	text string
	html string // "" where it says no more than text
	file *content.Attachment
	data []byte // of the file
	// options are what is asked back; see asking.
	options []option
	// private: it goes to the direct chat, although the command's answers need not.
	private bool
	// later says of what is read by whom when it is posted, instead of everything above.
	later *Answer
}

// said answers words alone.
func said(text string) answer { return answer{text: text} }

// listing is a table to be answered in pages.
type listing struct {
	title string // above every page; it should say how many there are
	name  string // of the file, without its ending
	head  []string
	rows  [][]string
	// links are addresses for the first cell of a row, by its number; rows without one are not links.
	links map[int]string
	// fetch makes the rows of a long list as they are shown, with their links, in the place of rows and links; count is how many there are.
	fetch func(offset, limit int) ([][]string, map[int]string, error)
	count int
	more  string // key of what tells how to see other pages; "" is list.page
	which []any  // what that needs to know besides the page and how many there are
}

const (
	// pageRows is how many rows one answer shows.
	pageRows = 20
	// fileRows is how many rows of a list that is fetched one file holds.
	fileRows = 2000
)

// wantsAll are the words that ask for a whole list as a file.
var wantsAll = []string{"all", "все", "всё"}

// list answers one page of a listing, or with "all" the whole of it as a file of comma-separated values.
func (a *act) list(o *order, l listing, page string) (answer, error) {
	if isAll(page) {
		return a.listFile(o, l)
	}
	if l.fetch == nil {
		l.count = len(l.rows)
	}
	pages := max(1, (l.count+pageRows-1)/pageRows)
	n := 1
	if page != "" {
		var err error
		if n, err = strconv.Atoi(page); err != nil || n < 1 || n > pages {
			return answer{}, Refuse(Invalid, "list.bad_page", clip(page, 20), pages)
		}
	}
	from := (n - 1) * pageRows
	to := min(l.count, from+pageRows)
	if l.fetch != nil {
		var err error
		if l.rows, l.links, err = l.fetch(from, pageRows); err != nil {
			return answer{}, err
		}
		from, to = 0, len(l.rows)
	}
	out := l.table(from, to)
	if pages > 1 {
		more := a.word(o, cmp.Or(l.more, "list.page"), append([]any{n, pages}, l.which...)...)
		out.text += "\n" + more
		out.html += escape(more)
	}
	return out, nil
}

// table writes the rows of one page, as lines and as an HTML table.
func (l listing) table(from, to int) answer {
	var text, html strings.Builder
	text.WriteString(l.title)
	html.WriteString(escape(l.title))
	if to > from {
		html.WriteString("<table>")
		if len(l.head) > 0 {
			html.WriteString("<tr>")
			for _, cell := range l.head {
				html.WriteString("<th>" + escape(cell) + "</th>")
			}
			html.WriteString("</tr>")
		}
		for i := from; i < to; i++ {
			var cells []string
			html.WriteString("<tr>")
			for at, cell := range l.rows[i] {
				shown := escape(flat(cell))
				if link := l.links[i]; at == 0 && link != "" {
					shown = `<a href="` + escape(link) + `">` + shown + "</a>"
				}
				html.WriteString("<td>" + shown + "</td>")
				if cell != "" {
					cells = append(cells, flat(cell))
				}
			}
			html.WriteString("</tr>")
			text.WriteString("\n" + strings.Join(cells, " · "))
		}
		html.WriteString("</table>")
	}
	return answer{text: text.String(), html: html.String()}
}

// isAll reports whether a word asks for the whole of a list.
func isAll(word string) bool {
	return slices.ContainsFunc(wantsAll, func(all string) bool { return strings.EqualFold(word, all) })
}

// listFile answers the whole of a listing as a file.
func (a *act) listFile(o *order, l listing) (answer, error) {
	if l.fetch != nil {
		var err error
		if l.rows, _, err = l.fetch(0, fileRows); err != nil {
			return answer{}, err
		}
		if l.count > len(l.rows) {
			l.title += "\n" + a.word(o, "list.file_cut", len(l.rows))
		}
	}
	file := newSheet(a.langOf(o))
	if len(l.head) > 0 {
		file.add(l.head)
	}
	for _, row := range l.rows {
		file.add(row)
	}
	return a.sheetAnswer(l.title, l.name, file)
}

// sheetAnswer answers a sheet as a file.
func (a *act) sheetAnswer(text, name string, file *sheet) (answer, error) {
	data, err := file.bytes()
	if err != nil {
		return answer{}, fmt.Errorf("write list %s: %w", name, err)
	}
	return answer{text: text, data: data, file: &content.Attachment{
		ID: a.newID(), Name: name + ".csv", Type: "text/csv", Size: int64(len(data)), Kind: content.File,
	}}, nil
}
