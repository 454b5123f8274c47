package walk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kumun/kumun/internal/services"
)

func TestTheDoctorTellsWhatAnswersAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	s, sink := newShell(t), services.SMTP(t)

	s.sees(1, []string{"kumun migrate", "to be mended: database"}, "doctor")
	s.sees(0, nil, "migrate")
	s.sees(0, []string{"schema is up to date", "missing  redis", "missing  mail", "missing  bounces", "ok       secret"}, "doctor")
	s.sees(0, []string{"to anna@example.org: the server answered"}, "doctor", "--smtp-url", sink.URL(), "--mail", "anna@example.org")
	if arrived := sink.Messages(); len(arrived) != 1 || arrived[0].To[0] != "anna@example.org" || !strings.Contains(arrived[0].Text, "kumun doctor") {
		t.Errorf("%d letters arrived", len(arrived))
	}

	sink.Reject("gone@example.org", 550, [3]int{5, 1, 1})
	s.sees(1, []string{"550", "5.1.1", "no such person here", "to be mended: test letter"}, "doctor", "--smtp-url", sink.URL(), "--mail", "gone@example.org")
	s.sees(1, []string{"to be mended: test letter"}, "doctor", "--mail", "anna@example.org")
	said := s.sees(1, nil, "doctor", "--smtp-url", "smtp://127.0.0.1:1", "--redis-url", services.Redis(t), "--json")
	var told struct {
		Well   bool
		Checks []struct{ Name, State string }
	}
	if err := json.NewDecoder(strings.NewReader(said)).Decode(&told); err != nil || told.Well {
		t.Fatalf("%v: %s", err, said)
	}
	states := map[string]string{}
	for _, one := range told.Checks {
		states[one.Name] = one.State
	}
	if states["mail"] != "broken" || states["database"] != "ok" || states["redis"] == "missing" {
		t.Errorf("%v", states)
	}
	s.sees(2, []string{"--colour"}, "doctor", "--colour")
}

func TestTheDoctorSaysWhichSettingIsWrong(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	s.sees(0, nil, "migrate")
	s.sees(1, []string{"KUMUN_SECRET"}, "doctor", "--secret", "short")
	s.sees(1, []string{"KUMUN_BOUNCE_DOMAIN"}, "doctor", "--bounce-listen", "127.0.0.1:0")
	s.sees(1, []string{"KUMUN_MAIL_RATE", "gmail.com=2000"}, "doctor", "--mail-rate", "fast")
	s.sees(1, []string{"KUMUN_MAIL_BULK_FROM"}, "doctor", "--mail-from", "bonjour@kumun.test", "--mail-bulk-from", "lettre@villeray.test")
}
