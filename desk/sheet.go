package desk

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// sheet is a file of comma-separated values in the making.
type sheet struct {
	buffer bytes.Buffer
	writer *csv.Writer
}

// cellLimit is how many characters of a cell a sheet holds, one less than spreadsheets take: they may need one more for an apostrophe.
const cellLimit = 32_766

func newSheet() *sheet {
	s := &sheet{}
	s.buffer.WriteString("\ufeff") // spreadsheets take the file for UTF-8 by it
	s.writer = csv.NewWriter(&s.buffer)
	return s
}

// add writes a row. What goes wrong is told by bytes.
func (s *sheet) add(row []string) {
	cells := make([]string, len(row))
	for i, cell := range row {
		cells[i] = spreadsheetSafe(clip(cell, cellLimit))
	}
	_ = s.writer.Write(cells)
}

// size is how many bytes have been written so far, about.
func (s *sheet) size() int { return s.buffer.Len() }

func (s *sheet) bytes() ([]byte, error) {
	s.writer.Flush()
	return s.buffer.Bytes(), s.writer.Error()
}

// spreadsheetSafe keeps a spreadsheet from taking what somebody wrote for a formula (OWASP, CSV injection).
func spreadsheetSafe(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
