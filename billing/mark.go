package billing

import (
	"strconv"
	"strings"
	"time"

	"github.com/kumun/kumun/internal/id"
)

// String is the mark as an address carries it.
func (m Mark) String() string {
	return strconv.FormatInt(m.PublishedAt.UnixMicro(), 36) + "." + m.ID.String()
}

// ParseMark reads what String wrote; anything else is the first page.
func ParseMark(text string) *Mark {
	micros, name, _ := strings.Cut(text, ".")
	at, err := strconv.ParseInt(micros, 36, 64)
	if err != nil {
		return nil
	}
	listing, err := id.Parse(name)
	if err != nil {
		return nil
	}
	return &Mark{time.UnixMicro(at).UTC(), listing}
}
