package content

import "strconv"

// Place is a point on the map.
type Place struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// Link gives the address of a map that shows it, for those who can show no place by themselves.
func (p Place) Link() string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return "https://www.openstreetmap.org/?mlat=" + number(p.Lat) + "&mlon=" + number(p.Lon)
}
