package limit_test

import (
	"testing"
	"time"

	"github.com/kumun/kumun/internal/clock"
	"github.com/kumun/kumun/internal/limit"
)

func TestAKeyRunsDryAndFillsAgain(t *testing.T) {
	now := clock.At(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))
	mails := limit.New(now, 5, time.Hour)

	for n := range 5 {
		if !mails.Allow("anna") {
			t.Fatalf("refused the mail number %d", n+1)
		}
	}
	if mails.Allow("anna") {
		t.Error("allowed a sixth mail")
	}
	if !mails.Allow("brieuc") {
		t.Error("one key emptied another")
	}

	now.Forward(12 * time.Minute)
	if !mails.Allow("anna") {
		t.Error("a fifth of the hour brought no token")
	}
	if mails.Allow("anna") {
		t.Error("a fifth of the hour brought two tokens")
	}
}
