package id_test

import (
	"testing"
	"time"

	"github.com/kumun/kumun/internal/id"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestIdentifiersOfOneMomentKeepTheirOrder(t *testing.T) {
	first := id.New(noon)
	id.New(noon.Add(time.Hour))
	second := id.New(noon)

	// The counter begins anew once in four million.
	if first == second || second < first && first-second < 1<<21 {
		t.Errorf("%d, then %d", first, second)
	}
}

func TestAnIdentifierIsReadBack(t *testing.T) {
	made := id.New(noon)
	read, err := id.Parse(made.String())
	if err != nil || read != made {
		t.Errorf("%d reads as %d, %v", made, read, err)
	}
	for _, bad := range []string{"", "u", "zzzzzzzzzzzzz", "12345678901234", "0"} {
		if _, err := id.Parse(bad); err == nil {
			t.Errorf("%q is an identifier", bad)
		}
	}
}
