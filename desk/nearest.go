package desk

// nearest gives the word that a misspelt one most likely stands for, or "": at most a third of the letters may differ.
func nearest(misspelt string, words []string) string {
	letters := []rune(clip(misspelt, 40))
	best, least := "", len(letters)/3+1
	for _, w := range words {
		if d := distance(letters, []rune(w)); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance counts the letters to insert, leave out, change or swap with their neighbour to make b of a.
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range b {
		rows[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			least := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				least = min(least, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = least
		}
	}
	return rows[len(a)][len(b)]
}
