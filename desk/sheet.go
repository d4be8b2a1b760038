package desk

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// sheet is a file of values in the making, which spreadsheets open: separated by commas or, where those stand in numbers, by semicolons.
type sheet struct {
	buffer bytes.Buffer
	writer *csv.Writer
}

// cellLimit is how many characters of a cell spreadsheets take.
const cellLimit = 32_767

func newSheet(lang string) *sheet {
	s := &sheet{}
	s.buffer.WriteString("\ufeff") // spreadsheets take the file for UTF-8 by it
	s.writer = csv.NewWriter(&s.buffer)
	if base, _, _ := strings.Cut(strings.ToLower(lang), "-"); base == "ru" {
		s.writer.Comma = ';' // a Russian spreadsheet shows a file with commas as one column
	}
	return s
}

// add writes a row. What goes wrong is told by bytes.
func (s *sheet) add(row []string) {
	cells := make([]string, len(row))
	for i, cell := range row {
		cells[i] = clip(spreadsheetSafe(cell), cellLimit)
	}
	_ = s.writer.Write(cells)
}

// size is how many bytes have been written so far, about.
func (s *sheet) size() int { return s.buffer.Len() }

func (s *sheet) bytes() ([]byte, error) {
	s.writer.Flush()
	return s.buffer.Bytes(), s.writer.Error()
}

// spreadsheetSafe keeps a spreadsheet from taking what somebody wrote for a formula (OWASP, CSV injection): also what stands behind a sign that a
// spreadsheet with other settings takes for the end of a cell.
func spreadsheetSafe(cell string) string {
	var out strings.Builder
	begins := true
	for _, r := range cell {
		if begins && strings.ContainsRune("=+-@\t\r", r) {
			out.WriteByte('\'')
		}
		out.WriteRune(r)
		begins = strings.ContainsRune(";,\t\r\n", r) || begins && r == '"'
	}
	return out.String()
}
